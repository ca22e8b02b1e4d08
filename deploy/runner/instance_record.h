/* instance_record: what a supervisor wrote down about its instance (deploy/supervise/status.h),
 * read by everybody else and compared with the processes that are there. */
#ifndef GODEPLOY_DEPLOY_RUNNER_INSTANCE_RECORD_H
#define GODEPLOY_DEPLOY_RUNNER_INSTANCE_RECORD_H

#include "base/cleanup.h"
#include "base/json.h"
#include "deploy/runner/runner.h"

/* Paths of one slot. All are owned. */
typedef struct InstanceFiles {
    char *spec;
    char *state;
    char *trial;
    char *stop; /* how long the supervisor may wait, for the one stop that follows */
} InstanceFiles;

/* Free with instance_files_free(), also after an error. */
bool instance_files(const char *run_folder, const char *slot, InstanceFiles *out, Error *err);
void instance_files_free(InstanceFiles *files);
#define CLEANUP_INSTANCE_FILES __attribute__((cleanup(instance_files_free)))

typedef struct InstanceRecord {
    InstanceState state;
    ProcessId supervisor; /* as written, alive or not */
    ProcessId process;    /* likewise */
    bool graceful;        /* it was stopped and nothing had to be killed */
    uint64_t log_start;
} InstanceRecord;

/* A missing file is a record of INSTANCE_ABSENT; a broken one is an error. */
bool instance_record_read(const char *state_path, InstanceRecord *out, Error *err);

/* For an instance that ended without a supervisor: "stopped", with `last_exit`. */
bool instance_record_write_stopped(const char *state_path, const char *last_exit, Error *err);

#endif
