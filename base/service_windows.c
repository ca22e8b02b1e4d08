/* See service_windows.h. */
#include "base/service_windows.h"

#include "base/command_line.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

/* What one query may answer: the documentation's own limit for configurations. */
enum { CONFIG_BYTES = 8 * 1024, MOST_RESTARTS = 16 };
enum { VIRUS_INFECTED = 225 }; /* ERROR_VIRUS_INFECTED, which MinGW's headers lack */

/* ---- handles ---- */

static void service_handle_close(SC_HANDLE handle)
{
    if (handle)
        (void)CloseServiceHandle(handle);
}
DEFINE_CLEANUP(SC_HANDLE, service_handle_close)

static bool open_manager(DWORD rights, SC_HANDLE *out, Error *err)
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
static bool hint_for(DWORD why, Error *err)
{
    switch (why) {
    case ERROR_SERVICE_MARKED_FOR_DELETE:
        return error_hint(err, "It was deleted while somebody held it open: close services.msc, "
                               "Task Manager and what watches services, or boot the host again.");
    case ERROR_ACCESS_DENIED:
        return error_hint(err, "Services need an elevated administrator: run this from a prompt "
                               "that was opened with \"Run as administrator\".");
    case ERROR_SERVICE_LOGON_FAILED:
        return error_hint(err, "Give its account the right \"Log on as a service\" (secpol.msc, "
                               "User Rights Assignment), or check service.account.");
    case ERROR_INVALID_SERVICE_ACCOUNT:
        return error_hint(err, "Windows does not know the account: check service.account; a group "
                               "managed one ends in $ and must be installed on this host.");
    default:
        return false;
    }
}

static bool service_error(const char *name, DWORD why, const char *doing, Error *err)
{
    (void)error_set_windows(err, ERR_PROCESS, why, "%s service %s", doing, name);
    return hint_for(why, err);
}

/* *out is NULL with success where there is no such service. */
static bool open_service(const char *name, DWORD rights, SC_HANDLE *out, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE manager = NULL;
    CLEANUP(free) wchar_t *wide = wide_from_utf8(name);
    DWORD why;

    *out = NULL;
    if (!wide)
        return error_memory(err);
    if (!open_manager(SC_MANAGER_CONNECT, &manager, err))
        return false;
    *out = OpenServiceW(manager, wide, rights);
    if (*out)
        return true;
    why = GetLastError();
    return why == ERROR_SERVICE_DOES_NOT_EXIST || service_error(name, why, "opening", err);
}

/* The same where its absence is an error. */
static bool need_service(const char *name, DWORD rights, SC_HANDLE *out, Error *err)
{
    if (!open_service(name, rights, out, err))
        return false;
    return *out || error_set(err, ERR_PROCESS, "there is no service %s", name);
}

bool service_may_manage(void)
{
    CLEANUP(service_handle_close)
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);

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
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    SERVICE_STATUS_PROCESS status = {0};
    DWORD needed = 0;

    if (!open_service(name, SERVICE_QUERY_STATUS, &service, err))
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

/* ---- making, re-pointing ---- */

/* A plan in the words of the calls. */
typedef struct WidePlan {
    wchar_t *name;
    wchar_t *display_name;
    wchar_t *description;
    wchar_t *command;
    wchar_t *account;
    wchar_t *depends_on; /* with two NULs at its end */
} WidePlan;

static void wide_plan_free(WidePlan *plan)
{
    free(plan->name);
    free(plan->display_name);
    free(plan->description);
    free(plan->command);
    free(plan->account);
    free(plan->depends_on);
}

/* One name is a list of one: NUL behind it, and NUL behind the list. */
static wchar_t *wide_list_of_one(const char *name)
{
    CLEANUP(free) wchar_t *wide = wide_from_utf8(name);
    size_t length = wide ? wcslen(wide) : 0;
    wchar_t *list = wide ? calloc(length + 2, sizeof *list) : NULL;

    if (list)
        memcpy(list, wide, length * sizeof *list);
    return list;
}

/* Windows starts a program by a path with slashes; not everything that reads the line finds it. */
static void use_backslashes(char *command)
{
    for (char *c = command + 1; *c != '\0' && *c != '"'; c++)
        if (*c == '/')
            *c = '\\';
}

