/* See plan.h. */
#include "deploy/plan.h"

#include "base/process/process.h"
#include "base/text.h"
#include "deploy/release/programs.h"
#include "deploy/release/release_keys.h"
#include "deploy/release/source.h"

#include <stdio.h>
#include <string.h>

static void object(Plan *plan, const char *text)
{
    Error ignored = {0}; /* one obstacle less in a list that says no anyway */

    (void)text_list_add(&plan->obstacles, text, &ignored);
}

static void look_at_source(const char *release, const char *version, Plan *plan)
{
    CLEANUP_SOURCE Source source = {0};
    Error why = {0};

    if (source_resolve(plan->app->settings, release, version, &source, &why))
        source_write_public(source.archive, plan->source, sizeof plan->source);
    else
        object(plan, why.message);
}

static void look_at_keys(Plan *plan)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error why = {0};

    if (!release_keys_load(plan->app->settings, &keyring, &scheme, &why))
        object(plan, why.message);
}

static void look_at_authorities(Plan *plan)
{
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = NULL;
    Error why = {0};

    if (plan->app->settings->verify.authenticode.require != PROGRAMS_NONE &&
        !programs_policy(plan->app->settings, &policy, &why))
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

static void look_at_disk(Plan *plan)
{
    char text[160], is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];
    Error why = {0};

    if (!disk_need(plan->app, &plan->disk, &why) ||
        !folder_room(plan->app->folder, &plan->room, &why)) {
        object(plan, why.message);
        return;
    }
    if (plan->disk.largest_bytes == 0 || plan->room.free_bytes >= plan->disk.usual_bytes)
        return; /* before the first release only a bound is known */
    (void)snprintf(text, sizeof text, "%s are free, and the release needs about %s",
                   text_size(plan->room.free_bytes, is_free),
                   text_size(plan->disk.usual_bytes, needed));
    object(plan, text);
}

/* Started anew beside itself, the same release is the same for every client. */
static bool would_change(const Plan *plan, const char *version)
{
    const Situation *situation = &plan->situation;

    return situation->finding_count > 0 || situation->has_open || !version ||
           !text_equal(situation->serving.version, version);
}

bool plan_make(const App *app, const char *release, const char *version, Plan *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->app = app;
    if (!situation_look(app, &out->situation, err))
        return false;
    out->slot = slot_other(out->situation.serving.version[0] != '\0' ? out->situation.serving.slot
                                                                     : SLOT_NONE);
    look_at_source(release, version, out);
    look_at_keys(out);
    look_at_authorities(out);
    look_at_port(out);
    look_at_public(out);
    look_at_disk(out);
    look_at_state(out);
    out->would_change = would_change(out, version);
    return true;
}

void plan_free(Plan *plan)
{
    text_list_free(&plan->obstacles);
}
