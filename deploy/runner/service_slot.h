/* service_slot: the Windows service of one slot: which it is, made once and pointed at another
 * release each time, armed, quietened, stopped. What runner `service` does with the SCM.
 *
 * Two services per app, `godeploy-APP-blue` and `godeploy-APP-green`, never deleted: a deletion
 * waits for everybody who looks at the service, and its name is lost meanwhile. */
#ifndef GODEPLOY_DEPLOY_RUNNER_SERVICE_SLOT_H
#define GODEPLOY_DEPLOY_RUNNER_SERVICE_SLOT_H

#include "deploy/runner/service_record.h"

/* "godeploy-APP-SLOT". NULL if out of memory; caller frees. */
char *service_slot_name(const InstancePlace *place);

/* The account as the SCM calls it; *out is NULL for the service's own virtual account, the default.
 * ERR_SETTINGS for what cannot be one. `setting` may be NULL. Caller frees. */
bool service_slot_account(const char *setting, char **out, Error *err);

/* Makes the service or re-points it at `command`, on demand and without a ladder: on trial. Opens
 * to it, and to no other, the folders that it needs. ERR_START if it runs. */
bool service_slot_point(const InstanceSpec *spec, const char *const *command, Error *err);

/* Starts it and finds its process. */
bool service_slot_start(const InstancePlace *place, ProcessId *out, Error *err);

/* The process behind the service; {0} if there is none, whatever the SCM says. */
bool service_slot_process(const InstancePlace *place, ServiceLook *look, ProcessId *out,
                          Error *err);

/* From now on it is started at boot, and again when it fails. */
bool service_slot_arm(const InstancePlace *place, const ServiceRecord *record, Error *err);
/* From now on nobody starts it: before a process is killed, or the SCM takes that for a crash and
 * starts it again, on a port that the next release has by then. Absent is success. */
bool service_slot_quieten(const InstancePlace *place, Error *err);

/* Asks it to stop, again where it takes no control yet; comes back once it was heard, or after a
 * few seconds. Absent is success. */
bool service_slot_ask_to_stop(const InstancePlace *place, Error *err);

/* Waits, a few seconds at most, until the SCM too knows that it has stopped, and gives it its
 * ladder back: whoever starts it by hand gets what the settings say. */
bool service_slot_settle(const InstancePlace *place, const ServiceLadder *ladder, Error *err);

/* How a service ended, in words: "exit status 3". */
void service_slot_describe_end(const ServiceLook *look, char out[INSTANCE_EXIT_SIZE]);

#endif
