/* cmd_status: what serves, what runs, and what is not as it should be. Changes nothing. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/situation.h"

#include <stdio.h>

enum { UNTIL_SIZE = CLOCK_ISO_SIZE + TEXT_QUANTITY_SIZE + 32 };

static const char *const conditions[] = {
    [INSTANCE_ABSENT] = "absent",         [INSTANCE_STARTING] = "starting",
    [INSTANCE_RUNNING] = "running",       [INSTANCE_WAITING] = "waiting",
    [INSTANCE_STOPPED] = "stopped",       [INSTANCE_GAVE_UP] = "gave up",
    [INSTANCE_ORPHANED] = "unsupervised",
};

static const char *const gates[] = {
    [ROUTE_OPEN] = "open", [ROUTE_HELD] = "held", [ROUTE_MAINTENANCE] = "maintenance"};

/* What is left of it; at its end, and a little later, nothing. */
static int64_t remaining_ms(int64_t until_ms)
{
    int64_t left = until_ms - clock_wall_ms();

    return left > 0 ? left : 0;
}

/* ---- for scripts ---- */

/* Until when it is so; null where that is not known. */
static void put_until(Json *json, int64_t until_ms)
{
    char until[CLOCK_ISO_SIZE];

    (void)json_put_text(json, "until", until_ms > 0 ? clock_format_iso(until_ms, until) : NULL);
    if (until_ms > 0)
        (void)json_put_integer(json, "remaining_ms", remaining_ms(until_ms));
}

static Json *serving_json(const Situation *situation)
{
    Json *serving = NULL;
    char since[CLOCK_ISO_SIZE];

    if (situation->serving.version[0] == '\0')
        return NULL;
    serving = json_new_object();
    (void)json_put_text(serving, "release", situation->serving.version);
    (void)json_put_text(serving, "slot", slot_name(situation->serving.slot));
    (void)json_put_text(serving, "since", clock_format_iso(situation->serving.since_ms, since));
    return serving;
}

static Json *slots_json(const App *app, const Situation *situation)
{
    Json *slots = json_new_object();

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        const InstanceState *state = &situation->instances[slot];
        Json *one = json_new_object();

        (void)json_put_integer(one, "port", app->settings->traffic.slots[slot]);
        (void)json_put_text(one, "state", conditions[state->state]);
        (void)json_put_text(one, "release", state->release[0] != '\0' ? state->release : NULL);
        (void)json_put_integer(one, "pid", state->process.pid);
        (void)json_put_integer(one, "supervisor", state->supervisor.pid);
        (void)json_put_integer(one, "restarts", state->restarts);
        (void)json_put_text(one, "last_exit",
                            state->last_exit[0] != '\0' ? state->last_exit : NULL);
        put_until(one, state->until_ms);
        (void)json_put(slots, slot_name((Slot)slot), one);
    }
    return slots;
}

static Json *route_json(const App *app, const Situation *situation)
{
    Json *route = json_new_object();
    Json *listen = json_new_array();
    char address[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < app->settings->traffic.listen_count; i++)
        (void)json_push_text(listen, address_format(&app->settings->traffic.listen[i], address));
    (void)json_put_text(route, "engine", app->engine->name);
    (void)json_put_bool(route, "running", situation->route.running);
    (void)json_put(route, "listen", listen);
    (void)json_put_text(route, "slot",
                        situation->route.known ? slot_name((Slot)situation->route.active) : NULL);
    (void)json_put_text(route, "release",
                        situation->route.release[0] != '\0' ? situation->route.release : NULL);
    (void)json_put_text(route, "gate",
                        situation->route.known ? gates[situation->route.gate] : NULL);
    (void)json_put_integer(route, "canary_ppm", situation->route.candidate_ppm);
    return route;
}

static Json *open_json(const Situation *situation)
{
    Json *open = NULL;

    if (!situation->has_open)
        return NULL;
    open = json_new_object();
    (void)json_put_integer(open, "id", situation->open.id);
    (void)json_put_text(open, "kind", deployment_kind_name(situation->open.kind));
    (void)json_put_text(open, "version", situation->open.version);
    (void)json_put_text(open, "next_stage", situation->next_stage);
    put_until(open, situation->stage_until_ms);
    (void)json_put_integer(open, "canary_ppm", situation->rollout.share_ppm);
    (void)json_put_bool(open, "waits_for_promote", situation->canary_waits);
    return open;
}

/* As traffic.hold.for, or `pause --for`, says. */
static int64_t each_waits_ms(const App *app, const PauseRecord *pause)
{
    return pause->wait_ms > 0 ? pause->wait_ms : app->settings->traffic.hold.for_ms;
}

