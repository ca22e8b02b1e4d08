/* See situation.h. */
#include "deploy/situation.h"

#include "base/file/file.h"
#include "base/format.h"
#include "base/process/process.h"
#include "base/text.h"
#include "deploy/instance.h"
#include "deploy/pipeline.h"
#include "deploy/release/release.h"
#include "deploy/stage_time.h"
#include "deploy/traffic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const finding_names[] = {
    [FINDING_PROXY_DOWN] = "proxy_down",
    [FINDING_ROUTE_WRONG] = "route_wrong",
    [FINDING_SERVING_DOWN] = "serving_down",
    [FINDING_UNSUPERVISED] = "unsupervised",
    [FINDING_LEFT_OVER] = "left_over",
    [FINDING_RELEASE_MISSING] = "release_missing",
    [FINDING_OPEN_DEPLOYMENT] = "open_deployment",
    [FINDING_GATE_WRONG] = "gate_wrong",
    [FINDING_CONFIG_UNPROVEN] = "config_unproven",
    [FINDING_JOURNAL_LOST] = "journal_lost",
};

const char *finding_kind_name(FindingKind kind)
{
    return finding_names[kind];
}

/* ---- reading ---- */

static bool read_open(const App *app, Situation *out, Error *err)
{
    return pipeline_next_stage(app->journal, out->open.id, &out->next_stage, err) &&
           journal_rollout(app->journal, out->open.id, &out->rollout, err) &&
           traffic_is_handed_over(app, &out->open, &out->handed_over, err);
}

static bool read_journal(const App *app, Situation *out, Error *err)
{
    Journal *journal = app->journal;

    if (!journal_serving(journal, &out->serving, err) ||
        !journal_freeze(journal, &out->freeze, err) || !journal_pause(journal, &out->pause, err) ||
        !journal_config(journal, &out->config, err) ||
        !journal_find_open(journal, &out->open, &out->has_open, err))
        return false;
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (!journal_instance(journal, (Slot)slot, &out->records[slot], err))
            return false;
    return !out->has_open || read_open(app, out, err);
}

static bool read_host(const App *app, Situation *out, Error *err)
{
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (!instance_look(app, (Slot)slot, &out->instances[slot], err))
            return false;
    return lock_look(app, &out->lock, err) &&
           app->engine->show(&app->engine_context, &out->route, err);
}

/* Of one that nobody works on nobody knows. */
static bool read_stage_end(const App *app, Situation *out, Error *err)
{
    if (!out->has_open || !out->lock.held || !out->next_stage)
        return true;
    return stage_time_of_end(app, out->open.id, out->next_stage, &out->stage_until_ms, err);
}

/* ---- judging ---- */

static Finding *add(Situation *situation, FindingKind kind, Slot slot)
{
    Finding *finding = &situation->findings[situation->finding_count];

    /* More than fit are not needed: each command repairs what it sees, and looks again. */
    if (situation->finding_count + 1 < SITUATION_FINDINGS_MOST)
        situation->finding_count++;
    memset(finding, 0, sizeof *finding);
    finding->kind = kind;
    finding->slot = slot;
    return finding;
}

static void say(Finding *finding, const char *fix, const char *format, ...) PRINTF_LIKE(3, 4);
static void say(Finding *finding, const char *fix, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    (void)snprintf(finding->fix, sizeof finding->fix, "%s", fix);
}

static bool is_up(const InstanceState *state)
{
    return state->state == INSTANCE_RUNNING || state->state == INSTANCE_ORPHANED ||
           state->state == INSTANCE_STARTING;
}

/* Something of it is there, if only a supervisor that will start it again. */
static bool is_there(const InstanceState *state)
{
    return state->state != INSTANCE_ABSENT && state->state != INSTANCE_STOPPED;
}

/* Somebody else is in the middle of changing things. We ourselves hold the lock when we repair. */
static bool others_work(const Situation *situation)
{
    return situation->lock.held && situation->lock.pid != process_own_pid();
}

