/* See occupant.h. */
#include "deploy/runner/occupant.h"

static const char *known(const char *name)
{
    return name[0] != '\0' ? name : "unknown";
}

bool occupant_is(const InstanceState *occupant, const InstanceSpec *spec)
{
    return text_equal(spec->release, occupant->release) &&
           text_equal(spec->instance, occupant->instance);
}

bool occupant_refuse(const InstanceState *occupant, const InstanceSpec *spec, Error *err)
{
    error_set(err, ERR_START,
              "slot %s is taken: release %s, instance %s, runs there (process %lld)",
              spec->place.slot, known(occupant->release), known(occupant->instance),
              (long long)occupant->process.pid);
    return error_hint(err, "`godeploy status` shows what runs; stop that instance first.");
}

bool occupant_missing(const InstanceSpec *spec, Error *err)
{
    return error_set(err, ERR_START, "nothing runs in slot %s that could be adopted",
                     spec->place.slot);
}

bool occupant_survived(int64_t pid, Error *err)
{
    error_set(err, ERR_PROCESS, "process %lld was killed and is still there", (long long)pid);
    return error_hint(err, "It hangs inside the system, mostly on a disk or network file system.");
}
