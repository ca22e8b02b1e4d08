/* See plan.h. */
#include "deploy/plan.h"

#include "base/file/file.h"
#include "base/http/http_file.h"
#include "base/process/process.h"
#include "base/process/process_words.h"
#include "base/text.h"
#include "deploy/public_address.h"
#include "deploy/release/programs.h"
#include "deploy/release/release.h"
#include "deploy/release/release_keys.h"
#include "deploy/release/source.h"
#include "deploy/report_folder.h"
#include "deploy/settings/settings_room.h"
#include "deploy/settings/settings_variables.h"
#include "verify/version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(Plan *plan, const char *obstacle, const char *hint)
{
    Error ignored = {0}; /* one obstacle less in a list that says no anyway */

    if (text_list_add(&plan->obstacles, obstacle, &ignored))
        (void)text_list_add(&plan->hints, hint, &ignored);
}

static void object(Plan *plan, const char *format, ...) PRINTF_LIKE(2, 3);
static void object(Plan *plan, const char *format, ...)
{
    char text[JOURNAL_LINE_SIZE + ERROR_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(plan, text, "");
}

static void object_to(Plan *plan, const Error *why)
{
    add(plan, why->message, why->hint);
}

/* ---- which release, and from where ---- */

static void look_at_version(const DeployRequest *request, Plan *plan)
{
    const Settings *settings = plan->app->settings;
    char highest[JOURNAL_VERSION_SIZE] = "";
    ReleaseRecord release = {0};
    Error why = {0};

    if (!request->version)
        return;
    if (!release_version_is_possible(request->version, &why)) {
        object_to(plan, &why);
        return;
    }
    if (!plan->app->journal)
        return;
    if (!release_find(plan->app, request->version, &release, &plan->is_here, &why) ||
        !journal_high_water(plan->app->journal, highest, &why))
        object_to(plan, &why);
    else if (highest[0] != '\0' && version_compare(request->version, highest) == VERSION_OLDER &&
             !request->allow_downgrade && !settings->verify.downgrade_allowed)
        object(plan, "release %s is older than %s, which was deployed before: --allow-downgrade",
               request->version, highest);
    plan->is_here = plan->is_here && !request->source;
    if (plan->is_here && !release_key_counts(settings, release.key_id, &why))
        object_to(plan, &why);
}

/* Whether a server has it only the server can say. */
static void look_at_archive(Plan *plan, const char *url)
{
    CLEANUP(free) char *path = NULL;
    Error why = {0};

    if (plan->is_here || !http_is_file_url(url))
        return;
    if (!http_file_path(url, &path, &why))
        object_to(plan, &why);
    else if (!file_exists(path))
        object(plan, "%s does not exist", path);
}

static void look_at_source(const DeployRequest *request, Plan *plan)
{
    CLEANUP_SOURCE Source source = {0};
    Error why = {0};

    if (!source_resolve(plan->app->settings, request->source, request->version, &source, &why)) {
        object_to(plan, &why);
        return;
    }
    source_write_public(source.archive, plan->source, sizeof plan->source);
    look_at_archive(plan, source.archive);
}

/* Where the version is said; else it is found out when the archive is verified. */
static void look_at_room(const DeployRequest *request, Plan *plan)
{
    Error why = {0};

    if (request->version && !settings_room_for(plan->app->settings, request->version, &why))
        object_to(plan, &why);
}

static void look_at_keys(Plan *plan)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error why = {0};

    if (!release_keys_load(plan->app->settings, &keyring, &scheme, &why))
        object_to(plan, &why);
}

static void look_at_authorities(Plan *plan)
{
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = NULL;
    Error why = {0};

    if (plan->app->settings->verify.authenticode.require != PROGRAMS_NONE &&
        !programs_policy(plan->app->settings, &policy, &why))
        object_to(plan, &why);
}

/* The slot's own leftover is stopped by the deployment; anybody else's process is in the way. */
static void look_at_port(Plan *plan)
{
    uint16_t port = plan->app->settings->traffic.slots[plan->slot];
    const InstanceState *ours = &plan->situation.instances[plan->slot];
    char words[PROCESS_WORDS_SIZE];
    int64_t owner = 0;
    Error why = {0};

    if (!process_listening_on(port, &owner, &why) || owner == 0 ||
        (ours->process.pid != 0 && process_descends_from(owner, ours->process.pid)))
        return;
    object(plan, "side port %u is taken by %s", (unsigned)port, process_words(owner, words));
}

