/* A Windows of the test: registry, netsh, iphlpsvc and sockets that do what they are told to do
 * wrong, and a clock that only waiting moves. */
#ifndef GODEPLOY_TESTS_PROXY_PORTPROXY_SCENE_H
#define GODEPLOY_TESTS_PROXY_PORTPROXY_SCENE_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_host.h"

#include <stdio.h>
#include <string.h>

enum { PID_OF_IPHLPSVC = 1234, PID_OF_LEGACY = 77, NEVER = -1 };

#define LEGACY "LegacyShop" /* a service of the operator's */

typedef struct Windows {
    PortproxyRules registry;
    PortproxyRules live; /* what iphlpsvc carries at this moment */
    PortproxyService service;
    PortproxyHolders others;  /* who listens besides iphlpsvc */
    PortproxyPeers peers[2];  /* of 18081, the slot blue, and of 18082 */
    PortproxyPeers strangers; /* who came to 18082 by another way than the service */
    uint16_t next_peer;
    int64_t now_ms;
    Text log; /* what was done: netsh's words, "remind" */

    int netsh_calls;
    int refused_call;    /* netsh exits with 1 the n-th time; 0: never */
    bool writes_nothing; /* exit 0, and the registry is as it was */
    bool unnoticed;      /* iphlpsvc does not hear of a new rule until it is reminded */
    bool deaf;           /* not even then */
    int64_t gap_ms;      /* nobody listens for so long behind a change */
    int64_t gap_until_ms;
    bool owners_unseen; /* as under Wine */
    bool no_permission;
    bool relay_to_nobody; /* it listens, and no connection comes out */
    uint32_t ipv6_disabled;
    const char *unbindable; /* why, or NULL */
    PortproxyLegacy legacy; /* the service LEGACY, whose process is PID_OF_LEGACY */
    int64_t stop_ms;        /* how long it takes to stop; NEVER */
    int64_t stopped_at_ms;  /* it was asked to; 0: it was not */
} Windows;

struct PortproxyConnection {
    Address to;
};

static inline void windows_begin(Windows *windows)
{
    *windows = (Windows){
        .service = {.installed = true, .running = true, .pid = PID_OF_IPHLPSVC},
        .next_peer = 50000
    };
}

static inline void windows_end(Windows *windows)
{
    portproxy_rules_free(&windows->registry);
    portproxy_rules_free(&windows->live);
    text_free(&windows->log);
}

static inline PortproxyRule windows_rule(PortproxyFamily family, const char *name, const char *data)
{
    PortproxyRule rule = {0};

    (void)portproxy_rule_parse(family, name, data, &rule);
    return rule;
}

static inline void windows_copy(PortproxyRules *to, const PortproxyRules *from)
{
    Error err = {0};

    portproxy_rules_free(to);
    for (size_t i = 0; i < from->count; i++)
        (void)portproxy_rules_add(to, &from->items[i], &err);
}

/* A rule that is there from before, and served. */
static inline void windows_has(Windows *windows, PortproxyFamily family, const char *name,
                               const char *data)
{
    PortproxyRule rule = windows_rule(family, name, data);
    Error err = {0};

    (void)portproxy_rules_add(&windows->registry, &rule, &err);
    windows_copy(&windows->live, &windows->registry);
}

static inline void windows_is_held(Windows *windows, const char *at, int64_t pid, const char *name)
{
    PortproxyHolder *holder = &windows->others.items[windows->others.count++];
    Error err = {0};

    (void)address_parse(at, &holder->at, &err);
    holder->pid = pid;
    (void)snprintf(holder->name, sizeof holder->name, "%s", name);
}

/* "v4tov4 0.0.0.0:8080 -> 127.0.0.1:18081; ..." as the registry has them. Caller frees. */
static inline char *windows_rules(const Windows *windows)
{
    Text text = {0};
    char line[PORTPROXY_TEXT_SIZE];

    for (size_t i = 0; i < windows->registry.count; i++)
        text_appendf(&text, "%s%s", i > 0 ? "; " : "",
                     portproxy_rule_text(&windows->registry.items[i], line));
    text_append(&text, "");
    return text_take(&text);
}

/* ---- the host ---- */

static inline bool windows_read_rules(void *context, PortproxyRules *out, Error *err)
{
    const Windows *windows = context;

    for (size_t i = 0; i < windows->registry.count; i++)
        if (!portproxy_rules_add(out, &windows->registry.items[i], err))
            return false;
    return true;
}

static inline bool windows_may_change(void *context, Error *err)
{
    const Windows *windows = context;

    return !windows->no_permission || error_set(err, ERR_PERMISSION, "not elevated");
}

static inline const char *windows_value(const TextList *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (text_starts_with(arguments->items[i], name))
            return arguments->items[i] + strlen(name);
    return "";
}

