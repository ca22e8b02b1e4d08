/* See haproxy_backend.h.
 * Source: HAProxy 2.6, management.txt 9.3: set server, show servers state, show stat. */
#include "proxy/engine/haproxy_backend.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_SIZE = 128,
    OPERATIONAL = 2, /* srv_op_state: SRV_ST_RUNNING */
    /* Bits of srv_admin_state that keep a server out: forced, inherited and unresolved
     * maintenance, forced and inherited drain. Not 0x04: that it was disabled once. */
    TAKEN_OUT = 0x01 | 0x02 | 0x08 | 0x10 | 0x20 | 0x40
};

Haproxy haproxy_of(const EngineContext *context)
{
    return (Haproxy){.socket = context->options.haproxy_socket, .timeout_ms = context->timeout_ms};
}

const char *haproxy_backend_name(const EngineContext *context)
{
    const char *backend = context->options.haproxy_backend;

    return backend ? backend : context->app;
}

/* ---- looking ---- */

static void read_server(const char *table, const char *name, HaproxyServer *out)
{
    HaproxyRow row = {0};
    Address address = {0};

    out->found = haproxy_find_row(table, ' ', "srv_name", name, &row);
    if (!out->found)
        return;
    out->in = (haproxy_number(&row, "srv_admin_state") & TAKEN_OUT) == 0;
    out->running = out->in && haproxy_number(&row, "srv_op_state") == OPERATIONAL;
    out->weight = haproxy_number(&row, "srv_uweight");
    haproxy_cell(&row, "srv_addr", address.host, sizeof address.host);
    address.port = (uint16_t)haproxy_number(&row, "srv_port");
    address.is_ipv6 = strchr(address.host, ':') != NULL;
    (void)address_format(&address, out->address);
}

/* ERR_NETWORK if HAProxy does not answer. */
bool haproxy_backend_look(const EngineContext *context, HaproxyBackend *out, Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    const char *name = haproxy_backend_name(context);
    CLEANUP_TEXT Text table = {0};
    char command[NAME_SIZE + 32];

    memset(out, 0, sizeof *out);
    if (!haproxy_is_name(name) || strlen(name) > NAME_SIZE) {
        (void)error_set(err, ERR_ENGINE, "'%.60s' is no name of a backend", name);
        return error_hint(err, "Name the backend of haproxy.cfg in traffic.haproxy.backend.");
    }
    (void)snprintf(command, sizeof command, "show servers state %s", name);
    if (!haproxy_ask(&haproxy, command, &table, err))
        return false;
    out->found = strstr(text_chars(&table), "srv_name") != NULL;
    for (size_t i = 0; i < context->route.slot_count; i++)
        read_server(text_chars(&table), context->route.slots[i].name, &out->servers[i]);
    return true;
}

/* ---- being usable ---- */

bool haproxy_backend_hint(const EngineContext *context, Error *err)
{
    const Route *route = &context->route;
    CLEANUP_TEXT Text lines = {0};
    char address[ADDRESS_TEXT_SIZE];

    text_appendf(&lines, "Let haproxy.cfg have:\nglobal\n  stats socket %s mode 600 level admin\n",
                 context->options.haproxy_socket);
    text_appendf(&lines, "backend %s\n  mode %s\n  option redispatch 1",
                 haproxy_backend_name(context), route->mode == ROUTE_TCP ? "tcp" : "http");
    for (size_t i = 0; i < route->slot_count; i++)
        text_appendf(&lines, "\n  server %s %s check", route->slots[i].name,
                     address_format(&route->slots[i].address, address));
    return error_hint(err, "%s", text_chars(&lines));
}

bool haproxy_backend_check(const EngineContext *context, const HaproxyBackend *backend, Error *err)
{
    char wanted[ADDRESS_TEXT_SIZE];

    if (!backend->found)
        return error_set(err, ERR_ENGINE, "HAProxy has no backend %s",
                         haproxy_backend_name(context));
    for (size_t i = 0; i < context->route.slot_count; i++) {
        const RouteSlot *slot = &context->route.slots[i];

        if (!backend->servers[i].found)
            return error_set(err, ERR_ENGINE, "backend %s of HAProxy has no server %s",
                             haproxy_backend_name(context), slot->name);
        if (!text_equal(address_format(&slot->address, wanted), backend->servers[i].address))
            return error_set(err, ERR_ENGINE, "server %s of backend %s is %s, but slot %s is %s",
                             slot->name, haproxy_backend_name(context), backend->servers[i].address,
                             slot->name, wanted);
    }
    return true;
}

static bool check_level(const Haproxy *haproxy, Error *err)
{
    CLEANUP_TEXT Text level = {0};

    if (!haproxy_ask(haproxy, "show cli level", &level, err))
        return false;
    if (text_starts_with(text_chars(&level), "admin"))
        return true;
    return error_set(err, ERR_ENGINE, "socket %s has level %.*s, and level admin is needed",
                     haproxy->socket, (int)strcspn(text_chars(&level), "\n"), text_chars(&level));
}

bool haproxy_backend_figures(const EngineContext *context, const char *server, Text *table,
                             HaproxyRow *out, Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    char command[NAME_SIZE + 32];

    (void)snprintf(command, sizeof command, "show stat %.*s 4 -1", NAME_SIZE,
                   haproxy_backend_name(context));
    if (!haproxy_ask(&haproxy, command, table, err))
        return false;
    if (haproxy_find_row(text_chars(table), ',', "svname", server, out))
        return true;
    return error_set(err, ERR_ENGINE, "HAProxy shows no figures of server %s of backend %s", server,
                     haproxy_backend_name(context));
}

static bool check_mode(const EngineContext *context, Error *err)
{
    const char *wanted = context->route.mode == ROUTE_TCP ? "tcp" : "http";
    CLEANUP_TEXT Text table = {0};
    HaproxyRow row = {0};
    char mode[16];

    if (!haproxy_backend_figures(context, context->route.slots[0].name, &table, &row, err))
        return false;
    haproxy_cell(&row, "mode", mode, sizeof mode);
    if (text_equal(mode, wanted))
        return true;
    return error_set(err, ERR_ENGINE, "backend %s of HAProxy has mode %s, but traffic.mode is %s",
                     haproxy_backend_name(context), mode, wanted);
}

bool haproxy_backend_usable(const EngineContext *context, Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    HaproxyBackend backend;

    return haproxy_backend_look(context, &backend, err) &&
           haproxy_backend_check(context, &backend, err) && check_level(&haproxy, err) &&
           check_mode(context, err);
}

/* ---- telling ---- */

bool haproxy_backend_tell(const EngineContext *context, const char *server, const char *what,
                          Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    CLEANUP(free)
    char *command =
        text_formatted("set server %s/%s %s", haproxy_backend_name(context), server, what);

    return command ? haproxy_tell(&haproxy, command, err) : error_memory(err);
}