/* Somebody else's engine must be there; asking it changes nothing. */
static void look_at_engine(const App *app, Plan *plan)
{
    Error why = {0};

    if (!(app->engine->can & ENGINE_OPENS_PORT) && !app->engine->ensure(&app->engine_context, &why))
        object_to(plan, &why);
}

static void look_at_public(Plan *plan)
{
    const Settings *settings = plan->app->settings;

    look_at_engine(plan->app, plan);
    if (!(plan->app->engine->can & ENGINE_OPENS_PORT))
        return;
    for (size_t i = 0; i < settings->traffic.listen_count; i++) {
        Error why = {0};

        if (!public_address_is_ours(&plan->situation.route, &settings->traffic.listen[i], &why))
            object_to(plan, &why);
    }
}

static void warn(Plan *plan, const char *text)
{
    Error ignored = {0}; /* without memory there is no plan to print */

    (void)text_list_add(&plan->warnings, text, &ignored);
}

/* What is on this host is not fetched: no header is sent. */
static void look_at_variables(Plan *plan)
{
    char words[UNSET_VARIABLE_WORDS_SIZE];
    UnsetVariables unset;

    settings_unset_variables(plan->app->settings, &unset);
    for (size_t i = 0; i < unset.count; i++) {
        const UnsetVariable *variable = &unset.items[i];

        (void)unset_variable_words(variable, words);
        if (variable->only_reports)
            warn(plan, words);
        else if (!plan->is_here || !text_starts_with(variable->setting, "release."))
            add(plan, words, settings_variables_hint);
    }
}

static void look_at_reports(Plan *plan)
{
    Error why = {0};

    if (!report_folder_is_ready(plan->app->settings, &why))
        warn(plan, why.message);
}

static void look_at_open(Plan *plan)
{
    const Situation *situation = &plan->situation;

    object(plan, "deployment %lld (%s %s) is open: `godeploy %s` or `godeploy abort` comes first",
           (long long)situation->open.id, deployment_kind_name(situation->open.kind),
           situation->open.version, situation->canary_waits ? "promote" : "deploy --resume");
}

static void look_at_state(Plan *plan)
{
    const Situation *situation = &plan->situation;

    if (situation->lock.held)
        object(plan, "locked by %s (process %lld): %s", situation->lock.by,
               (long long)situation->lock.pid, situation->lock.why);
    else if (situation->has_open)
        look_at_open(plan);
    if (situation->freeze.since_ms != 0)
        object(plan, "held by %s: %s", situation->freeze.by, situation->freeze.message);
}

static void look_at_disk(Plan *plan)
{
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];
    Error why = {0};

    if (!disk_need(plan->app, &plan->disk, &why) ||
        !folder_room(plan->app->folder, &plan->room, &why)) {
        object_to(plan, &why);
        return;
    }
    if (plan->disk.largest_bytes == 0 || plan->room.free_bytes >= plan->disk.usual_bytes)
        return; /* before the first release only a bound is known */
    object(plan, "%s are free, and the release needs about %s",
           text_size(plan->room.free_bytes, is_free), text_size(plan->disk.usual_bytes, needed));
}

/* Started anew beside itself, the same release is the same for every client. */
static bool would_change(const Plan *plan, const char *version)
{
    const Situation *situation = &plan->situation;

    return situation->finding_count > 0 || situation->has_open || !version ||
           !text_equal(situation->serving.version, version);
}

bool plan_make(const App *app, const DeployRequest *request, Plan *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->app = app;
    if (!situation_look(app, &out->situation, err))
        return false;
    out->slot = slot_other(out->situation.serving.version[0] != '\0' ? out->situation.serving.slot
                                                                     : SLOT_NONE);
    look_at_version(request, out);
    look_at_source(request, out);
    look_at_room(request, out);
    look_at_variables(out);
    look_at_keys(out);
    look_at_authorities(out);
    look_at_port(out);
    look_at_public(out);
    look_at_disk(out);
    look_at_reports(out);
    look_at_state(out);
    out->would_change = would_change(out, request->version);
    return true;
}

void plan_free(Plan *plan)
{
    text_list_free(&plan->obstacles);
    text_list_free(&plan->hints);
    text_list_free(&plan->warnings);
}
