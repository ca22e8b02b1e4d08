/* ladder: may an instance that ended be started again? At most so many times within so long. */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_LADDER_H
#define GODEPLOY_DEPLOY_SUPERVISE_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum { LADDER_MOST_TIMES = 64 };

typedef struct LadderRules {
    int64_t delay_ms; /* before each restart */
    int times;        /* restarts within reset_ms; above LADDER_MOST_TIMES counts as that */
    int64_t reset_ms;
} LadderRules;

/* {0} has seen nothing yet. */
typedef struct Ladder {
    int64_t steps_ms[LADDER_MOST_TIMES]; /* oldest first */
    int count;
} Ladder;

/* True, and remembered, if one more restart is allowed at `now_ms` (monotonic). */
bool ladder_step(Ladder *ladder, const LadderRules *rules, int64_t now_ms);

#endif
