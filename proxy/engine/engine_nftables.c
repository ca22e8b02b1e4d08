/* See engine_nftables.h. The rules themselves: engine_nftables_rules.h. */
#include "proxy/engine/engine_nftables.h"

#include "base/net/connections.h"
#include "base/text.h"
#include "proxy/engine/engine_nftables_library.h"
#include "proxy/engine/engine_nftables_rules.h"
#include "proxy/public_request.h"

#include <stdio.h>
#include <string.h>

enum { PROOF_TIMEOUT_MS = 5000 };

static void refuse_name(const char *table, Error *err)
{
    (void)error_set(err, ERR_ENGINE, "'%.80s' is no name of a table", table);
    (void)error_hint(err, "Give traffic.nftables.table one of letters, digits, '-', '_' and '.'.");
}

/* Caller frees; NULL with *err if the name is none. */
static char *table_of(const EngineContext *context, Error *err)
{
    const char *given = context->options.nftables_table;
    CLEANUP(free)
    char *table = given ? text_copy(given) : text_formatted("godeploy-%s", context->app);

    if (!table)
        (void)error_memory(err);
    else if (nftables_is_name(table))
        return TAKE(table);
    else
        refuse_name(table, err);
    return NULL;
}

/* *listing is NULL where there is no such table. Caller frees. */
static bool list(const EngineContext *context, Json **listing, Error *err)
{
    CLEANUP(free) char *table = table_of(context, err);
    CLEANUP(free) char *command = table ? text_formatted("list table inet %s", table) : NULL;
    CLEANUP_TEXT Text json = {0};

    *listing = NULL;
    if (!table)
        return false;
    if (!command)
        return error_memory(err);
    if (!nftables_run(command, &json, err)) {
        if (err->code != ERR_NOT_FOUND)
            return false;
        *err = (Error){0};
        return true;
    }
    return json_parse(text_chars(&json), json.length, listing, err) || error_as(err, ERR_ENGINE);
}

static bool ensure(const EngineContext *context, Error *err)
{
    CLEANUP(json_free) Json *listing = NULL;

    return list(context, &listing, err);
}

static bool show(const EngineContext *context, EngineView *out, Error *err)
{
    CLEANUP(json_free) Json *listing = NULL;

    memset(out, 0, sizeof *out);
    out->active = ROUTE_NO_SLOT;
    if (!list(context, &listing, err))
        return false;
    out->running = true; /* the kernel is */
    if (listing)
        nftables_read_route(listing, &context->route, out);
    return true;
}

/* ---- the route ---- */

/* A redirected connection from another host arrives at an address of the interface it came by:
 * where the instance listens on loopback alone, it would be refused. */
static bool check_reach(const Route *route, const Address *listen, Error *err)
{
    const RouteSlot *slot = &route->slots[route->active];
    char address[ADDRESS_TEXT_SIZE];
    bool possible = false;

    if (address_is_loopback(listen))
        return true;
    if (!connections_from_outside(slot->address.port, listen->is_ipv6, &possible, err))
        return error_as(err, ERR_ENGINE);
    if (possible)
        return true;
    (void)error_set(err, ERR_ENGINE,
                    "the instance in slot %s listens on loopback alone, and connections of other "
                    "hosts to %s are redirected to an address of this host",
                    slot->name, address_format(listen, address));
    return error_hint(err, "Let service.command listen on all addresses, as `:{port}`: the table "
                           "keeps other hosts from the side ports.");
}

static bool set(const EngineContext *context, const Route *route, Error *err)
{
    CLEANUP(free) char *table = table_of(context, err);
    CLEANUP_TEXT Text commands = {0};

    if (!table)
        return false;
    for (size_t i = 0; route->active != ROUTE_NO_SLOT && i < route->listen_count; i++)
        if (!check_reach(route, &route->listen[i], err))
            return false;
    return nftables_write_route(table, route, &commands, err) &&
           nftables_run(text_chars(&commands), NULL, err);
}

static bool remove_route(const EngineContext *context, Error *err)
{
    CLEANUP(free) char *table = table_of(context, err);
    CLEANUP_TEXT Text commands = {0};

    return table && nftables_write_removal(table, &commands, err) &&
           nftables_run(text_chars(&commands), NULL, err);
}

/* ---- the proof ---- */

static bool read_count(const EngineContext *context, const char *slot, int64_t *out, Error *err)
{
    CLEANUP(json_free) Json *listing = NULL;

    if (!list(context, &listing, err))
        return false;
    *out = listing ? nftables_read_count(listing, slot) : -1;
    return *out >= 0 || error_set(err, ERR_ENGINE, "nftables has no counter of slot %s", slot);
}

/* A connection carries no name: the slot whose counter grew was given it. Others connect at the
 * same time, but only to whom the rules name. */
static bool who_answers(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err)
{
    const char *slot = route->active == ROUTE_NO_SLOT ? "" : route->slots[route->active].name;
    const PublicRequest request = {
        .mode = ROUTE_TCP, .listen = listen, .timeout_ms = PROOF_TIMEOUT_MS};
    int64_t before = 0, after = 0;

    *out = (EngineAnswer){.slot = ROUTE_NO_SLOT, .seen = "no answer"};
    if (route->active == ROUTE_NO_SLOT)
        return true;
    if (!read_count(context, slot, &before, err) ||
        !public_request_send(&request, out->seen, err) || !read_count(context, slot, &after, err))
        return false;
    if (after > before)
        out->slot = route->active;
    return true;
}

/* No `close`: to break a connection off under an instance serves nobody, as the instance ends its
 * connections better when it is stopped. */
const Engine engine_nftables = {
    .name = "nftables",
    .can = ENGINE_PER_CONNECTION | ENGINE_WEIGHTS | ENGINE_CLIENT_ADDRESS,
    .ensure = ensure,
    .show = show,
    .set = set,
    .remove = remove_route,
    .count = engine_count_open,
    .who_answers = who_answers,
};
