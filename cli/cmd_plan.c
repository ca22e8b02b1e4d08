/* cmd_plan: what a deployment would do, and what already stands in its way. Changes nothing. */
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/hooks.h"
#include "deploy/plan.h"
#include "deploy/release/programs.h"

/* What an exclusive deployment does to the requests that come meanwhile. */
static void print_room(Session *session, const Plan *plan)
{
    const Settings *settings = session->settings;
    char wait[TEXT_QUANTITY_SIZE];

    if (settings->traffic.strategy == STRATEGY_EXCLUSIVE &&
        plan->situation.serving.version[0] != '\0')
        output_line(
            session->output, "start    %s ends first; requests wait, each up to %s, until the flip",
            plan->situation.serving.version, text_duration(settings->traffic.hold.for_ms, wait));
}

static void print_canary(Session *session, const Plan *plan)
{
    const Settings *settings = session->settings;
    char share[TEXT_QUANTITY_SIZE], interval[TEXT_QUANTITY_SIZE];

    for (size_t i = 0; i < settings->canary.step_count; i++)
        if (plan->situation.serving.version[0] != '\0')
            output_line(session->output, "flip     %s of new clients, watched for %s%s",
                        text_share(settings->canary.steps_ppm[i], share),
                        text_duration(settings->canary.interval_ms, interval),
                        settings->canary.by_hand ? "; then `godeploy promote`" : "");
}

/* Once: then its rules are there, and nobody has to go. */
static const char *replaced_by(const Plan *plan)
{
    return plan->situation.serving.version[0] == '\0'
               ? plan->app->engine_context.options.portproxy_replaces
               : NULL;
}

static void print_replaced(Session *session, const Plan *plan)
{
    const char *service = replaced_by(plan);

    if (service)
        output_line(session->output,
                    "flip     service %s is stopped first: connections are refused until a rule "
                    "listens in its place; undone, it is started again",
                    service);
}

static void print_programs(Session *session)
{
    const Settings *settings = session->settings;
    const TextList *publishers = &settings->verify.authenticode.publishers;
    CLEANUP_TEXT Text who = {0};

    if (settings->verify.authenticode.require == PROGRAMS_NONE)
        return;
    for (size_t i = 0; i < publishers->count; i++)
        text_appendf(&who, "%s%s", i > 0 ? " or " : "", publishers->items[i]);
    output_line(session->output, "         Authenticode: %s, signed by %s%s%s",
                program_demand_name(settings->verify.authenticode.require),
                publishers->count > 0 ? text_chars(&who) : "anybody the authorities vouch for",
                settings->verify.authenticode.require_timestamp ? ", with a timestamp" : "",
                settings->verify.authenticode.also_windows ? ", and Windows must agree" : "");
}

static const char *strategy_of(const Settings *settings)
{
    return settings->traffic.strategy == STRATEGY_EXCLUSIVE ? "exclusive" : "blue-green";
}

/* As they stand in the settings, placeholders and all. */
static void print_hooks(Session *session, HookPoint point)
{
    const HookList *hooks = hooks_of(session->settings, point);

    for (size_t i = 0; i < hooks->count; i++) {
        CLEANUP_TEXT Text words = {0};

        for (size_t word = 0; word < hooks->items[i].count; word++)
            text_appendf(&words, " %s", hooks->items[i].items[word]);
        output_line(session->output, "         hook %s:%s", hook_point_name(point),
                    text_chars(&words));
    }
}

static void print_disk(Session *session, const Plan *plan)
{
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];

    output_line(session->output, "         disk: %s %s, %s free",
                plan->disk.largest_bytes > 0 ? "about" : "at most",
                text_size(plan->disk.usual_bytes, needed),
                text_size(plan->room.free_bytes, is_free));
}

static void print_outcome(Session *session, const Plan *plan)
{
    for (size_t i = 0; i < plan->obstacles.count; i++) {
        output_line(session->output, "! %s", plan->obstacles.items[i]);
        if (i < plan->hints.count && plan->hints.items[i][0] != '\0')
            output_line(session->output, "  %s", plan->hints.items[i]);
    }
    for (size_t i = 0; i < plan->situation.finding_count; i++)
        if (plan->situation.findings[i].kind != FINDING_OPEN_DEPLOYMENT) /* is an obstacle */
            output_line(session->output, "! %s", plan->situation.findings[i].text);
    for (size_t i = 0; i < plan->warnings.count; i++)
        output_line(session->output, "warning: %s", plan->warnings.items[i]);
    if (!plan->would_change)
        output_line(session->output,
                    "nothing would change: release %s serves already; `deploy` would start it anew",
                    plan->situation.serving.version);
}

