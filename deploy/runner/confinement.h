/* confinement: what an instance may do and take, as far as its runner can see to that. Plain data:
 * part of Settings, and handed on to the runner. Borrowed by who is handed it. */
#ifndef GODEPLOY_DEPLOY_RUNNER_CONFINEMENT_H
#define GODEPLOY_DEPLOY_RUNNER_CONFINEMENT_H

#include "base/text.h"

#include <stdint.h>

/* As systemd.exec(5) has ProtectSystem. */
typedef enum ProtectSystem {
    PROTECT_SYSTEM_OFF,
    PROTECT_SYSTEM_YES,   /* /usr and /boot are read-only */
    PROTECT_SYSTEM_FULL,  /* and /etc */
    PROTECT_SYSTEM_STRICT /* and everything else but /dev, /proc and /sys */
} ProtectSystem;

typedef struct Confinement {
    bool no_new_privileges;
    bool private_tmp;
    ProtectSystem protect_system;
    TextList capabilities; /* the most it can ever have; "all" is no bound */
    uint64_t memory;       /* bytes; 0: no limit, as below */
    int64_t cpu_ppm;       /* of one processor */
    int64_t files;         /* open descriptors; 0: the manager's default */
    int64_t tasks;         /* processes and threads */
} Confinement;

#endif