/* An open deployment knows better than the host what it is about to do. */
Slot situation_unrecorded(const Situation *situation)
{
    const int active = situation->route.active;

    if (situation->serving.version[0] != '\0' || situation->has_open || !situation->route.known ||
        active < SLOT_BLUE || active >= SLOT_COUNT || !is_up(&situation->instances[active]))
        return SLOT_NONE;
    return (Slot)active;
}

static void judge_journal(Situation *situation)
{
    Slot slot = situation_unrecorded(situation);

    if (slot == SLOT_NONE || others_work(situation))
        return;
    say(add(situation, FINDING_JOURNAL_LOST, slot),
        "Put the journal back from a backup. Without one the next deployment, or `godeploy deploy "
        "--resume`, takes over what serves; older releases must be deployed anew.",
        "release %s answers from slot %s, but the journal knows of no release: it was lost",
        situation->instances[slot].release, slot_name(slot));
}

static const char repair_hint[] = "`godeploy deploy --resume` repairs it.";

/* The share that was meant for it, and an instance to answer. */
static bool canary_stands(const Situation *situation)
{
    const DeploymentRecord *open = &situation->open;
    const InstanceState *state = NULL;

    if (!situation->has_open || !situation->rollout.waits || open->slot == SLOT_NONE)
        return false;
    state = &situation->instances[open->slot];
    return is_up(state) && text_equal(state->instance, open->instance) &&
           engine_shows_share(&situation->route, situation->rollout.share_ppm);
}

/* While a flip is half done, engine and journal may differ: that is what the open deployment says.
 */
static bool flip_is_open(const Situation *situation)
{
    return situation->has_open && situation->next_stage &&
           text_equal(situation->next_stage, "flip");
}

/* A flip that was cut between two addresses leaves them at two slots: what it stands before is then
 * half done. */
static const char *flip_left(const Situation *situation)
{
    return flip_is_open(situation) && situation->route.running && !situation->route.known
               ? situation->route.trouble
               : "";
}

static void judge_open(Situation *situation)
{
    const DeploymentRecord *open = &situation->open;
    const char *left = flip_left(situation);

    if (!situation->has_open || situation->lock.held || situation->canary_waits)
        return;
    say(add(situation, FINDING_OPEN_DEPLOYMENT, open->slot),
        "`godeploy deploy --resume` finishes it, `godeploy abort` undoes it.",
        "deployment %lld (%s %s) stands before %s and nobody works on it%s%s%s",
        (long long)open->id, deployment_kind_name(open->kind), open->version,
        situation->next_stage ? situation->next_stage : "its end",
        situation->handed_over ? "; requests wait at the gate" : "", left[0] != '\0' ? ": " : "",
        left);
}

/* Before what may have to be started: it must not start with this one. */
static void judge_config(Situation *situation)
{
    if (situation->config.trying == CONFIG_NOWHERE || others_work(situation))
        return;
    say(add(situation, FINDING_CONFIG_UNPROVEN, SLOT_NONE),
        "`godeploy deploy --resume` and the next `godeploy config` put the one before back.",
        "configuration %lld was put in place, and its push was cut before it was proven",
        (long long)situation->config.trying);
}

static void judge_serving(Situation *situation)
{
    const ServingRecord *serving = &situation->serving;
    const InstanceState *state = NULL;

    if (serving->version[0] == '\0' || serving->slot == SLOT_NONE || situation->handed_over)
        return;
    state = &situation->instances[serving->slot];
    if (is_up(state) && text_equal(state->instance, serving->instance))
        return;
    say(add(situation, FINDING_SERVING_DOWN, serving->slot), repair_hint,
        "release %s should serve from slot %s, but does not run%s%s", serving->version,
        slot_name(serving->slot), state->last_exit[0] != '\0' ? ": " : "", state->last_exit);
}

