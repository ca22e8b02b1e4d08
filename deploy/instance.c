/* See instance.h. */
#include "deploy/instance.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/process/process.h"
#include "base/process/process_words.h"
#include "base/text.h"
#include "deploy/instance_environment.h"
#include "deploy/release/release.h"
#include "deploy/runner/holder.h"

#include <stdio.h>
#include <string.h>

enum { LAST_LINES = 12, BIND_POLL_MS = 2, BIND_POLL_MOST_MS = 50 };

/* ---- its process ---- */

bool instance_runner(const App *app, Slot slot, const Runner **out, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);

    return holder_find(app->runner, &place, out, err);
}

bool instance_look(const App *app, Slot slot, InstanceState *out, Error *err)
{
    const Runner *runner = NULL;
    InstancePlace place;

    memset(out, 0, sizeof *out);
    if (slot == SLOT_NONE)
        return true;
    place = app_instance_place(app, slot);
    return instance_runner(app, slot, &runner, err) && runner->look(&place, out, err);
}

static bool is_up(InstanceCondition condition)
{
    return condition == INSTANCE_RUNNING || condition == INSTANCE_ORPHANED;
}

bool instance_runs(const App *app, const Instance *instance)
{
    InstanceState state = {0};
    Error ignored = {0};

    return instance->slot != SLOT_NONE && instance_look(app, instance->slot, &state, &ignored) &&
           is_up(state.state) && text_equal(state.release, instance->version) &&
           text_equal(state.instance, instance->id);
}

bool instance_stop(const App *app, Slot slot, StopReport *out, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);
    const Runner *runner = NULL;

    return instance_runner(app, slot, &runner, err) &&
           runner->stop(&place, app->settings->service.stop_timeout_ms, out, err);
}

bool instance_mark_good(const App *app, Slot slot, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);
    const Runner *runner = NULL;

    return instance_runner(app, slot, &runner, err) && runner->mark_good(&place, err);
}

bool instance_report_end(const App *app, Slot slot, const InstanceState *state, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);
    const Runner *runner = NULL;

    return instance_runner(app, slot, &runner, err) &&
           runner_report_end(runner, &place, state, err);
}

const char *instance_log_command(Slot slot)
{
    return slot == SLOT_GREEN ? "godeploy logs --slot green" : "godeploy logs --slot blue";
}

void instance_show_last_lines(const App *app, Slot slot, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);
    const Runner *runner = NULL;
    CLEANUP_TEXT Text lines = {0};
    char cause[ERROR_MESSAGE_SIZE];
    Error ignored = {0};

    if (!instance_runner(app, slot, &runner, &ignored) ||
        !runner->last_lines(&place, LAST_LINES, &lines, NULL, &ignored) || lines.length == 0 ||
        strstr(err->message, "its last lines:"))
        return;
    (void)snprintf(cause, sizeof cause, "%s", err->message);
    (void)snprintf(err->message, sizeof err->message, "%.600s; its last lines:\n%.1400s", cause,
                   text_chars(&lines));
}

/* ---- its port ---- */

static bool port_is_free(const App *app, Slot slot, Error *err)
{
    uint16_t port = app->settings->traffic.slots[slot];
    Address address = app_slot_address(app, slot);
    const char *why = NULL;
    char words[PROCESS_WORDS_SIZE];
    int64_t owner = 0;

    if (!process_listening_on(port, &owner, err))
        return false;
    if (owner == 0 && address_can_bind(&address, &why))
        return true;
    if (owner > 0)
        (void)error_set(err, ERR_START, "side port %u is taken by %s", port,
                        process_words(owner, words));
    else
        (void)error_set(err, ERR_START, "side port %u cannot be used: %s", port,
                        why ? why : "another user's process listens on it");
    return error_hint(
        err, "Choose other ports in traffic.slots, or end that process if nobody needs it.");
}

static bool not_listening(const App *app, const Instance *instance, const InstanceState *state,
                          int64_t deadline_ms, Error *err)
{
    unsigned port = app->settings->traffic.slots[instance->slot];
    uint16_t other = 0;
    char waited[TEXT_QUANTITY_SIZE];
    Error ignored = {0};

    (void)error_set(err, ERR_START, "release %s runs, but does not listen on side port %u after %s",
                    instance->version, port, text_duration(deadline_ms, waited));
    if (process_find_listener(&state->process, &other, &ignored) && other != 0) {
        (void)error_set(err, ERR_START, "release %s listens on port %u instead of its side port %u",
                        instance->version, (unsigned)other, port);
        return error_hint(err,
                          "Let the service listen on {port}, or on $PORT, and on nothing else.");
    }
    return error_hint(
        err, "Check that service.command hands {port} over, or that the service reads $PORT; "
             "raise check.deadline if it needs longer.");
}

