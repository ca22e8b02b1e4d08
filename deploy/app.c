/* See app.h. */
#include "deploy/app.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/text.h"
#include "deploy/engine_needs.h"

#include <stdio.h>

enum { ENGINE_TIMEOUT_MS = 5000 };

static const char *const folders[] = {SETTINGS_RELEASES, "manifests", "incoming", "logs", "run"};

char *app_path(const App *app, const char *name)
{
    return path_join(app->folder, name);
}

char *app_path_in(const App *app, const char *folder, const char *name)
{
    return text_formatted("%s/%s/%s", app->folder, folder, name);
}

static bool make_folders(const App *app, Error *err)
{
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        CLEANUP(free) char *path = app_path(app, folders[i]);

        if (!path)
            return error_memory(err);
        if (!folder_create(path, err)) {
            err->code = err->code == ERR_FILE ? ERR_SETTINGS : err->code;
            return error_hint(err, "Set `root` to a folder that this user may write to.");
        }
    }
    return true;
}

static bool open_parts(App *app, JournalMode mode, Error *err)
{
    CLEANUP(free) char *journal = app_path(app, "journal.db");

    if (!journal || !(app->run_folder = app_path(app, "run")) ||
        !(app->log_folder = app_path(app, "logs")))
        return error_memory(err);
    if (!engine_find(app->settings->traffic.engine, &app->engine, err) ||
        !engine_meets(app->engine, app->settings, err) ||
        !runner_find(app->settings->service.runner, &app->runner, err))
        return false;
    if (!runner_meets(app->runner, app->settings, err))
        return error_while(err, "%s", app->settings->file);
    app->engine_context.options.as_service = (app->runner->can & RUNNER_PROXY) != 0;
    if (mode == JOURNAL_CREATE && !make_folders(app, err))
        return false;
    return journal_open(journal, mode, &app->journal, err);
}

bool app_open(const Settings *settings, JournalMode mode, App **out, Error *err)
{
    CLEANUP(app_close) App *app = calloc(1, sizeof *app);

    if (!app || !(app->folder = path_join(settings->root, settings->app)))
        return error_memory(err);
    app->settings = settings;
    app->engine_context = (EngineContext){
        .root = settings->root,
        .app = settings->app,
        .timeout_ms = ENGINE_TIMEOUT_MS,
        .check_path = settings->check.path,
        .check_host = settings->check.host,
        .route = app_route(app, SLOT_NONE, "", ""),
        .options = {.haproxy_socket = settings->traffic.haproxy.socket,
                    .haproxy_backend = settings->traffic.haproxy.backend,
                    .haproxy_state_file = settings->traffic.haproxy.state_file,
                    .caddy_admin = settings->traffic.caddy.admin,
                    .caddy_server = settings->traffic.caddy.server,
                    .nftables_table = settings->traffic.nftables.table,
                    .portproxy_take_over = settings->traffic.portproxy.take_over,
                    .portproxy_replaces = settings->traffic.portproxy.replaces}
    };
    if (!open_parts(app, mode, err))
        return false;
    *out = TAKE(app);
    return true;
}

void app_close(App *app)
{
    if (!app)
        return;
    journal_close(app->journal);
    free(app->folder);
    free(app->run_folder);
    free(app->log_folder);
    free(app);
}

InstancePlace app_instance_place(const App *app, Slot slot)
{
    return (InstancePlace){.app = app->settings->app,
                           .slot = slot_name(slot),
                           .run_folder = app->run_folder,
                           .log_folder = app->log_folder};
}

Address app_slot_address(const App *app, Slot slot)
{
    Address address = {.host = "127.0.0.1", .port = app->settings->traffic.slots[slot]};

    return address;
}

static RouteLimits limits_of(const Settings *settings)
{
    return (RouteLimits){.head_ms = settings->traffic.limits.head_ms,
                         .idle_ms = settings->traffic.limits.idle_ms,
                         .connect_ms = settings->traffic.limits.connect_ms,
                         .first_byte_ms = settings->traffic.limits.response_ms,
                         .stall_ms = settings->traffic.limits.stall_ms,
                         .head_bytes = (int64_t)settings->traffic.limits.head_bytes,
                         .body_bytes = (int64_t)settings->traffic.limits.body,
                         .connections = settings->traffic.limits.connections};
}

/* What does not parse was refused when the settings were read. */
static RouteTrust trust_of(const Settings *settings)
{
    const TextList *list = &settings->traffic.trusted;
    RouteTrust trust = {0};
    Error err = {0};

    for (size_t i = 0; i < list->count && trust.count < ROUTE_TRUST_MAX; i++) {
        if (address_range_parse(list->items[i], &trust.ranges[trust.count], &err))
            trust.count++;
    }
    return trust;
}

Route app_route(const App *app, Slot active, const char *release, const char *proof)
{
    const Settings *settings = app->settings;
    Route route = {
        .mode = settings->traffic.mode == TRAFFIC_TCP ? ROUTE_TCP : ROUTE_HTTP,
        .send_proxy_header = settings->traffic.send_proxy_header,
        .listen_count = settings->traffic.listen_count,
        .slot_count = SLOT_COUNT,
        .trusted = trust_of(settings),
        .limits = limits_of(settings),
        .active = active == SLOT_NONE ? ROUTE_NO_SLOT : (int)active,
        .hold = {.requests = settings->traffic.hold.requests,
                 .bytes = (int64_t)settings->traffic.hold.bytes,
                 .ms = settings->traffic.hold.for_ms}
    };

    (void)snprintf(route.app, sizeof route.app, "%s", settings->app);
    (void)snprintf(route.release, sizeof route.release, "%s", release);
    (void)snprintf(route.proof, sizeof route.proof, "%s", proof);
    if (route.mode == ROUTE_HTTP)
        (void)snprintf(route.health_path, sizeof route.health_path, "%s", settings->check.path);
    for (size_t i = 0; i < route.listen_count; i++)
        route.listen[i] = settings->traffic.listen[i];
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        (void)snprintf(route.slots[slot].name, sizeof route.slots[slot].name, "%s",
                       slot_name((Slot)slot));
        route.slots[slot].address = app_slot_address(app, (Slot)slot);
    }
    return route;
}

ArchiveLimits app_archive_limits(const App *app)
{
    ArchiveLimits limits = archive_default_limits();

    limits.max_total_bytes = app->settings->release.max_unpacked;
    limits.max_entry_bytes = app->settings->release.max_unpacked;
    limits.max_entries = (uint64_t)app->settings->release.max_entries;
    limits.max_ratio = (uint64_t)app->settings->release.max_ratio;
    return limits;
}
