/* See holder.h. */
#include "deploy/runner/holder.h"

/* How much of it is there, so that what runs comes before what ended. */
typedef enum Presence { NOTHING, ENDED, PRESENT } Presence;

static Presence presence_of(InstanceCondition condition)
{
    switch (condition) {
    case INSTANCE_ABSENT:
        return NOTHING;
    case INSTANCE_STOPPED:
        return ENDED;
    case INSTANCE_STARTING:
    case INSTANCE_RUNNING:
    case INSTANCE_WAITING:
    case INSTANCE_GAVE_UP:
    case INSTANCE_ORPHANED:
        break;
    }
    return PRESENT;
}

/* Asks nobody, where there was never another runner. */
static bool may_hold(const Runner *runner, const InstancePlace *place)
{
    return runner->remembers && runner->remembers(place);
}

static bool look(const Runner *runner, const InstancePlace *place, Presence *out, Error *err)
{
    InstanceState state = {0};

    if (!runner->look(place, &state, err))
        return false;
    *out = presence_of(state.state);
    return true;
}

bool holder_find(const Runner *preferred, const InstancePlace *place, const Runner **out,
                 Error *err)
{
    const Runner *const *runners = runners_here();
    const Runner *holder = preferred;
    Presence most = NOTHING, found = NOTHING;
    bool asked = false;

    for (size_t i = 0; runners[i]; i++) {
        if (runners[i] == preferred || !may_hold(runners[i], place))
            continue;
        if (!asked && !look(preferred, place, &most, err))
            return false;
        asked = true;
        if (!look(runners[i], place, &found, err))
            return false;
        if (found > most) {
            most = found;
            holder = runners[i];
        }
    }
    *out = holder;
    return true;
}

bool holder_pass_on(const Runner *next, const InstancePlace *place, Error *err)
{
    const Runner *const *runners = runners_here();

    for (size_t i = 0; runners[i]; i++)
        if (runners[i] != next && may_hold(runners[i], place) && !runners[i]->forget(place, err))
            return error_while(err, "taking slot %s over from runner %s", place->slot,
                               runners[i]->name);
    return true;
}
