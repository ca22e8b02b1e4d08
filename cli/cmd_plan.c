/* cmd_plan: what a deployment would do, and what already stands in its way. Changes nothing. */
#include "base/process.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/pipeline.h"
#include "deploy/programs.h"
#include "deploy/release.h"
#include "deploy/release_keys.h"
#include "deploy/situation.h"
#include "deploy/source.h"

#include <stdio.h>

typedef struct Plan {
    const App *app;
    Situation situation;
    Slot slot; /* that the new release would take */
    char source[2048];
    TextList obstacles;
} Plan;

static void object(Plan *plan, const char *text)
{
    Error ignored = {0}; /* one obstacle less in a list that says no anyway */

    (void)text_list_add(&plan->obstacles, text, &ignored);
}

static void look_at_source(Session *session, Plan *plan)
{
    CLEANUP_SOURCE Source source = {0};
    Error why = {0};

    if (source_resolve(session->settings, session->options.release, session->options.version,
                       &source, &why))
        source_write_public(source.archive, plan->source, sizeof plan->source);
    else
        object(plan, why.message);
}

static void look_at_keys(Session *session, Plan *plan)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error why = {0};

    if (!release_keys_load(session->settings, &keyring, &scheme, &why))
        object(plan, why.message);
}

static void look_at_authorities(Session *session, Plan *plan)
{
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = NULL;
    Error why = {0};

    if (session->settings->verify.authenticode.require != PROGRAMS_NONE &&
        !programs_policy(session->settings, &policy, &why))
        object(plan, why.message);
}

/* The slot's own leftover is stopped by the deployment; anybody else's process is in the way. */
static void look_at_port(Plan *plan)
{
    uint16_t port = plan->app->settings->traffic.slots[plan->slot];
    const InstanceState *ours = &plan->situation.instances[plan->slot];
    char text[128];
    int64_t owner = 0;
    Error why = {0};

    if (!process_listening_on(port, &owner, &why) || owner == 0 ||
        (ours->process.pid != 0 && process_descends_from(owner, ours->process.pid)))
        return;
    (void)snprintf(text, sizeof text, "side port %u is taken by process %lld", (unsigned)port,
                   (long long)owner);
    object(plan, text);
}

/* Somebody else's engine must be there; asking it changes nothing. */
static void look_at_engine(const App *app, Plan *plan)
{
    Error why = {0};

    if (!(app->engine->can & ENGINE_OPENS_PORT) && !app->engine->ensure(&app->engine_context, &why))
        object(plan, why.message);
}

static void look_at_public(Plan *plan)
{
    const Settings *settings = plan->app->settings;
    char address[ADDRESS_TEXT_SIZE], text[256];
    const char *why = NULL;

    look_at_engine(plan->app, plan);
    if (!(plan->app->engine->can & ENGINE_OPENS_PORT))
        return;
    for (size_t i = 0; i < settings->traffic.listen_count && !plan->situation.route.known; i++) {
        if (address_can_bind(&settings->traffic.listen[i], &why))
            continue;
        (void)snprintf(text, sizeof text, "public address %s: %s",
                       address_format(&settings->traffic.listen[i], address), why);
        object(plan, text);
    }
}

static void look_at_state(Plan *plan)
{
    const Situation *situation = &plan->situation;
    char text[JOURNAL_LINE_SIZE + 160];

    if (situation->has_open)
        object(plan, "a deployment is open: --resume or abort comes first");
    if (situation->lock.held)
        object(plan, "another godeploy works on this app");
    if (situation->freeze.since_ms != 0) {
        (void)snprintf(text, sizeof text, "held by %s: %s", situation->freeze.by,
                       situation->freeze.message);
        object(plan, text);
    }
}

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

static void print_programs(Session *session)
{
    const Settings *settings = session->settings;
    const TextList *publishers = &settings->verify.authenticode.publishers;
    CLEANUP_TEXT Text who = {0};

    if (settings->verify.authenticode.require == PROGRAMS_NONE)
        return;
    for (size_t i = 0; i < publishers->count; i++)
        text_appendf(&who, "%s%s", i > 0 ? " or " : "", publishers->items[i]);
    output_line(session->output, "         Authenticode: %s, signed by %s%s",
                program_demand_name(settings->verify.authenticode.require),
                publishers->count > 0 ? text_chars(&who) : "anybody the authorities vouch for",
                settings->verify.authenticode.require_timestamp ? ", with a timestamp" : "");
}

