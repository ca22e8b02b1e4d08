/* unit_record: what the runner `systemd` remembers of what it started in a slot, since a unit knows
 * of no release: RUN_FOLDER/SLOT.systemd.json. Whether it runs, only systemd knows. */
#ifndef GODEPLOY_DEPLOY_RUNNER_UNIT_RECORD_H
#define GODEPLOY_DEPLOY_RUNNER_UNIT_RECORD_H

#include "deploy/runner/runner.h"

typedef struct UnitRecord {
    char release[INSTANCE_NAME_SIZE]; /* "": nothing was ever started in this slot */
    char instance[INSTANCE_NAME_SIZE];
    int64_t stop_timeout_ms;  /* as its unit has it */
    int64_t restart_delay_ms; /* the same; 0: at once, or not known */
    int64_t since_ms;         /* wall clock: when it was about to be started */
} UnitRecord;

char *unit_record_path(const InstancePlace *place); /* NULL if out of memory; caller frees */

/* A missing file is an empty record; a broken one is an error. */
bool unit_record_read(const InstancePlace *place, UnitRecord *out, Error *err);
bool unit_record_write(const InstanceSpec *spec, Error *err);
bool unit_record_exists(const InstancePlace *place);
bool unit_record_remove(const InstancePlace *place, Error *err); /* missing is success */

#endif
