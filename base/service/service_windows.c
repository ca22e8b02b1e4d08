/* See service_windows.h: looking at services, starting and stopping them. */
#include "base/service/service_windows.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/service/service_handle_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

enum { DEPENDENTS_BYTES = 8 * 1024, STILL_STOPPING_MS = 5000, STEP_MS = 10 };
enum { VIRUS_INFECTED = 225 }; /* ERROR_VIRUS_INFECTED, which MinGW's headers lack */

/* ---- handles ---- */

void service_handle_close(ServiceHandle handle)
{
    if (handle)
        (void)CloseServiceHandle(handle);
}

bool service_open_manager(unsigned long rights, ServiceHandle *out, Error *err)
{
    *out = OpenSCManagerW(NULL, NULL, rights);
    if (*out)
        return true;
    (void)error_set_windows(err, ERR_PROCESS, GetLastError(),
                            "opening the service control manager");
    return error_hint(err, "Services need an elevated administrator: run this from a prompt that "
                           "was opened with \"Run as administrator\".");
}

/* What a failed call on a service means to an operator. */
static bool service_hint_for(DWORD why, Error *err)
{
    switch (why) {
    case ERROR_SERVICE_MARKED_FOR_DELETE:
        return error_hint(err, "It was deleted while somebody held it open: close services.msc, "
                               "Task Manager and what watches services, or boot the host again.");
    case ERROR_ACCESS_DENIED:
        return error_hint(err, "Services need an elevated administrator: run this from a prompt "
                               "that was opened with \"Run as administrator\".");
    case ERROR_SERVICE_LOGON_FAILED:
        return error_hint(err,
                          "Its account needs the right \"Log on as a service\" (secpol.msc, User "
                          "Rights Assignment): a virtual one has it through \"NT SERVICE\\ALL "
                          "SERVICES\", which a group policy may have left out; of a group "
                          "managed one see `Test-ADServiceAccount` and `sc managedaccount`.");
    case ERROR_DUPLICATE_SERVICE_NAME:
        return error_hint(err, "Another service has that display name: `sc getkeyname` names it.");
    case ERROR_INVALID_SERVICE_ACCOUNT:
        return error_hint(err, "Windows does not know the account: check service.account; a group "
                               "managed one ends in $ and must be installed on this host.");
    default:
        return false;
    }
}

bool service_error(const char *name, unsigned long why, const char *doing, Error *err)
{
    (void)error_set_windows(err, ERR_PROCESS, why, "%s service %s", doing, name);
    return service_hint_for(why, err);
}

bool service_open(const char *name, unsigned long rights, ServiceHandle *out, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle manager = NULL;
    CLEANUP(free) wchar_t *wide = wide_from_utf8(name);
    DWORD why;

    *out = NULL;
    if (!wide)
        return error_memory(err);
    if (!service_open_manager(SC_MANAGER_CONNECT, &manager, err))
        return false;
    *out = OpenServiceW(manager, wide, rights);
    if (*out)
        return true;
    why = GetLastError();
    return why == ERROR_SERVICE_DOES_NOT_EXIST || service_error(name, why, "opening", err);
}

bool service_need(const char *name, unsigned long rights, ServiceHandle *out, Error *err)
{
    if (!service_open(name, rights, out, err))
        return false;
    return *out || error_set(err, ERR_PROCESS, "there is no service %s", name);
}

bool service_may_manage(void)
{
    CLEANUP(service_handle_close)
    ServiceHandle manager =
        OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);

    return manager != NULL;
}

/* ---- looking ---- */

static ServiceCondition condition_of(DWORD state)
{
    switch (state) {
    case SERVICE_START_PENDING:
        return SERVICE_IS_STARTING;
    case SERVICE_RUNNING:
        return SERVICE_IS_RUNNING;
    case SERVICE_STOP_PENDING:
        return SERVICE_IS_STOPPING;
    case SERVICE_PAUSED:
    case SERVICE_PAUSE_PENDING:
    case SERVICE_CONTINUE_PENDING:
        return SERVICE_IS_PAUSED;
    default:
        return SERVICE_IS_STOPPED;
    }
}

bool service_look(const char *name, ServiceLook *out, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    SERVICE_STATUS_PROCESS status = {0};
    DWORD needed = 0;

    if (!service_open(name, SERVICE_QUERY_STATUS, &service, err))
        return false;
    if (!service) {
        *out = (ServiceLook){.condition = SERVICE_IS_ABSENT};
        return true;
    }
    if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status,
                              &needed))
        return service_error(name, GetLastError(), "looking at", err);
    *out = (ServiceLook){.condition = condition_of(status.dwCurrentState),
                         .pid = status.dwProcessId,
                         .progress = status.dwCheckPoint,
                         .wait_hint_ms = status.dwWaitHint,
                         .exit_code = status.dwWin32ExitCode,
                         .own_code = status.dwServiceSpecificExitCode};
    return true;
}

/* ---- starting, stopping ---- */

