/* See service_slot.h. */
#include "deploy/runner/service_slot.h"

#include "base/clock.h"
#include "base/file/access_windows.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "deploy/settings/settings.h"

#include <stdio.h>
#include <string.h>

enum { START_TIMEOUT_MS = 10000, SETTLE_MS = 2000, ASK_MS = 5000, STEP_MS = 5 };
enum { PRESHUTDOWN_MARGIN_MS = 5000, SPECIFIC_ERROR = 1066, PROCESS_ABORTED = 1067 };

static const ServiceLadder no_ladder = {0};

/* ---- names ---- */

char *service_slot_name(const InstancePlace *place)
{
    return text_formatted("godeploy-%s-%s", place->app, place->slot);
}

/* Begins the description: how a service of ours is told from a namesake. */
static char *owner_words(const InstancePlace *place)
{
    return text_formatted("godeploy keeps slot %s of %s here (%s)", place->slot, place->app,
                          place->run_folder);
}

/* ---- the account ---- */

static bool refuse_account(const char *setting, const char *why, Error *err)
{
    (void)error_set(err, ERR_SETTINGS, "service.account: %s: %s", setting, why);
    return error_hint(err,
                      "Leave it out (each slot then has a virtual account of its own), or take "
                      "LocalService, NetworkService, or a group managed account DOMAIN\\NAME$.");
}

bool service_slot_account(const char *setting, char **out, Error *err)
{
    static const struct {
        const char *word;
        const char *account;
    } known[] = {
        {"LocalService",   "NT AUTHORITY\\LocalService"  },
        {"NetworkService", "NT AUTHORITY\\NetworkService"},
        {"LocalSystem",    "LocalSystem"                 },
    };
    const char *name = setting;

    *out = NULL;
    if (!setting)
        return true;
    if (text_starts_with_ignoring_case(setting, "NT SERVICE\\"))
        return refuse_account(setting,
                              "each slot is a service of its own, with its own account of "
                              "that kind",
                              err);
    if (text_starts_with_ignoring_case(setting, "NT AUTHORITY\\"))
        name = setting + strlen("NT AUTHORITY\\");
    for (size_t i = 0; i < sizeof known / sizeof known[0] && !*out; i++)
        if (text_equal_ignoring_case(name, known[i].word))
            *out = text_copy(known[i].account);
    if (!*out && strchr(setting, '\\') && text_ends_with(setting, "$"))
        *out = text_copy(setting);
    return *out ||
           refuse_account(setting, "it would need a password, which godeploy never keeps", err);
}

/* ---- access ---- */

static bool open_folders(const InstanceSpec *spec, const char *program, const char *name,
                         Error *err)
{
    const TextList *data = &spec->settings->service.windows.data;
    CLEANUP(free) char *private = service_private_folder(&spec->place);

    if (!private)
        return error_memory(err);
    if (!folder_create(private, err) || !access_keep_for_service(private, name, err) ||
        !access_allow_service(program, name, ACCESS_READ, err) ||
        !access_allow_service(spec->folder, name, ACCESS_READ, err) ||
        !access_allow_service(spec->place.log_folder, name, ACCESS_CHANGE, err) ||
        (!spec->settings->service.windows.native &&
         !access_allow_service(spec->place.run_folder, name, ACCESS_CHANGE, err)))
        return false;
    for (size_t i = 0; i < data->count; i++)
        if (!access_allow_service(data->items[i], name, ACCESS_CHANGE, err))
            return error_while(err, "service.windows.data");
    return true;
}

/* ---- looking ---- */

static bool look_at(const InstancePlace *place, ServiceLook *out, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);

    return name ? service_look(name, out, err) : error_memory(err);
}

bool service_slot_process(const InstancePlace *place, ServiceLook *look, ProcessId *out, Error *err)
{
    Error gone = {0};

    *out = (ProcessId){0};
    *look = (ServiceLook){0};
    if (!look_at(place, look, err))
        return false;
    if (look->pid != 0)
        (void)process_identify(look->pid, out, &gone); /* a crash that the SCM has not seen yet */
    return true;
}

void service_slot_describe_end(const ServiceLook *look, char out[INSTANCE_EXIT_SIZE])
{
    if (look->exit_code == SPECIFIC_ERROR)
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "exit status %u", look->own_code);
    else if (look->exit_code == PROCESS_ABORTED)
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "without a word to the service control manager");
    else if (look->exit_code == 0)
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "exit status 0");
    else
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "Windows error %u", look->exit_code);
}

/* ---- pointing ---- */

static bool refuse_running(const char *name, const ProcessId *process, Error *err)
{
    (void)error_set(err, ERR_START, "service %s runs already (process %lld), and not for this",
                    name, (long long)process->pid);
    return error_hint(err, "Stop it first: `sc stop %s`.", name);
}

