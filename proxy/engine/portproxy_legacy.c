/* See portproxy_legacy.h. The file: {"service": NAME, "start": "demand" | "boot" | "later"}. */
#include "proxy/engine/portproxy_legacy.h"

#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/json.h"

#include <string.h>

enum { FILE_LIMIT = 64 * 1024, FILE_MODE = 0600, STOP_MS = 60000, FREE_MS = 5000, POLL_MS = 50 };

static const char *const starts[] = {
    [PORTPROXY_STARTS_ON_DEMAND] = "demand",
    [PORTPROXY_STARTS_AT_BOOT] = "boot",
    [PORTPROXY_STARTS_LATER] = "later",
};

/* ---- what it was ---- */

static char *path_of(const EngineContext *context)
{
    return text_formatted("%s/%s/portproxy-legacy.json", context->root, context->app);
}

static bool keep(const char *path, const char *name, PortproxyStart start, Error *err)
{
    CLEANUP(json_free) Json *json = json_new_object();
    CLEANUP(free) char *text = NULL;

    if (!json_put_text(json, "service", name) || !json_put_text(json, "start", starts[start]) ||
        !(text = json_pretty(json)))
        return error_memory(err);
    return file_write_durable(path, text, strlen(text), FILE_MODE, err) ||
           error_as(err, ERR_ENGINE);
}

/* *name is NULL with success where nothing is kept. Caller frees it. */
static bool read_kept(const char *path, char **name, PortproxyStart *start, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;
    const char *service = NULL, *word = NULL;

    *name = NULL;
    if (!file_exists(path))
        return true;
    if (!json_read_file(path, FILE_LIMIT, &json, err))
        return error_as(err, ERR_ENGINE);
    service = json_get_text(json, "service");
    word = json_get_text(json, "start");
    for (int i = PORTPROXY_STARTS_ON_DEMAND; word && i <= PORTPROXY_STARTS_LATER; i++)
        if (text_equal(word, starts[i])) {
            *start = (PortproxyStart)i;
            *name = service ? text_copy(service) : NULL;
        }
    return *name || error_set(err, ERR_ENGINE, "%s names no service that was stopped", path);
}

/* What was kept of it first is what it was. */
static bool keep_once(const EngineContext *context, const char *name, PortproxyStart start,
                      Error *err)
{
    CLEANUP(free) char *path = path_of(context);

    if (!path)
        return error_memory(err);
    return file_exists(path) || keep(path, name, start, err);
}

/* ---- stopping ---- */

bool portproxy_legacy_holds(const PortproxyHost *host, const EngineContext *context,
                            const PortproxyHolder *holder, bool *out, Error *err)
{
    const char *name = context->options.portproxy_replaces;
    char owner[PORTPROXY_SERVICE_SIZE] = "";
    bool seen = holder && holder->pid != 0;
    PortproxyLegacy legacy = {0};

    *out = false;
    if (!name)
        return true;
    if (!host->look_at_legacy(host->context, name, &legacy, err) ||
        (seen && !host->service_of(host->context, holder->pid, owner, err)))
        return false;
    /* An owner that cannot be seen is taken for it: if it is not, the port does not become free,
     * and the service is started again. */
    *out = legacy.running && (!seen || text_equal_ignoring_case(owner, name));
    return true;
}

/* What iphlpsvc listens on by a rule is not to be bound, and need not be. NULL: none is taken. */
static const Address *find_taken(const PortproxyHost *host, const Route *route,
                                 const PortproxyRules *rules)
{
    const char *why = NULL;

    for (size_t i = 0; i < route->listen_count; i++) {
        bool ruled = false;

        for (size_t j = 0; j < rules->count; j++)
            ruled = ruled || portproxy_rule_covers(&rules->items[j], &route->listen[i]);
        if (!ruled && !host->can_bind(host->context, &route->listen[i], &why))
            return &route->listen[i];
    }
    return NULL;
}

