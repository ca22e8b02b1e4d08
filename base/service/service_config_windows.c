/* See service_windows.h: what a service is made of: its command, account, start and ladder. */
#include "base/service/service_windows.h"

#include "base/process/command_line.h"
#include "base/service/service_handle_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

/* What one query may answer: the documentation's own limit for configurations. */
enum { CONFIG_BYTES = 8 * 1024, MOST_RESTARTS = SERVICE_RESTARTS_FOR_EVER - 1 };

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

/* Accounts that the system has built in have an empty password; virtual and managed ones must be
 * given none at all. Source: CreateServiceW, lpPassword. */
static const wchar_t *password_of(const ServicePlan *plan)
{
    bool built_in = plan->account && (text_starts_with(plan->account, "NT AUTHORITY\\") ||
                                      text_equal(plan->account, "LocalSystem"));

    return built_in ? L"" : NULL;
}

static bool make(const ServicePlan *plan, const WidePlan *wide, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle manager = NULL;
    CLEANUP(service_handle_close) ServiceHandle service = NULL;

    if (!service_open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE, &manager, err))
        return false;
    service = CreateServiceW(manager, wide->name, wide->display_name, SERVICE_QUERY_STATUS,
                             SERVICE_WIN32_OWN_PROCESS, start_type(plan->start),
                             SERVICE_ERROR_NORMAL, wide->command, NULL, NULL, wide->depends_on,
                             wide->account, password_of(plan));
    return service || service_error(plan->name, GetLastError(), "making", err);
}

/* What stands in the registry of the service, with its texts behind it. */
typedef union WholeConfig {
    QUERY_SERVICE_CONFIGW config;
    BYTE bytes[CONFIG_BYTES];
} WholeConfig;

static bool read_config(const char *name, ServiceHandle service, WholeConfig *out, Error *err)
{
    DWORD needed = 0;

    return QueryServiceConfigW(service, &out->config, sizeof *out, &needed) ||
           service_error(name, GetLastError(), "reading the configuration of", err);
}

/* Who makes a service and is killed before he describes it leaves one without a description. Its
 * display name, which it has from the first moment, is of godeploy and of this very slot. */
static bool is_half_made(const WidePlan *wide, const WholeConfig *found, const char *description)
{
    return description[0] == '\0' && found->config.lpDisplayName &&
           wcscmp(found->config.lpDisplayName, wide->display_name) == 0;
}

static bool is_ours(const ServicePlan *plan, const WidePlan *wide, const WholeConfig *config,
                    ServiceHandle service, Error *err)
{
    union {
        SERVICE_DESCRIPTIONW description;
        BYTE bytes[CONFIG_BYTES];
    } text = {0};
    CLEANUP(free) char *found = NULL;
    DWORD needed = 0;

    if (!QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, text.bytes, sizeof text.bytes,
                              &needed))
        return service_error(plan->name, GetLastError(), "reading the description of", err);
    found = wide_to_utf8(text.description.lpDescription ? text.description.lpDescription : L"");
    if (!found)
        return error_memory(err);
    if (text_starts_with(found, plan->owner) || is_half_made(wide, config, found))
        return true;
    (void)error_set(err, ERR_START, "service %s is somebody else's: it is described as \"%s\"",
                    plan->name, found);
    return error_hint(err, "godeploy re-points only services that it made for this app and root; "
                           "call the app otherwise, or remove that service.");
}

/* We never disable one: somebody did, and had a reason. */
static bool refuse_disabled(const char *name, Error *err)
{
    (void)error_set(err, ERR_START, "service %s was disabled by hand", name);
    return error_hint(err, "If it may run again: `sc config %s start= demand`.", name);
}

static bool re_point(const ServicePlan *plan, const WidePlan *wide, ServiceHandle service,
                     Error *err)
{
    WholeConfig found = {0};

    if (!read_config(plan->name, service, &found, err) ||
        !is_ours(plan, wide, &found, service, err))
        return false;
    if (found.config.dwStartType == SERVICE_DISABLED)
        return refuse_disabled(plan->name, err);
    if (ChangeServiceConfigW(service, SERVICE_WIN32_OWN_PROCESS, start_type(plan->start),
                             SERVICE_ERROR_NORMAL, wide->command, NULL, NULL, wide->depends_on,
                             wide->account, password_of(plan), wide->display_name))
        return true;
    return service_error(plan->name, GetLastError(), "re-pointing", err);
}

/* ---- what is more than a command and an account ---- */

/* Every Windows that is still looked after knows all of these; Wine knows some. */
static bool change(const char *name, ServiceHandle service, DWORD what, void *value, Error *err)
{
    DWORD why;

    if (ChangeServiceConfig2W(service, what, value))
        return true;
    why = GetLastError();
    return why == ERROR_INVALID_LEVEL || service_error(name, why, "configuring", err);
}

static bool put_delay(const char *name, ServiceHandle service, ServiceStart start, Error *err)
{
    SERVICE_DELAYED_AUTO_START_INFO delay = {.fDelayedAutostart =
                                                 start == SERVICE_STARTS_LATER_AT_BOOT};

    return change(name, service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delay, err);
}

/* The N-th failure takes the N-th action and the last one repeats: behind the restarts stands
 * "nothing", except where they are more than anybody counts. */
static bool put_ladder(const char *name, ServiceHandle service, const ServiceLadder *ladder,
                       Error *err)
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
static bool put_rest(const ServicePlan *plan, const WidePlan *wide, ServiceHandle service,
                     Error *err)
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
    CLEANUP(service_handle_close) ServiceHandle service = NULL;

    if (!service_open(plan->name, CONFIGURE, &service, err))
        return false;
    if (service)
        return re_point(plan, wide, service, err) && put_rest(plan, wide, service, err);
    return make(plan, wide, err) && service_need(plan->name, CONFIGURE, &service, err) &&
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
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    WholeConfig found = {0};

    if (!service_need(name, SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG, &service, err) ||
        !read_config(name, service, &found, err))
        return false;
    if (found.config.dwStartType == SERVICE_DISABLED)
        return true;
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start_type(start), SERVICE_NO_CHANGE,
                              NULL, NULL, NULL, NULL, NULL, NULL, NULL))
        return service_error(name, GetLastError(), "setting when to start", err);
    return put_delay(name, service, start, err);
}

bool service_set_ladder(const char *name, const ServiceLadder *ladder, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;

    return service_need(name, SERVICE_CHANGE_CONFIG | SERVICE_START, &service, err) &&
           put_ladder(name, service, ladder, err);
}
