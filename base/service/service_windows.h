/* service: the services of Windows: the one door to the service control manager (SCM).
 *
 * Handles are open for one call each: while anybody holds one, a service that is deleted is only
 * marked, and its name is lost until the last handle closes or the host boots again.
 *
 * Every call opens the service by name. ERR_PERMISSION where this process is not elevated. A
 * service that is marked for deletion has an error of its own everywhere; only "there is no such
 * service" (1060) counts as absent. Done in service_windows.c and service_config_windows.c; tests
 * define these functions themselves. Source:
 * https://learn.microsoft.com/windows/win32/services/service-functions */
#ifndef GODEPLOY_BASE_SERVICE_SERVICE_WINDOWS_H
#define GODEPLOY_BASE_SERVICE_SERVICE_WINDOWS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ServiceCondition {
    SERVICE_IS_ABSENT,
    SERVICE_IS_STOPPED,
    SERVICE_IS_STARTING,
    SERVICE_IS_RUNNING, /* said by the service itself: it proves nothing */
    SERVICE_IS_STOPPING,
    SERVICE_IS_PAUSED /* or on its way there or back */
} ServiceCondition;

typedef struct ServiceLook {
    ServiceCondition condition;
    int64_t pid;       /* 0: none. One that crashed may still be named: look at the process too */
    uint32_t progress; /* its checkpoint: grows while STARTING and STOPPING are no standstill */
    int64_t wait_hint_ms;
    uint32_t exit_code; /* of Windows, once STOPPED; 1077: never started since the host was */
    uint32_t own_code;  /* the service's own, where exit_code is 1066 */
} ServiceLook;

typedef enum ServiceStart {
    SERVICE_STARTS_ON_DEMAND,
    SERVICE_STARTS_AT_BOOT,
    SERVICE_STARTS_LATER_AT_BOOT /* "delayed": when those that start at boot have */
} ServiceStart;

/* As many or more are for ever. */
enum { SERVICE_RESTARTS_FOR_EVER = 17 };

/* What the SCM does when the process ends without having said STOPPED, or says it with an error.
 * `times` 0: nothing. Counted from 0 again once `reset_ms` have passed without a failure. */
typedef struct ServiceLadder {
    int times;
    int64_t delay_ms;
    int64_t reset_ms;
} ServiceLadder;

/* What a service shall be. All borrowed. */
typedef struct ServicePlan {
    const char *name;
    const char *display_name;
    const char *description;    /* begins with `owner` */
    const char *owner;          /* an existing service described otherwise is refused */
    const char *const *command; /* NULL-terminated; command[0] is an absolute path */
    const char *account;        /* NULL: NT SERVICE\NAME. None that needs a password */
    const char *depends_on;     /* a service that must run first; NULL: none */
    ServiceStart start;
    ServiceLadder ladder;
    int64_t preshutdown_ms; /* how long it may take when the host goes down */
} ServicePlan;

/* Makes the service, or re-points the one of that name, which must not run. What an old system does
 * not know of a plan (delayed start, ladder, SID) is left as it is there. ERR_START where somebody
 * disabled it: whoever did had a reason. */
bool service_put(const ServicePlan *plan, Error *err);

/* Absent is an answer, not an error. */
bool service_look(const char *name, ServiceLook *out, Error *err);

/* One that somebody disabled stays so. */
bool service_set_start(const char *name, ServiceStart start, Error *err);
bool service_set_ladder(const char *name, const ServiceLadder *ladder, Error *err);

/* Comes back once the SCM has the process, which is neither RUNNING nor ready. Success if it runs
 * already; one that is stopping is waited for, 5 s at most. ERR_START where the system will not
 * start it, with what to look at. */
bool service_start(const char *name, Error *err);

/* Sends STOP and comes back once the service has heard it (30 s at most, where it hangs). *asked is
 * false where it takes no control right now (STARTING, STOPPING): ask again. Not running is success
 * with *asked true. ERR_PROCESS where other services that depend on it run: names them. */
bool service_ask_to_stop(const char *name, bool *asked, Error *err);

/* Whether the SCM would refuse to start it. Absent is not disabled. */
bool service_is_disabled(const char *name, bool *disabled, Error *err);

/* Tells a service that runs to read its parameters again (SERVICE_CONTROL_PARAMCHANGE). */
bool service_tell_to_reread(const char *name, Error *err);

/* Absent is success. A service that runs goes once it has stopped. */
bool service_delete(const char *name, Error *err);

/* True where the SCM lets this process make and change services (an elevated administrator). */
bool service_may_manage(void);

#endif