static void print_people(Session *session, const Plan *plan)
{
    const Settings *settings = session->settings;
    const char *from = plan->situation.serving.version;
    char address[ADDRESS_TEXT_SIZE], watched[TEXT_QUANTITY_SIZE];

    output_line(session->output, "%s: %s -> %s", settings->app, from[0] != '\0' ? from : "nothing",
                session->options.version ? session->options.version : "(version from the archive)");
    output_line(session->output, "fetch    %s",
                plan->is_here ? "nothing: it is on this host" : plan->source);
    output_line(session->output, "verify   RSA %s, %zu key%s%s", settings->verify.rsa.scheme,
                settings->verify.rsa.keys.count,
                text_plural((int64_t)settings->verify.rsa.keys.count),
                settings->verify.checksums ? ", over checksums" : "");
    print_programs(session);
    output_line(session->output, "unpack   %s/" SETTINGS_RELEASES "/", plan->app->folder);
    print_disk(session, plan);
    print_hooks(session, HOOK_BEFORE_START);
    print_room(session, plan);
    output_line(session->output, "start    slot %s, port %u", slot_name(plan->slot),
                (unsigned)settings->traffic.slots[plan->slot]);
    output_line(session->output, "check    %s, %lld passes", settings->check.path,
                (long long)settings->check.passes);
    print_hooks(session, HOOK_BEFORE_FLIP);
    print_canary(session, plan);
    print_replaced(session, plan);
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        output_line(session->output, "flip     %s (%s, %s)",
                    address_format(&settings->traffic.listen[i], address), plan->app->engine->name,
                    strategy_of(settings));
    print_hooks(session, HOOK_AFTER_FLIP);
    output_line(session->output, "watch    %s", text_duration(settings->watch.for_ms, watched));
    output_line(session->output, "drain    %s", from[0] != '\0' ? from : "nothing");
    output_line(session->output, "retire   %s%s", from[0] != '\0' ? from : "nothing",
                settings->retire.keep_warm ? " (kept warm)" : "");
    print_hooks(session, HOOK_AFTER_RETIRE);
    print_outcome(session, plan);
}

static Json *canary_json(const Settings *settings)
{
    Json *steps = json_new_array();
    char share[TEXT_QUANTITY_SIZE];

    for (size_t i = 0; i < settings->canary.step_count; i++)
        (void)json_push_text(steps, text_share(settings->canary.steps_ppm[i], share));
    return steps;
}

static Json *hooks_json(const Settings *settings)
{
    Json *points = json_new_object();

    for (int point = HOOK_BEFORE_START; point <= HOOK_ON_FAILURE; point++) {
        const HookList *hooks = hooks_of(settings, (HookPoint)point);
        Json *list = json_new_array();

        for (size_t i = 0; i < hooks->count; i++) {
            Json *words = json_new_array();

            for (size_t word = 0; word < hooks->items[i].count; word++)
                (void)json_push_text(words, hooks->items[i].items[word]);
            (void)json_push(list, words);
        }
        (void)json_put(points, hook_point_name((HookPoint)point), list);
    }
    return points;
}

static Json *texts_json(const TextList *texts)
{
    Json *array = json_new_array();

    for (size_t i = 0; i < texts->count; i++)
        (void)json_push_text(array, texts->items[i]);
    return array;
}

static void print_json(Session *session, const Plan *plan)
{
    CLEANUP(json_free) Json *document = json_new_object();

    (void)json_put_text(document, "app", session->settings->app);
    (void)json_put_text(document, "from",
                        plan->situation.serving.version[0] != '\0' ? plan->situation.serving.version
                                                                   : NULL);
    (void)json_put_text(document, "version", session->options.version);
    (void)json_put_text(document, "source", plan->source);
    (void)json_put_bool(document, "on_this_host", plan->is_here);
    (void)json_put_text(document, "slot", slot_name(plan->slot));
    (void)json_put_integer(document, "port", session->settings->traffic.slots[plan->slot]);
    (void)json_put_text(document, "engine", plan->app->engine->name);
    (void)json_put_text(document, "strategy", strategy_of(session->settings));
    (void)json_put(document, "canary", canary_json(session->settings));
    (void)json_put_text(document, "authenticode",
                        program_demand_name(session->settings->verify.authenticode.require));
    (void)json_put(document, "hooks", hooks_json(session->settings));
    (void)json_put_integer(document, "needed_bytes", (int64_t)plan->disk.usual_bytes);
    (void)json_put_integer(document, "free_bytes", (int64_t)plan->room.free_bytes);
    (void)json_put_bool(document, "would_change", plan->would_change);
    (void)json_put_text(document, "replaces", replaced_by(plan));
    (void)json_put(document, "obstacles", texts_json(&plan->obstacles));
    (void)json_put(document, "hints", texts_json(&plan->hints));
    (void)json_put(document, "warnings", texts_json(&plan->warnings));
    output_json(session->output, document);
}

/* With --exit-code whoever automates it learns whether there is anything to do. */
static int exit_status_of(const Session *session, const Plan *plan)
{
    if (plan->obstacles.count > 0)
        return error_exit_status(ERR_STATE);
    return session->options.exit_code && plan->would_change ? error_exit_status(ERR_WOULD_CHANGE)
                                                            : 0;
}

bool command_plan(Session *session, Error *err)
{
    CLEANUP(app_close) App *app = NULL;
    CLEANUP_PLAN Plan plan = {0};
    const DeployRequest request = {.kind = KIND_DEPLOY,
                                   .version = session->options.version,
                                   .source = session->options.release,
                                   .allow_downgrade = session->options.allow_downgrade};

    if (!session_look(session, &app, err) || !plan_make(app, &request, &plan, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        print_json(session, &plan);
    else
        print_people(session, &plan);
    session->exit_status = exit_status_of(session, &plan);
    return true;
}