static void judge_route(Situation *situation)
{
    const ServingRecord *serving = &situation->serving;
    const char *fix = situation->route.fix ? situation->route.fix : repair_hint;

    if (serving->version[0] == '\0' || situation->handed_over)
        return;
    if (!situation->route.running) {
        say(add(situation, FINDING_PROXY_DOWN, SLOT_NONE), fix,
            "the traffic engine does not run: %s",
            situation->route.trouble[0] != '\0' ? situation->route.trouble
                                                : "nothing answers on the public address");
        return;
    }
    if ((situation->route.known && situation->route.active == (int)serving->slot) ||
        flip_is_open(situation)) /* a canary, too, is a flip that is open */
        return;
    say(add(situation, FINDING_ROUTE_WRONG, serving->slot), fix,
        "the traffic engine routes to %s, but release %s in slot %s should serve%s%s",
        situation->route.known ? slot_name((Slot)situation->route.active) : "nobody",
        serving->version, slot_name(serving->slot), situation->route.trouble[0] != '\0' ? ": " : "",
        situation->route.trouble);
}

/* While somebody works on a deployment, or one is half done, the gate is that one's. */
static void judge_gate(Situation *situation)
{
    bool meant = situation->pause.since_ms != 0;
    RouteGate wanted = !meant                         ? ROUTE_OPEN
                       : situation->pause.maintenance ? ROUTE_MAINTENANCE
                                                      : ROUTE_HELD;

    if (!situation->route.known || situation_unrecorded(situation) != SLOT_NONE ||
        others_work(situation) || situation->route.gate == wanted ||
        (situation->has_open && !situation->canary_waits))
        return;
    if (meant)
        say(add(situation, FINDING_GATE_WRONG, SLOT_NONE), repair_hint,
            "%s has paused the app, but the traffic engine %s", situation->pause.by,
            situation->route.gate == ROUTE_OPEN ? "lets requests through"
                                                : "does not do it in that way");
    else
        say(add(situation, FINDING_GATE_WRONG, SLOT_NONE), repair_hint,
            "requests wait at the gate, but nobody has paused the app");
}

static bool is_wanted(const Situation *situation, Slot slot, bool keep_warm)
{
    if (slot == situation->serving.slot && situation->serving.version[0] != '\0')
        return true;
    return keep_warm || situation->has_open || slot == situation_unrecorded(situation);
}

static void judge_slot(const App *app, Situation *situation, Slot slot)
{
    const InstanceState *state = &situation->instances[slot];

    if (state->state == INSTANCE_ORPHANED)
        say(add(situation, FINDING_UNSUPERVISED, slot),
            "The next deployment or `godeploy deploy --resume` "
            "gives it a new supervisor.",
            "release %s in slot %s runs without its supervisor: it would not be restarted",
            state->release, slot_name(slot));
    if (is_there(state) && !is_wanted(situation, slot, app->settings->retire.keep_warm))
        say(add(situation, FINDING_LEFT_OVER, slot), "The next deployment stops it.",
            "release %s still runs in slot %s and should have been stopped", state->release,
            slot_name(slot));
}

static bool judge_releases(const App *app, Situation *situation, Error *err)
{
    CLEANUP(free) ReleaseRecord *releases = NULL;
    size_t count = 0;

    if (!journal_list_releases(app->journal, &releases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free) char *folder = release_folder(app, releases[i].version);

        if (!folder)
            return error_memory(err);
        if (releases[i].state != RELEASE_REMOVED && file_kind(folder) != FILE_FOLDER)
            say(add(situation, FINDING_RELEASE_MISSING, SLOT_NONE),
                "Deploy it again where it is needed.", "release %s is missing in %s",
                releases[i].version, folder);
    }
    return true;
}

bool situation_look(const App *app, Situation *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->serving.slot = SLOT_NONE;
    out->route.active = ROUTE_NO_SLOT;
    out->config.trying = CONFIG_NOWHERE;
    if (!app->journal && !file_exists(app->folder))
        return true; /* nothing was ever deployed */
    if ((app->journal && !read_journal(app, out, err)) || !read_host(app, out, err) ||
        !read_stage_end(app, out, err))
        return false;
    out->canary_waits = canary_stands(out);
    judge_journal(out);
    judge_open(out);
    judge_config(out);
    judge_serving(out);
    judge_route(out);
    judge_gate(out);
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        judge_slot(app, out, (Slot)slot);
    return !app->journal || judge_releases(app, out, err);
}
