/* check_processes: does a program of a release run that nobody looks after any more?
 *
 * What a service started and left behind, or what outlived its supervisor and its record: it may
 * hold files and ports, and no command of godeploy would end it. */
#include "base/process/process.h"
#include "base/process/process_program.h"
#include "deploy/doctor/checks.h"

enum { LOOKED_AT_MOST = 256 };

static bool is_looked_after(const Situation *situation, int64_t pid)
{
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        const InstanceState *state = &situation->instances[slot];

        if ((state->process.pid != 0 && process_descends_from(pid, state->process.pid)) ||
            (state->supervisor.pid != 0 && process_descends_from(pid, state->supervisor.pid)))
            return true;
    }
    return false;
}

static void tell_strays(Examination *examination, const int64_t *pids, size_t count)
{
    char name[PROCESS_NAME_SIZE];
    int64_t first = 0;
    size_t strays = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_looked_after(examination->situation, pids[i]) && strays++ == 0)
            first = pids[i];
    if (strays == 0)
        return;
    say(examination, DOCTOR_PROCESS_STRAY,
        "Find out what it does, and end it (kill); `godeploy status` shows what should run.",
        "process %lld (%s)%s runs a program of a release and belongs to no slot", (long long)first,
        process_name(first, name), strays > 1 ? ", and others," : "");
}

void check_processes(Examination *examination)
{
    CLEANUP(free) char *releases = app_path(examination->app, SETTINGS_RELEASES);
    int64_t pids[LOOKED_AT_MOST];
    size_t count = 0;
    Error why = {0};

    if (!releases || !process_list_below(releases, pids, LOOKED_AT_MOST, &count, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    tell_strays(examination, pids, count < LOOKED_AT_MOST ? count : LOOKED_AT_MOST);
    say_well(examination, "%zu of releases run, each in its slot", count);
}