/* Stopped is a word; that the port is free is what counts. */
static bool wait_for_room(const PortproxyHost *host, const EngineContext *context,
                          const PortproxyRules *rules, Error *err)
{
    const char *name = context->options.portproxy_replaces;
    int64_t deadline = host->now_ms(host->context) + STOP_MS;
    char address[ADDRESS_TEXT_SIZE];
    const Address *taken = NULL;
    PortproxyLegacy legacy;

    for (;;) {
        if (!interrupt_check(err) || !host->look_at_legacy(host->context, name, &legacy, err))
            return false;
        taken = legacy.running ? NULL : find_taken(host, &context->route, rules);
        if (!legacy.running && !taken)
            return true;
        if (host->now_ms(host->context) >= deadline)
            break;
        if (legacy.running && !host->stop_legacy(host->context, name, err))
            return false;
        host->pause(host->context, POLL_MS);
    }
    if (legacy.running) {
        (void)error_set(err, ERR_ENGINE, "service %s was asked to stop and did not in %d s", name,
                        STOP_MS / 1000);
        return error_hint(err, "It may still do it: then `sc.exe start %s` has it back.", name);
    }
    return error_set(err, ERR_ENGINE, "service %s has stopped, and %s is still taken", name,
                     address_format(taken, address));
}

bool portproxy_legacy_stop(const PortproxyHost *host, const EngineContext *context,
                           const PortproxyRules *rules, bool *stopped, Error *err)
{
    const char *name = context->options.portproxy_replaces;
    PortproxyLegacy legacy = {0};

    *stopped = false;
    if (!name)
        return true;
    if (!host->look_at_legacy(host->context, name, &legacy, err))
        return false;
    if (!legacy.running)
        return true;
    if (!keep_once(context, name, legacy.start, err))
        return false;
    *stopped = true;
    return host->stop_legacy(host->context, name, err) && wait_for_room(host, context, rules, err);
}

/* ---- before and after ---- */

/* The service that is kept in mind, and how it is now. */
typedef struct Kept {
    char *name; /* owned; NULL: none */
    PortproxyStart start;
    PortproxyLegacy now;
} Kept;

static void kept_free(Kept *kept)
{
    free(kept->name);
}
#define CLEANUP_KEPT __attribute__((cleanup(kept_free)))

static bool look_at_kept(const PortproxyHost *host, const char *path, Kept *out, Error *err)
{
    if (!path)
        return error_memory(err);
    return read_kept(path, &out->name, &out->start, err) &&
           (!out->name || host->look_at_legacy(host->context, out->name, &out->now, err));
}

bool portproxy_legacy_retire(const PortproxyHost *host, const EngineContext *context, Error *err)
{
    CLEANUP(free) char *path = path_of(context);
    CLEANUP_KEPT Kept kept = {0};

    if (!look_at_kept(host, path, &kept, err))
        return false;
    return !kept.name || !kept.now.installed || kept.now.start == PORTPROXY_STARTS_ON_DEMAND ||
           host->set_legacy_start(host->context, kept.name, PORTPROXY_STARTS_ON_DEMAND, err);
}

/* iphlpsvc lets go of what it listened on in its own time. One that still cannot bind says so in
 * its own way. */
static void wait_for_addresses(const PortproxyHost *host, const EngineContext *context)
{
    const PortproxyRules none = {0};
    int64_t deadline = host->now_ms(host->context) + FREE_MS;

    while (find_taken(host, &context->route, &none) && host->now_ms(host->context) < deadline)
        host->pause(host->context, POLL_MS);
}

static bool start_again(const PortproxyHost *host, const Kept *kept, Error *err)
{
    if ((kept->now.start == kept->start ||
         host->set_legacy_start(host->context, kept->name, kept->start, err)) &&
        host->start_legacy(host->context, kept->name, err))
        return true;
    (void)error_while(err, "starting service %s again", kept->name);
    return error_hint(err, "Start it: `sc.exe start %s`.", kept->name);
}

bool portproxy_legacy_restore(const PortproxyHost *host, const EngineContext *context, Error *err)
{
    CLEANUP(free) char *path = path_of(context);
    CLEANUP_KEPT Kept kept = {0};

    if (!look_at_kept(host, path, &kept, err))
        return false;
    if (!kept.name)
        return true;
    if (!kept.now.running)
        wait_for_addresses(host, context);
    if (kept.now.installed && !start_again(host, &kept, err))
        return false;
    return file_remove(path, err) || error_as(err, ERR_ENGINE);
}