static bool widen(const ServicePlan *plan, WidePlan *out, Error *err)
{
    CLEANUP(free) char *command = NULL;
    CLEANUP(free) char *own_account = text_formatted("NT SERVICE\\%s", plan->name);

    if (!command_line_join(plan->command, &command, err))
        return false;
    use_backslashes(command);
    *out = (WidePlan){
        .name = wide_from_utf8(plan->name),
        .display_name = wide_from_utf8(plan->display_name),
        .description = wide_from_utf8(plan->description),
        .command = wide_from_utf8(command),
        .account = wide_from_utf8(plan->account ? plan->account : own_account),
        .depends_on = wide_list_of_one(plan->depends_on ? plan->depends_on : ""),
    };
    return (own_account && out->name && out->display_name && out->description && out->command &&
            out->account && out->depends_on) ||
           error_memory(err);
}

static DWORD start_type(ServiceStart start)
{
    return start == SERVICE_STARTS_ON_DEMAND ? SERVICE_DEMAND_START : SERVICE_AUTO_START;
}

static bool make(const ServicePlan *plan, const WidePlan *wide, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE manager = NULL;
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;

    if (!open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE, &manager, err))
        return false;
    service =
        CreateServiceW(manager, wide->name, wide->display_name, SERVICE_QUERY_STATUS,
                       SERVICE_WIN32_OWN_PROCESS, start_type(plan->start), SERVICE_ERROR_NORMAL,
                       wide->command, NULL, NULL, wide->depends_on, wide->account, NULL);
    return service || service_error(plan->name, GetLastError(), "making", err);
}

static bool is_ours(const ServicePlan *plan, SC_HANDLE service, bool *ours, Error *err)
{
    union {
        SERVICE_DESCRIPTIONW description;
        BYTE bytes[CONFIG_BYTES];
    } config = {0};
    CLEANUP(free) char *found = NULL;
    DWORD needed = 0;

    if (!QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, config.bytes,
                              sizeof config.bytes, &needed))
        return service_error(plan->name, GetLastError(), "reading the description of", err);
    found = wide_to_utf8(config.description.lpDescription ? config.description.lpDescription : L"");
    if (!found)
        return error_memory(err);
    *ours = text_starts_with(found, plan->owner);
    if (*ours)
        return true;
    (void)error_set(err, ERR_START, "service %s is somebody else's: it is described as \"%s\"",
                    plan->name, found);
    return error_hint(err, "godeploy re-points only services that it made for this app and root; "
                           "call the app otherwise, or remove that service.");
}

static bool re_point(const ServicePlan *plan, const WidePlan *wide, SC_HANDLE service, Error *err)
{
    bool ours = false;

    if (!is_ours(plan, service, &ours, err))
        return false;
    if (ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, start_type(plan->start),
                             SERVICE_ERROR_NORMAL, wide->command, NULL, NULL, wide->depends_on,
                             wide->account, NULL, wide->display_name))
        return true;
    return service_error(plan->name, GetLastError(), "re-pointing", err);
}

/* ---- what is more than a command and an account ---- */

/* Every Windows that is still looked after knows all of these; Wine knows some. */
static bool change(const char *name, SC_HANDLE service, DWORD what, void *value, Error *err)
{
    DWORD why;

    if (ChangeServiceConfig2W(service, what, value))
        return true;
    why = GetLastError();
    return why == ERROR_INVALID_LEVEL || service_error(name, why, "configuring", err);
}

static bool put_delay(const char *name, SC_HANDLE service, ServiceStart start, Error *err)
{
    SERVICE_DELAYED_AUTO_START_INFO delay = {.fDelayedAutostart =
                                                 start == SERVICE_STARTS_LATER_AT_BOOT};

    return change(name, service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delay, err);
}

/* The N-th failure takes the N-th action and the last one repeats: behind the restarts stands
 * "nothing", except where they are more than anybody counts. */
static bool put_ladder(const char *name, SC_HANDLE service, const ServiceLadder *ladder, Error *err)
{
    SC_ACTION actions[MOST_RESTARTS + 1] = {{0}};
    int restarts = ladder->times < MOST_RESTARTS ? ladder->times : MOST_RESTARTS;
    bool for_ever = ladder->times > MOST_RESTARTS;
    SERVICE_FAILURE_ACTIONSW failure = {.dwResetPeriod = (DWORD)(ladder->reset_ms / 1000),
                                        .cActions = (DWORD)restarts + (for_ever ? 0 : 1),
                                        .lpsaActions = actions};
    SERVICE_FAILURE_ACTIONS_FLAG flag = {.fFailureActionsOnNonCrashFailures = restarts > 0};

    for (int i = 0; i < restarts; i++)
        actions[i] = (SC_ACTION){.Type = SC_ACTION_RESTART, .Delay = (DWORD)ladder->delay_ms};
    return change(name, service, SERVICE_CONFIG_FAILURE_ACTIONS, &failure, err) &&
           change(name, service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag, err);
}