static inline PortproxyRule windows_rule_of(const TextList *arguments)
{
    PortproxyFamily family = V4TOV4;
    char name[64], data[64];

    (void)portproxy_family_find(arguments->items[3], &family);
    (void)snprintf(name, sizeof name, "%s/%s", windows_value(arguments, "listenaddress="),
                   windows_value(arguments, "listenport="));
    (void)snprintf(data, sizeof data, "%s/%s", windows_value(arguments, "connectaddress="),
                   windows_value(arguments, "connectport="));
    return windows_rule(family, name, data);
}

/* In place, as a value of a key is. */
static inline void windows_write(Windows *windows, const TextList *arguments)
{
    PortproxyRule rule = windows_rule_of(arguments);
    bool set = text_equal(arguments->items[2], "set"), found = false;
    PortproxyRules next = {0};
    Error err = {0};

    for (size_t i = 0; i < windows->registry.count; i++) {
        const PortproxyRule *old = &windows->registry.items[i];
        bool same = old->family == rule.family && portproxy_ends_equal(&old->listen, &rule.listen);

        found = found || same;
        if (!same || set)
            (void)portproxy_rules_add(&next, same ? &rule : old, &err);
    }
    if (set && !found)
        (void)portproxy_rules_add(&next, &rule, &err);
    portproxy_rules_free(&windows->registry);
    windows->registry = next;
}

static inline void windows_hear(Windows *windows)
{
    windows_copy(&windows->live, &windows->registry);
    windows->gap_until_ms = windows->now_ms + windows->gap_ms;
}

static inline bool windows_run_netsh(void *context, const TextList *arguments, Error *err)
{
    Windows *windows = context;

    for (size_t i = 0; i < arguments->count; i++)
        text_appendf(&windows->log, "%s%s", i > 0 ? " " : "", arguments->items[i]);
    text_append(&windows->log, "\n");
    if (++windows->netsh_calls == windows->refused_call)
        return error_set(err, ERR_ENGINE, "netsh refused (exit status 1): Zugriff verweigert");
    if (windows->writes_nothing)
        return true;
    windows_write(windows, arguments);
    if (!windows->unnoticed)
        windows_hear(windows);
    return true;
}

static inline bool windows_look_at_service(void *context, PortproxyService *out, Error *err)
{
    const Windows *windows = context;

    (void)err;
    *out = windows->service;
    return true;
}

static inline bool windows_remind(void *context, Error *err)
{
    Windows *windows = context;

    (void)err;
    text_append(&windows->log, "remind\n");
    if (!windows->deaf)
        windows_hear(windows);
    return true;
}

static inline bool windows_is_heard(const Windows *windows)
{
    return windows->service.running && windows->now_ms >= windows->gap_until_ms;
}

static inline bool windows_address(const PortproxyRule *rule, Address *out)
{
    char text[PORTPROXY_TEXT_SIZE];
    bool ipv6 = rule->family == V6TOV4 || rule->family == V6TOV6;
    Error err = {0};

    (void)snprintf(text, sizeof text, ipv6 ? "[%s]:%u" : "%s:%u", rule->listen.host,
                   (unsigned)rule->listen.port);
    return address_parse(text, out, &err);
}

static inline bool windows_find_holders(void *context, uint16_t port, PortproxyHolders *out,
                                        Error *err)
{
    const Windows *windows = context;

    (void)err;
    out->count = 0;
    for (size_t i = 0; i < windows->others.count; i++)
        if (windows->others.items[i].at.port == port)
            out->items[out->count++] = windows->others.items[i];
    for (size_t i = 0; windows_is_heard(windows) && i < windows->live.count; i++) {
        PortproxyHolder relay = {.pid = windows->owners_unseen ? 0 : windows->service.pid,
                                 .name = "svchost.exe"};

        if (windows_address(&windows->live.items[i], &relay.at) && relay.at.port == port)
            out->items[out->count++] = relay;
    }
    return true;
}

/* Gone with it is what it listened on. */
static inline void windows_stop_in_time(Windows *windows)
{
    if (windows->stopped_at_ms == 0 || windows->now_ms < windows->stopped_at_ms)
        return;
    windows->stopped_at_ms = 0;
    windows->legacy.running = false;
    windows->others.count = 0;
}

static inline bool windows_service_of(void *context, int64_t pid, char out[PORTPROXY_SERVICE_SIZE],
                                      Error *err)
{
    const Windows *windows = context;

    (void)err;
    (void)snprintf(out, PORTPROXY_SERVICE_SIZE, "%s",
                   windows->legacy.installed && pid == PID_OF_LEGACY ? LEGACY : "");
    return true;
}

static inline bool windows_look_at_legacy(void *context, const char *name, PortproxyLegacy *out,
                                          Error *err)
{
    Windows *windows = context;

    (void)err;
    windows_stop_in_time(windows);
    *out = text_equal_ignoring_case(name, LEGACY) ? windows->legacy : (PortproxyLegacy){0};
    return true;
}

static inline bool windows_stop_legacy(void *context, const char *name, Error *err)
{
    Windows *windows = context;

    (void)err;
    if (windows->stopped_at_ms == 0)
        text_appendf(&windows->log, "stop %s\n", name);
    if (windows->stopped_at_ms == 0)
        windows->stopped_at_ms =
            windows->stop_ms == NEVER ? INT64_MAX : windows->now_ms + 1 + windows->stop_ms;
    return true;
}