static Json *pause_json(const App *app, const Situation *situation)
{
    const PauseRecord *pause = &situation->pause;
    Json *paused = NULL;
    char since[CLOCK_ISO_SIZE];

    if (pause->since_ms == 0)
        return NULL;
    paused = json_new_object();
    (void)json_put_text(paused, "gate", gates[pause->maintenance ? ROUTE_MAINTENANCE : ROUTE_HELD]);
    (void)json_put_text(paused, "by", pause->by);
    (void)json_put_text(paused, "since", clock_format_iso(pause->since_ms, since));
    (void)json_put_text(paused, "message", pause->message);
    if (!pause->maintenance)
        (void)json_put_integer(paused, "each_waits_ms", each_waits_ms(app, pause));
    return paused;
}

static Json *lock_json(const Situation *situation)
{
    Json *lock = json_new_object();
    char since[CLOCK_ISO_SIZE];

    (void)json_put_bool(lock, "held", situation->lock.held);
    if (situation->lock.held) {
        (void)json_put_text(lock, "by", situation->lock.by);
        (void)json_put_text(lock, "why", situation->lock.why);
        (void)json_put_integer(lock, "pid", situation->lock.pid);
        (void)json_put_text(lock, "since", clock_format_iso(situation->lock.since_ms, since));
    }
    if (situation->freeze.since_ms != 0) {
        (void)json_put_text(lock, "hold_by", situation->freeze.by);
        (void)json_put_text(lock, "hold_message", situation->freeze.message);
        (void)json_put_text(lock, "hold_since",
                            clock_format_iso(situation->freeze.since_ms, since));
    }
    return lock;
}

static Json *findings_json(const Situation *situation)
{
    Json *findings = json_new_array();

    for (size_t i = 0; i < situation->finding_count; i++) {
        Json *one = json_new_object();

        (void)json_put_text(one, "kind", finding_kind_name(situation->findings[i].kind));
        (void)json_put_text(one, "text", situation->findings[i].text);
        (void)json_put_text(one, "fix", situation->findings[i].fix);
        (void)json_push(findings, one);
    }
    return findings;
}

static void print_json(Session *session, const App *app, const Situation *situation)
{
    CLEANUP(json_free) Json *document = json_new_object();

    (void)json_put_text(document, "app", app->settings->app);
    (void)json_put_text(document, "folder", app->folder);
    (void)json_put_optional(document, "serving", serving_json(situation));
    (void)json_put(document, "slots", slots_json(app, situation));
    (void)json_put(document, "route", route_json(app, situation));
    (void)json_put_optional(document, "open", open_json(situation));
    (void)json_put_optional(document, "pause", pause_json(app, situation));
    (void)json_put(document, "lock", lock_json(situation));
    (void)json_put(document, "findings", findings_json(situation));
    output_json(session->output, document);
}

/* ---- for people ---- */

/* What the engine makes of the public addresses. One that leads them to two slots is in the
 * findings. */
static const char *leads_to(const EngineView *route)
{
    if (route->known)
        return slot_name((Slot)route->active);
    return route->running && route->trouble[0] != '\0' ? "no one slot" : "nobody";
}

static void print_serving(Session *session, const App *app, const Situation *situation)
{
    char since[CLOCK_ISO_SIZE];
    char address[ADDRESS_TEXT_SIZE];

    if (situation_unrecorded(situation) != SLOT_NONE)
        output_line(session->output, "%s: a release serves that the journal does not know",
                    app->settings->app);
    else if (situation->serving.version[0] == '\0')
        output_line(session->output, "%s: no release has been deployed yet", app->settings->app);
    else
        output_line(session->output, "%s: release %s serves from slot %s since %s",
                    app->settings->app, situation->serving.version,
                    slot_name(situation->serving.slot),
                    clock_format_local(situation->serving.since_ms, since));
    for (size_t i = 0; i < app->settings->traffic.listen_count; i++)
        output_line(session->output, "public: %s -> %s (%s%s)",
                    address_format(&app->settings->traffic.listen[i], address),
                    leads_to(&situation->route), app->engine->name,
                    situation->route.running ? "" : ", not running");
}

static void print_slots(Session *session, const App *app, const Situation *situation)
{
    static const char *const headings[] = {"slot", "port", "release", "state", "pid", "restarts"};
    Table *table = output_table_new(headings, 6);

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        const InstanceState *state = &situation->instances[slot];
        char port[8], pid[24], restarts[16];
        const char *const cells[] = {slot_name((Slot)slot),    port, state->release,
                                     conditions[state->state], pid,  restarts};

        (void)snprintf(port, sizeof port, "%u", (unsigned)app->settings->traffic.slots[slot]);
        if (state->process.pid != 0)
            (void)snprintf(pid, sizeof pid, "%lld", (long long)state->process.pid);
        else
            (void)snprintf(pid, sizeof pid, "-");
        (void)snprintf(restarts, sizeof restarts, "%d", state->restarts);
        if (state->state != INSTANCE_ABSENT)
            output_table_row(table, cells);
    }
    output_table_print(session->output, table);
    output_table_free(table);
}