static bool wait_for_port(const App *app, const Instance *instance, int64_t deadline_ms, Error *err)
{
    int64_t deadline = clock_monotonic_ms() + deadline_ms;
    int64_t pause = BIND_POLL_MS;
    InstanceState state = {0};
    bool listens = false;

    for (;;) {
        if (!interrupt_check(err) || !instance_look(app, instance->slot, &state, err))
            return false;
        if (!is_up(state.state))
            return instance_report_end(app, instance->slot, &state, err);
        /* By itself or a child of it: that somebody answers there would prove nothing. */
        if (!process_listens(&state.process, app->settings->traffic.slots[instance->slot], &listens,
                             err))
            return false;
        if (listens)
            return true;
        if (clock_monotonic_ms() >= deadline)
            return not_listening(app, instance, &state, deadline_ms, err);
        (void)clock_sleep_ms(pause); /* Ctrl-C is looked at above */
        pause = pause < BIND_POLL_MOST_MS ? pause + 1 : BIND_POLL_MOST_MS;
    }
}

/* ---- starting ---- */

typedef bool (*RunnerCall)(const InstanceSpec *spec, InstanceState *out, Error *err);

/* Hands the whole description of the instance to one of the runner's functions. */
static bool call_runner(const App *app, const Instance *instance, RunnerCall call, Error *err)
{
    CLEANUP_TEXT_LIST TextList command = {0};
    CLEANUP_TEXT_LIST TextList environment = {0};
    CLEANUP(free) char *folder = release_folder(app, instance->version);
    const Settings *settings = app->settings;
    InstanceState state = {0};
    InstanceSpec spec = {
        .place = app_instance_place(app, instance->slot),
        .release = instance->version,
        .instance = instance->id,
        .folder = folder,
        .stop_timeout_ms = settings->service.stop_timeout_ms,
        .restart_delay_ms = settings->service.restart.delay_ms,
        .restart_times = (int)settings->service.restart.times,
        .restart_reset_ms = settings->service.restart.reset_ms,
        .port = settings->traffic.slots[instance->slot],
        .engine = app->engine->name,
        .settings = settings,
    };

    if (!folder)
        return error_memory(err);
    if (!instance_expand(app, instance, &settings->service.command, &command, err) ||
        !instance_environment_for_runner(app, instance, &environment, err))
        return false;
    spec.command = (const char *const *)command.items;
    spec.environment = (const char *const *)environment.items;
    return call(&spec, &state, err);
}

static bool start_and_wait(const App *app, const Instance *instance, int64_t deadline_ms,
                           Error *err)
{
    StopReport report = {0};
    Error ignored = {0};

    if (!port_is_free(app, instance->slot, err) ||
        !call_runner(app, instance, app->runner->start, err))
        return false;
    if (wait_for_port(app, instance, deadline_ms, err))
        return true;
    instance_show_last_lines(app, instance->slot, err);
    (void)instance_stop(app, instance->slot, &report, &ignored); /* why it failed is what matters */
    return false;
}

bool instance_adopt(const App *app, const Instance *instance, Error *err)
{
    const Runner *runner = NULL;

    return instance_runner(app, instance->slot, &runner, err) &&
           call_runner(app, instance, runner->adopt, err);
}

/* What still stands in the slot was left by somebody: a warm release, or a crash. */
static bool clear_slot(const App *app, Slot slot, Error *err)
{
    InstancePlace place = app_instance_place(app, slot);
    StopReport report = {0};

    return instance_stop(app, slot, &report, err) && holder_pass_on(app->runner, &place, err);
}

bool instance_start(const App *app, const Instance *instance, int64_t deadline_ms, bool *started,
                    Error *err)
{
    *started = false;
    if (instance_runs(app, instance))
        return wait_for_port(app, instance, deadline_ms, err);
    *started = true;
    return clear_slot(app, instance->slot, err) && start_and_wait(app, instance, deadline_ms, err);
}

/* ---- its health ---- */

bool instance_health_check(const App *app, const Instance *instance, TextList *exec,
                           ProbeCheck *out, Error *err)
{
    static const ProbeKind kinds[] = {[CHECK_HTTP] = PROBE_HTTP,
                                      [CHECK_HTTPS] = PROBE_HTTPS,
                                      [CHECK_TCP] = PROBE_TCP,
                                      [CHECK_EXEC] = PROBE_EXEC};
    const Settings *settings = app->settings;

    *out = (ProbeCheck){
        .kind = kinds[settings->check.kind],
        .address = app_slot_address(app, instance->slot),
        .path = settings->check.path,
        .host = settings->check.host,
        .expect_status = (int)settings->check.expect,
        .expect_body = settings->check.body,
        .identity_header = settings->check.identity_header,
        .identity = instance->version,
        .timeout_ms = settings->check.timeout_ms,
        .ca_file = settings->check.ca,
        .insecure = settings->check.insecure_tls,
    };
    if (!instance_expand(app, instance, &settings->check.exec, exec, err))
        return false;
    out->argv = (const char *const *)exec->items;
    return true;
}
