/* service_record: what runner `service` wrote down about the service of a slot, beside the settings
 * that the instance gets: RUN_FOLDER/SLOT.private/, which the service may read and not write. */
#ifndef GODEPLOY_DEPLOY_RUNNER_SERVICE_RECORD_H
#define GODEPLOY_DEPLOY_RUNNER_SERVICE_RECORD_H

#include "base/service/service_windows.h"
#include "deploy/runner/runner.h"

typedef struct ServiceRecord {
    char release[INSTANCE_NAME_SIZE]; /* "" if nothing was written */
    char instance[INSTANCE_NAME_SIZE];
    bool native;          /* it speaks to the SCM itself; else it runs under a godeploy-supervise */
    bool good;            /* the trial is over */
    bool starts_later;    /* "delayed" start at boot */
    ServiceLadder ladder; /* once it is good */
    ProcessId process;    /* native: its first one; another one was started by the ladder */
    int64_t started_ms;
} ServiceRecord;

/* Paths of one slot. NULL if out of memory; caller frees. */
char *service_private_folder(const InstancePlace *place);
char *service_environment_path(const InstancePlace *place);

/* Whether runner `service` has the slot: what lies in RUN_FOLDER about a supervisor is then its. */
bool service_record_exists(const InstancePlace *place);
/* A missing one is a record without release. */
bool service_record_read(const InstancePlace *place, ServiceRecord *out, Error *err);
bool service_record_write(const InstancePlace *place, const ServiceRecord *record, Error *err);

/* The environment as a JSON list, for godeploy-supervise. */
bool service_environment_write(const InstancePlace *place, const char *const *environment,
                               Error *err);

/* The record last. Missing is success. */
bool service_record_remove(const InstancePlace *place, Error *err);

#endif