static bool start_error(const char *name, DWORD why, Error *err)
{
    (void)error_set_windows(err, ERR_START, why, "starting service %s", name);
    switch (why) {
    case ERROR_SERVICE_REQUEST_TIMEOUT:
        return error_hint(err, "It did not speak to the service control manager in time. A console "
                               "program needs service.windows.kind: console.");
    case ERROR_SERVICE_DISABLED:
        return error_hint(err, "Somebody disabled it: `sc config %s start= demand`.", name);
    case ERROR_SERVICE_DEPENDENCY_FAIL:
        return error_hint(err, "A service that it needs does not start: `sc qc %s` names it.",
                          name);
    case ERROR_ACCESS_DENIED: /* we could open it: this is about the program */
    case VIRUS_INFECTED:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
        return error_hint(err, "Its account may not run the program, or a security product or "
                               "policy holds it back: look into the log of that (Defender, ASR, "
                               "AppLocker, WDAC).");
    default:
        return service_hint_for(why, err);
    }
}

/* The SCM says "runs already" of one that is on its way down, too. */
static bool is_going_down(ServiceHandle service)
{
    SERVICE_STATUS status = {0};

    return QueryServiceStatus(service, &status) && (status.dwCurrentState == SERVICE_STOP_PENDING ||
                                                    status.dwCurrentState == SERVICE_STOPPED);
}

bool service_start(const char *name, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    int64_t deadline_ms = clock_monotonic_ms() + STILL_STOPPING_MS;

    if (!service_need(name, SERVICE_START | SERVICE_QUERY_STATUS, &service, err))
        return false;
    while (!StartServiceW(service, 0, NULL)) {
        DWORD why = GetLastError();

        if (why != ERROR_SERVICE_ALREADY_RUNNING)
            return start_error(name, why, err);
        if (!is_going_down(service))
            return true;
        if (clock_monotonic_ms() >= deadline_ms)
            return error_set(err, ERR_START, "service %s is still stopping after %d s", name,
                             STILL_STOPPING_MS / 1000);
        if (!clock_sleep_ms(STEP_MS))
            return interrupt_check(err);
    }
    return true;
}

/* "a, b": those that run and need it. */
static bool refuse_for_dependents(const char *name, ServiceHandle service, Error *err)
{
    union {
        ENUM_SERVICE_STATUSW rows[DEPENDENTS_BYTES / sizeof(ENUM_SERVICE_STATUSW)];
        BYTE bytes[DEPENDENTS_BYTES];
    } found;
    CLEANUP_TEXT Text names = {0};
    DWORD needed = 0, count = 0;

    if (!EnumDependentServicesW(service, SERVICE_ACTIVE, found.rows, sizeof found, &needed, &count))
        count = 0;
    for (DWORD i = 0; i < count; i++) {
        CLEANUP(free) char *one = wide_to_utf8(found.rows[i].lpServiceName);

        text_appendf(&names, "%s%s", i > 0 ? ", " : "", one ? one : "?");
    }
    (void)error_set(err, ERR_PROCESS, "service %s cannot be stopped: services that need it run: %s",
                    name, names.length > 0 ? text_chars(&names) : "which is not known");
    return error_hint(err, "Stop those first, or let them not depend on a slot of godeploy's.");
}

bool service_ask_to_stop(const char *name, bool *asked, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    SERVICE_STATUS status = {0};
    DWORD why;

    *asked = true;
    if (!service_open(name, SERVICE_STOP | SERVICE_ENUMERATE_DEPENDENTS, &service, err))
        return false;
    if (!service || ControlService(service, SERVICE_CONTROL_STOP, &status))
        return true;
    why = GetLastError();
    switch (why) {
    case ERROR_SERVICE_NOT_ACTIVE:
        return true;
    case ERROR_SERVICE_CANNOT_ACCEPT_CTRL:
    case ERROR_SERVICE_REQUEST_TIMEOUT:
    case ERROR_NO_DATA: /* its process is going this moment */
        *asked = false;
        return true;
    case ERROR_DEPENDENT_SERVICES_RUNNING:
        return refuse_for_dependents(name, service, err);
    default:
        return service_error(name, why, "stopping", err);
    }
}

bool service_is_disabled(const char *name, bool *disabled, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    CLEANUP(free) QUERY_SERVICE_CONFIGW *config = NULL;
    DWORD needed = 0;

    if (!service_open(name, SERVICE_QUERY_CONFIG, &service, err))
        return false;
    config = malloc(DEPENDENTS_BYTES);
    if (!config)
        return error_memory(err);
    if (service && !QueryServiceConfigW(service, config, DEPENDENTS_BYTES, &needed))
        return service_error(name, GetLastError(), "looking at", err);
    *disabled = service && config->dwStartType == SERVICE_DISABLED;
    return true;
}

bool service_tell_to_reread(const char *name, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    SERVICE_STATUS status = {0};

    if (!service_need(name, SERVICE_PAUSE_CONTINUE, &service, err))
        return false;
    return ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status) ||
           service_error(name, GetLastError(), "telling", err);
}

bool service_delete(const char *name, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    DWORD why;

    if (!service_open(name, DELETE, &service, err))
        return false;
    if (!service || DeleteService(service))
        return true;
    why = GetLastError();
    return why == ERROR_SERVICE_MARKED_FOR_DELETE || service_error(name, why, "deleting", err);
}
