/* supervised: an instance under a godeploy-supervise: its files, its start, its end. What the
 * runners share that have one; they differ in who keeps the supervisor itself.
 *
 * Files: RUN_FOLDER/SLOT.spec.json, RUN_FOLDER/SLOT.state.json, RUN_FOLDER/SLOT.state.json.trial
 * (while the release is not yet known to be good), LOG_FOLDER/SLOT.log (with .1, .2 ...),
 * LOG_FOLDER/supervise-SLOT.log. */
#ifndef GODEPLOY_DEPLOY_RUNNER_SUPERVISED_H
#define GODEPLOY_DEPLOY_RUNNER_SUPERVISED_H

#include "deploy/runner/runner.h"

/* Who starts a supervisor, and asks it to stop. */
typedef struct Keeper {
    const Runner *runner; /* whose keeper this is */

    /* Starts one for `spec`, which stands in `spec_path`. `adopted` is an instance that runs
     * already, or NULL. */
    bool (*start)(const InstanceSpec *spec, const char *spec_path, const ProcessId *adopted,
                  ProcessId *out, Error *err);

    /* Returns at once. Success if it is already gone. */
    bool (*ask_to_stop)(const InstancePlace *place, const ProcessId *supervisor, Error *err);
} Keeper;

/* The functions of such a Runner, as runner.h says. */
bool supervised_start(const Keeper *keeper, const InstanceSpec *spec, InstanceState *out,
                      Error *err);
bool supervised_look(const InstancePlace *place, InstanceState *out, Error *err);
bool supervised_mark_good(const InstancePlace *place, Error *err);
bool supervised_adopt(const Keeper *keeper, const InstanceSpec *spec, InstanceState *out,
                      Error *err);
bool supervised_stop(const Keeper *keeper, const InstancePlace *place, int64_t stop_timeout_ms,
                     StopReport *out, Error *err);
bool supervised_remembers(const InstancePlace *place);
bool supervised_forget(const InstancePlace *place, Error *err);

/* Where godeploy-supervise is: beside the running program, unless packaging put it elsewhere
 * (GODEPLOY_LIBEXEC). Caller frees. */
bool supervised_program(char **out, Error *err);

/* LOG_FOLDER/supervise-SLOT.log: what the supervisor itself has to say. NULL if out of memory;
 * caller frees. */
char *supervised_log_path(const InstancePlace *place);

#endif