/* ", until 2026-11-23 14:03:10 (in 23 s)"; "" where it is not known. */
static const char *until_words(int64_t until_ms, const char *until, char out[UNTIL_SIZE])
{
    char when[CLOCK_ISO_SIZE], left[TEXT_QUANTITY_SIZE];

    out[0] = '\0';
    if (until_ms > 0)
        (void)snprintf(out, UNTIL_SIZE, "%s%s (in %s)", until, clock_format_local(until_ms, when),
                       text_duration(remaining_ms(until_ms), left));
    return out;
}

static void print_waiting(Session *session, const Situation *situation)
{
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        const InstanceState *state = &situation->instances[slot];
        char until[UNTIL_SIZE];

        if (state->state == INSTANCE_WAITING)
            output_line(session->output, "slot %s: it ended%s%s, and is started again%s",
                        slot_name((Slot)slot), state->last_exit[0] != '\0' ? ": " : "",
                        state->last_exit, until_words(state->until_ms, " at ", until));
    }
}

/* While somebody works on it; else it is a finding. */
static void print_open(Session *session, const Situation *situation)
{
    char until[UNTIL_SIZE];

    if (situation->has_open && situation->lock.held && situation->next_stage)
        output_line(session->output, "deployment %lld (%s %s) is at %s%s",
                    (long long)situation->open.id, deployment_kind_name(situation->open.kind),
                    situation->open.version, situation->next_stage,
                    until_words(situation->stage_until_ms, ", at the latest until ", until));
}

static void print_pause(Session *session, const App *app, const PauseRecord *pause)
{
    char since[CLOCK_ISO_SIZE], wait[TEXT_QUANTITY_SIZE], each[TEXT_QUANTITY_SIZE + 32] = "";

    if (pause->since_ms == 0)
        return;
    if (!pause->maintenance)
        (void)snprintf(each, sizeof each, "; each waits for up to %s",
                       text_duration(each_waits_ms(app, pause), wait));
    output_line(session->output, "%s since %s by %s%s%s; `godeploy resume` ends it%s",
                pause->maintenance ? "maintenance" : "requests are held",
                clock_format_local(pause->since_ms, since), pause->by,
                pause->message[0] != '\0' ? ": " : "", pause->message, each);
}

static void print_canary(Session *session, const Situation *situation)
{
    char share[TEXT_QUANTITY_SIZE];

    if (situation->canary_waits)
        output_line(session->output,
                    "canary: %s of new clients see release %s; `godeploy promote` goes on, "
                    "`godeploy abort` takes it back",
                    text_share(situation->rollout.share_ppm, share), situation->open.version);
    else if (situation->has_open && situation->route.candidate_ppm > 0)
        output_line(session->output, "canary: %s of new clients see release %s",
                    text_share(situation->route.candidate_ppm, share), situation->open.version);
}

static void print_lock(Session *session, const Situation *situation)
{
    char since[CLOCK_ISO_SIZE];

    if (situation->lock.held)
        output_line(session->output, "locked by %s (process %lld) since %s: %s", situation->lock.by,
                    (long long)situation->lock.pid,
                    clock_format_local(situation->lock.since_ms, since), situation->lock.why);
    if (situation->freeze.since_ms != 0)
        output_line(session->output, "held by %s since %s: %s", situation->freeze.by,
                    clock_format_local(situation->freeze.since_ms, since),
                    situation->freeze.message);
}

static void print_findings(Session *session, const Situation *situation)
{
    for (size_t i = 0; i < situation->finding_count; i++)
        output_line(session->output, "! %s\n  %s", situation->findings[i].text,
                    situation->findings[i].fix);
}

bool command_status(Session *session, Error *err)
{
    CLEANUP(app_close) App *app = NULL;
    Situation situation;

    if (!session_look(session, &app, err) || !situation_look(app, &situation, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON) {
        print_json(session, app, &situation);
    } else {
        print_serving(session, app, &situation);
        print_slots(session, app, &situation);
        print_waiting(session, &situation);
        print_open(session, &situation);
        print_pause(session, app, &situation.pause);
        print_canary(session, &situation);
        print_lock(session, &situation);
        print_findings(session, &situation);
    }
    if (situation.finding_count > 0)
        session->exit_status = error_exit_status(ERR_STATE);
    return true;
}