/* The SID lets folders be opened to this very service, whatever account it runs as. */
static bool put_rest(const ServicePlan *plan, const WidePlan *wide, SC_HANDLE service, Error *err)
{
    SERVICE_DESCRIPTIONW description = {.lpDescription = wide->description};
    SERVICE_SID_INFO sid = {.dwServiceSidType = SERVICE_SID_TYPE_UNRESTRICTED};
    SERVICE_PRESHUTDOWN_INFO preshutdown = {.dwPreshutdownTimeout = (DWORD)plan->preshutdown_ms};

    return change(plan->name, service, SERVICE_CONFIG_DESCRIPTION, &description, err) &&
           change(plan->name, service, SERVICE_CONFIG_SERVICE_SID_INFO, &sid, err) &&
           change(plan->name, service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, err) &&
           put_delay(plan->name, service, plan->start, err) &&
           put_ladder(plan->name, service, &plan->ladder, err);
}

/* Restart as an action of the ladder asks for the right to start. */
enum { CONFIGURE = SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG | SERVICE_START };

static bool put_wide(const ServicePlan *plan, const WidePlan *wide, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;

    if (!open_service(plan->name, CONFIGURE, &service, err))
        return false;
    if (service)
        return re_point(plan, wide, service, err) && put_rest(plan, wide, service, err);
    return make(plan, wide, err) && need_service(plan->name, CONFIGURE, &service, err) &&
           put_rest(plan, wide, service, err);
}

bool service_put(const ServicePlan *plan, Error *err)
{
    WidePlan wide = {0};
    bool done = widen(plan, &wide, err) && put_wide(plan, &wide, err);

    wide_plan_free(&wide);
    return done;
}

bool service_set_start(const char *name, ServiceStart start, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;

    if (!need_service(name, SERVICE_CHANGE_CONFIG, &service, err))
        return false;
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start_type(start), SERVICE_NO_CHANGE,
                              NULL, NULL, NULL, NULL, NULL, NULL, NULL))
        return service_error(name, GetLastError(), "setting when to start", err);
    return put_delay(name, service, start, err);
}

bool service_set_ladder(const char *name, const ServiceLadder *ladder, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;

    return need_service(name, SERVICE_CHANGE_CONFIG | SERVICE_START, &service, err) &&
           put_ladder(name, service, ladder, err);
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
        return hint_for(why, err);
    }
}

bool service_start(const char *name, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    DWORD why;

    if (!need_service(name, SERVICE_START, &service, err))
        return false;
    if (StartServiceW(service, 0, NULL))
        return true;
    why = GetLastError();
    return why == ERROR_SERVICE_ALREADY_RUNNING || start_error(name, why, err);
}

/* "a, b": those that run and need it. */
static bool refuse_for_dependents(const char *name, SC_HANDLE service, Error *err)
{
    union {
        ENUM_SERVICE_STATUSW rows[CONFIG_BYTES / sizeof(ENUM_SERVICE_STATUSW)];
        BYTE bytes[CONFIG_BYTES];
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
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    SERVICE_STATUS status = {0};
    DWORD why;

    *asked = true;
    if (!open_service(name, SERVICE_STOP | SERVICE_ENUMERATE_DEPENDENTS, &service, err))
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
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    CLEANUP(free) QUERY_SERVICE_CONFIGW *config = NULL;
    DWORD needed = 0;

    if (!open_service(name, SERVICE_QUERY_CONFIG, &service, err))
        return false;
    config = malloc(CONFIG_BYTES);
    if (!config)
        return error_memory(err);
    if (service && !QueryServiceConfigW(service, config, CONFIG_BYTES, &needed))
        return service_error(name, GetLastError(), "looking at", err);
    *disabled = service && config->dwStartType == SERVICE_DISABLED;
    return true;
}

bool service_tell_to_reread(const char *name, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    SERVICE_STATUS status = {0};

    if (!need_service(name, SERVICE_PAUSE_CONTINUE, &service, err))
        return false;
    return ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status) ||
           service_error(name, GetLastError(), "telling", err);
}

bool service_delete(const char *name, Error *err)
{
    CLEANUP(service_handle_close) SC_HANDLE service = NULL;
    DWORD why;

    if (!open_service(name, DELETE, &service, err))
        return false;
    if (!service || DeleteService(service))
        return true;
    why = GetLastError();
    return why == ERROR_SERVICE_MARKED_FOR_DELETE || service_error(name, why, "deleting", err);
}