static bool put(const InstanceSpec *spec, const char *name, const char *const *command, Error *err)
{
    CLEANUP(free) char *account = NULL;
    CLEANUP(free) char *owner = owner_words(&spec->place);
    CLEANUP(free)
    char *display = text_formatted("%s (%s, godeploy)", spec->place.app, spec->place.slot);
    CLEANUP(free)
    char *description = text_formatted("%s. Release %s.", owner ? owner : "", spec->release);
    ServicePlan plan = {.name = name,
                        .display_name = display,
                        .description = description,
                        .owner = owner,
                        .command = command,
                        .depends_on = text_equal(spec->engine, "portproxy") ? "iphlpsvc" : NULL,
                        .start = SERVICE_STARTS_ON_DEMAND,
                        .ladder = no_ladder,
                        .preshutdown_ms = spec->stop_timeout_ms + PRESHUTDOWN_MARGIN_MS};

    if (!owner || !display || !description)
        return error_memory(err);
    if (!service_slot_account(spec->settings->service.account, &account, err))
        return false;
    plan.account = account;
    return service_put(&plan, err);
}

/* The file that the manager will start: absolute, with the ending that Windows may leave away. */
static bool find_program(const char *given, char **out, Error *err)
{
    CLEANUP(free) char *path = NULL;
    CLEANUP(free) char *with_ending = NULL;

    if (!path_absolute(given, &path, err))
        return false;
    with_ending = text_formatted("%s.exe", path);
    if (!with_ending)
        return error_memory(err);
    *out = !file_exists(path) && file_exists(with_ending) ? TAKE(with_ending) : TAKE(path);
    return true;
}

static bool copy_command(const char *const *command, TextList *out, Error *err)
{
    CLEANUP(free) char *program = NULL;

    if (!find_program(command[0], &program, err) || !text_list_add(out, program, err))
        return false;
    for (size_t i = 1; command[i]; i++)
        if (!text_list_add(out, command[i], err))
            return false;
    return true;
}

bool service_slot_point(const InstanceSpec *spec, const char *const *command, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(&spec->place);
    CLEANUP_TEXT_LIST TextList whole = {0};
    ProcessId process = {0};
    ServiceLook look;

    if (!name)
        return error_memory(err);
    if (!service_slot_process(&spec->place, &look, &process, err))
        return false;
    if (process.pid)
        return refuse_running(name, &process, err);
    return copy_command(command, &whole, err) && open_folders(spec, whole.items[0], name, err) &&
           put(spec, name, (const char *const *)whole.items, err);
}

/* ---- starting ---- */

static bool ended_at_once(const char *name, const ServiceLook *look, Error *err)
{
    char how[INSTANCE_EXIT_SIZE];

    service_slot_describe_end(look, how);
    return error_set(err, ERR_START, "service %s ended at once: %s", name, how);
}

static bool wait_for_process(const InstancePlace *place, const char *name, ProcessId *out,
                             Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    ServiceLook look;

    for (;;) {
        if (!service_slot_process(place, &look, out, err))
            return false;
        if (out->pid)
            return true;
        if (look.condition == SERVICE_IS_STOPPED || look.condition == SERVICE_IS_ABSENT ||
            clock_monotonic_ms() >= deadline_ms)
            return ended_at_once(name, &look, err);
        if (!clock_sleep_ms(STEP_MS))
            return interrupt_check(err);
    }
}

bool service_slot_start(const InstancePlace *place, ProcessId *out, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);

    if (!name)
        return error_memory(err);
    return service_start(name, err) && wait_for_process(place, name, out, err);
}

/* ---- who starts it again ---- */

bool service_slot_arm(const InstancePlace *place, const ServiceRecord *record, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);

    if (!name)
        return error_memory(err);
    return service_set_start(
               name, record->starts_later ? SERVICE_STARTS_LATER_AT_BOOT : SERVICE_STARTS_AT_BOOT,
               err) &&
           service_set_ladder(name, &record->ladder, err);
}

bool service_slot_quieten(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);
    ServiceLook look;

    if (!name)
        return error_memory(err);
    if (!service_look(name, &look, err))
        return false;
    return look.condition == SERVICE_IS_ABSENT ||
           (service_set_ladder(name, &no_ladder, err) &&
            service_set_start(name, SERVICE_STARTS_ON_DEMAND, err));
}

/* ---- stopping ---- */

bool service_slot_ask_to_stop(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);
    int64_t deadline_ms = clock_monotonic_ms() + ASK_MS;
    bool asked = false;

    if (!name)
        return error_memory(err);
    for (;;) {
        if (!service_ask_to_stop(name, &asked, err))
            return false;
        if (asked || clock_monotonic_ms() >= deadline_ms || !clock_sleep_ms(STEP_MS))
            return true; /* whoever waits for its end kills it then */
    }
}

bool service_slot_settle(const InstancePlace *place, const ServiceLadder *ladder, Error *err)
{
    CLEANUP(free) char *name = service_slot_name(place);
    int64_t deadline_ms = clock_monotonic_ms() + SETTLE_MS;
    ServiceLook look;

    if (!name)
        return error_memory(err);
    for (;;) {
        if (!service_look(name, &look, err))
            return false;
        if (look.condition == SERVICE_IS_ABSENT)
            return true;
        if (look.condition == SERVICE_IS_STOPPED)
            return service_set_ladder(name, ladder, err);
        if (clock_monotonic_ms() >= deadline_ms || !clock_sleep_ms(STEP_MS))
            return true; /* the SCM still thinks that it runs: a ladder would start it again */
    }
}