static void print_people(Session *session, const Plan *plan)
{
    const Settings *settings = session->settings;
    const char *from = plan->situation.serving.version;
    char address[ADDRESS_TEXT_SIZE];

    output_line(session->output, "%s: %s -> %s", settings->app, from[0] != '\0' ? from : "nothing",
                session->options.version ? session->options.version : "(version from the archive)");
    output_line(session->output, "fetch    %s", plan->source);
    output_line(session->output, "verify   RSA %s, %zu key(s)%s", settings->verify.rsa.scheme,
                settings->verify.rsa.keys.count,
                settings->verify.checksums ? ", over checksums" : "");
    print_programs(session);
    output_line(session->output, "unpack   %s/releases/", plan->app->folder);
    print_room(session, plan);
    output_line(session->output, "start    slot %s, port %u", slot_name(plan->slot),
                (unsigned)settings->traffic.slots[plan->slot]);
    output_line(session->output, "check    %s, %lld passes", settings->check.path,
                (long long)settings->check.passes);
    print_canary(session, plan);
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        output_line(session->output, "flip     %s (%s)",
                    address_format(&settings->traffic.listen[i], address), plan->app->engine->name);
    output_line(session->output, "watch    %lld ms", (long long)settings->watch.for_ms);
    output_line(session->output, "drain    %s", from[0] != '\0' ? from : "nothing");
    output_line(session->output, "retire   %s%s", from[0] != '\0' ? from : "nothing",
                settings->retire.keep_warm ? " (kept warm)" : "");
    for (size_t i = 0; i < plan->obstacles.count; i++)
        output_line(session->output, "! %s", plan->obstacles.items[i]);
    for (size_t i = 0; i < plan->situation.finding_count; i++)
        output_line(session->output, "! %s", plan->situation.findings[i].text);
}

static Json *canary_json(const Settings *settings)
{
    Json *steps = json_new_array();
    char share[TEXT_QUANTITY_SIZE];

    for (size_t i = 0; i < settings->canary.step_count; i++)
        (void)json_push_text(steps, text_share(settings->canary.steps_ppm[i], share));
    return steps;
}

static void print_json(Session *session, const Plan *plan)
{
    CLEANUP(json_free) Json *document = json_new_object();
    Json *obstacles = json_new_array();

    for (size_t i = 0; i < plan->obstacles.count; i++)
        (void)json_push_text(obstacles, plan->obstacles.items[i]);
    (void)json_put_text(document, "app", session->settings->app);
    (void)json_put_text(document, "from",
                        plan->situation.serving.version[0] != '\0' ? plan->situation.serving.version
                                                                   : NULL);
    (void)json_put_text(document, "version", session->options.version);
    (void)json_put_text(document, "source", plan->source);
    (void)json_put_text(document, "slot", slot_name(plan->slot));
    (void)json_put_integer(document, "port", session->settings->traffic.slots[plan->slot]);
    (void)json_put_text(document, "engine", plan->app->engine->name);
    (void)json_put_text(document, "strategy",
                        session->settings->traffic.strategy == STRATEGY_EXCLUSIVE ? "exclusive"
                                                                                  : "blue-green");
    (void)json_put(document, "canary", canary_json(session->settings));
    (void)json_put_text(document, "authenticode",
                        program_demand_name(session->settings->verify.authenticode.require));
    (void)json_put(document, "obstacles", obstacles);
    output_json(session->output, document);
}

static bool make_plan(Session *session, Plan *plan, Error *err)
{
    if (!situation_look(plan->app, &plan->situation, err))
        return false;
    plan->slot = slot_other(
        plan->situation.serving.version[0] != '\0' ? plan->situation.serving.slot : SLOT_NONE);
    look_at_source(session, plan);
    look_at_keys(session, plan);
    look_at_authorities(session, plan);
    look_at_port(plan);
    look_at_public(plan);
    look_at_state(plan);
    return true;
}

bool command_plan(Session *session, Error *err)
{
    CLEANUP(app_close) App *app = NULL;
    Plan plan = {0};

    if (!session_look(session, &app, err))
        return false;
    plan.app = app;
    if (!make_plan(session, &plan, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        print_json(session, &plan);
    else
        print_people(session, &plan);
    session->exit_status = plan.obstacles.count > 0 ? error_exit_status(ERR_STATE) : 0;
    text_list_free(&plan.obstacles);
    return true;
}