static inline bool windows_start_legacy(void *context, const char *name, Error *err)
{
    Windows *windows = context;

    (void)err;
    text_appendf(&windows->log, "start %s\n", name);
    windows->legacy.running = true;
    return true;
}

static inline bool windows_set_legacy_start(void *context, const char *name, PortproxyStart start,
                                            Error *err)
{
    Windows *windows = context;

    (void)err;
    text_appendf(&windows->log, "%s %s\n", name,
                 start == PORTPROXY_STARTS_ON_DEMAND ? "on demand" : "at boot");
    windows->legacy.start = start;
    return true;
}

static inline bool windows_find_peers(void *context, uint16_t slot_port, int64_t pid,
                                      PortproxyPeers *out, Error *err)
{
    const Windows *windows = context;

    (void)err;
    *out = windows->peers[slot_port == 18082];
    for (size_t i = 0; pid == 0 && slot_port == 18082 && i < sizeof out->bits; i++)
        out->bits[i] |= windows->strangers.bits[i];
    return true;
}

static inline bool windows_read_ipv6_disabled(void *context, uint32_t *out, Error *err)
{
    (void)err;
    *out = ((const Windows *)context)->ipv6_disabled;
    return true;
}

static inline const PortproxyRule *windows_serving(const Windows *windows, const Address *address)
{
    for (size_t i = 0; windows_is_heard(windows) && i < windows->live.count; i++)
        if (portproxy_rule_covers(&windows->live.items[i], address))
            return &windows->live.items[i];
    return NULL;
}

static inline bool windows_connect(void *context, const Address *address, int64_t timeout_ms,
                                   PortproxyConnection **out, Error *err)
{
    Windows *windows = context;
    const PortproxyRule *rule = windows_serving(windows, address);
    uint16_t peer = windows->next_peer++;

    (void)timeout_ms;
    if (!rule && windows->others.count == 0)
        return error_set(err, ERR_ENGINE, "connecting: refused");
    *out = calloc(1, sizeof **out);
    if (windows->relay_to_nobody) /* but somebody looks whether the instance is well */
        windows->strangers.bits[peer / 8] |= (uint8_t)(1U << peer % 8);
    else if (rule)
        windows->peers[rule->connect.port == 18082].bits[peer / 8] |= (uint8_t)(1U << peer % 8);
    return *out != NULL;
}

static inline void windows_disconnect(void *context, PortproxyConnection *connection)
{
    (void)context;
    free(connection);
}

static inline bool windows_can_bind(void *context, const Address *address, const char **why)
{
    const Windows *windows = context;

    *why = windows->unbindable;
    for (size_t i = 0; i < windows->others.count; i++)
        if (windows->others.items[i].at.is_ipv6 == address->is_ipv6 &&
            windows->others.items[i].at.port == address->port)
            *why = "taken";
    return *why == NULL;
}

static inline int64_t windows_now_ms(void *context)
{
    return ((const Windows *)context)->now_ms;
}

static inline void windows_pause(void *context, int64_t ms)
{
    ((Windows *)context)->now_ms += ms;
}

static inline PortproxyHost windows_host(Windows *windows)
{
    return (PortproxyHost){.context = windows,
                           .read_rules = windows_read_rules,
                           .may_change = windows_may_change,
                           .run_netsh = windows_run_netsh,
                           .look_at_service = windows_look_at_service,
                           .remind = windows_remind,
                           .find_holders = windows_find_holders,
                           .service_of = windows_service_of,
                           .look_at_legacy = windows_look_at_legacy,
                           .stop_legacy = windows_stop_legacy,
                           .start_legacy = windows_start_legacy,
                           .set_legacy_start = windows_set_legacy_start,
                           .find_peers = windows_find_peers,
                           .read_ipv6_disabled = windows_read_ipv6_disabled,
                           .connect = windows_connect,
                           .disconnect = windows_disconnect,
                           .can_bind = windows_can_bind,
                           .now_ms = windows_now_ms,
                           .pause = windows_pause};
}

/* ---- the app ---- */

enum { BLUE, GREEN };

/* Both stacks, as a server that everybody reaches has it. */
static inline Route shop_route(int active)
{
    return (Route){
        .mode = ROUTE_TCP,
        .listen = {{.host = "0.0.0.0", .port = 8080},
                   {.host = "::", .port = 8080, .is_ipv6 = true}                     },
        .listen_count = 2,
        .slots = {{.name = "blue", .address = {.host = "127.0.0.1", .port = 18081}},
                   {.name = "green", .address = {.host = "127.0.0.1", .port = 18082}}},
        .slot_count = 2,
        .active = active,
        .release = "2.0.0"
    };
}

static inline EngineContext shop(const char *root)
{
    return (EngineContext){.root = root, .app = "shop", .route = shop_route(ROUTE_NO_SLOT)};
}

#endif
