/* See ladder.h. */
#include "deploy/supervise/ladder.h"

#include <string.h>

static void forget_old(Ladder *ladder, int64_t before_ms)
{
    int old = 0;

    while (old < ladder->count && ladder->steps_ms[old] < before_ms)
        old++;
    ladder->count -= old;
    memmove(ladder->steps_ms, ladder->steps_ms + old,
            (size_t)ladder->count * sizeof *ladder->steps_ms);
}

bool ladder_step(Ladder *ladder, const LadderRules *rules, int64_t now_ms)
{
    int most = rules->times < LADDER_MOST_TIMES ? rules->times : LADDER_MOST_TIMES;

    forget_old(ladder, now_ms - rules->reset_ms);
    if (ladder->count >= most)
        return false;
    ladder->steps_ms[ladder->count++] = now_ms;
    return true;
}
