/* See caddy_config.h. */
#include "proxy/engine/caddy_config.h"

#include "base/text.h"

#include <stdio.h>

enum { DEEPEST = 64 }; /* what is below is copied and not looked into */

/* ---- looking ---- */

/* "127.0.0.1:18081", or "localhost:18081" as people write it. */
static int slot_of_address(const Route *route, const char *dialled)
{
    char address[ADDRESS_TEXT_SIZE], by_name[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; dialled && i < route->slot_count; i++) {
        const Address *slot = &route->slots[i].address;

        (void)snprintf(by_name, sizeof by_name, "localhost:%u", (unsigned)slot->port);
        if (text_equal(dialled, address_format(slot, address)) || text_equal(dialled, by_name))
            return (int)i;
    }
    return ROUTE_NO_SLOT;
}

static int slot_of_upstream(const Json *upstream, const Route *route)
{
    return slot_of_address(route, json_get_text(upstream, "dial"));
}

static bool is_ours(const Json *handler, const Route *route)
{
    const char *kind = json_get_text(handler, "handler");
    const Json *upstreams = json_get(handler, "upstreams");

    if (!kind || !text_equal(kind, "reverse_proxy"))
        return false;
    for (size_t i = 0; i < json_count(upstreams); i++)
        if (slot_of_upstream(json_item(upstreams, i), route) != ROUTE_NO_SLOT)
            return true;
    return false;
}

/* With any other policy the second would have requests too. */
static int first_of(const Json *handler, const Route *route)
{
    const Json *upstreams = json_get(handler, "upstreams");
    const char *policy =
        json_get_text(json_get(json_get(handler, "load_balancing"), "selection_policy"), "policy");

    if (json_count(upstreams) > 1 && !(policy && text_equal(policy, "first")))
        return ROUTE_NO_SLOT;
    return slot_of_upstream(json_item(upstreams, 0), route);
}

static void see(const Json *handler, const Route *route, CaddyView *out)
{
    int first = first_of(handler, route);

    if (out->proxies == 0 || out->first == first)
        out->first = first;
    else
        out->first = ROUTE_NO_SLOT;
    out->proxies++;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as DEEPEST */
static void walk(const Json *json, const Route *route, int depth, CaddyView *out)
{
    JsonKind kind = json_kind(json);

    if (depth == DEEPEST)
        return;
    if (kind == JSON_KIND_OBJECT && is_ours(json, route))
        see(json, route, out);
    for (size_t i = 0; kind == JSON_KIND_OBJECT && i < json_count(json); i++)
        walk(json_get(json, json_key(json, i)), route, depth + 1, out);
    for (size_t i = 0; kind == JSON_KIND_ARRAY && i < json_count(json); i++)
        walk(json_item(json, i), route, depth + 1, out);
}

void caddy_config_read(const Json *config, const Route *route, CaddyView *out)
{
    *out = (CaddyView){.first = ROUTE_NO_SLOT};
    walk(config, route, 0, out);
}

/* ---- changing ---- */

/* What is said of an upstream besides its address is kept. */
static Json *upstream_of(const Json *handler, const Route *route, int slot)
{
    const Json *upstreams = json_get(handler, "upstreams");
    char address[ADDRESS_TEXT_SIZE];
    Json *fresh = NULL;

    for (size_t i = 0; i < json_count(upstreams); i++)
        if (slot_of_upstream(json_item(upstreams, i), route) == slot)
            return json_copy_of(json_item(upstreams, i));
    fresh = json_new_object();
    (void)json_put_text(fresh, "dial", address_format(&route->slots[slot].address, address));
    return fresh;
}

static Json *balancing_of(const Json *handler)
{
    const Json *given = json_get(handler, "load_balancing");
    Json *balancing = given ? json_copy_of(given) : json_new_object();
    Json *policy = json_new_object();

    (void)json_put_text(policy, "policy", "first");
    (void)json_put(balancing, "selection_policy", policy);
    return balancing;
}

static void put_first(Json *copy, const Json *handler, const Route *route)
{
    Json *upstreams = json_new_array();

    (void)json_push(upstreams, upstream_of(handler, route, route->active));
    (void)json_push(upstreams, upstream_of(handler, route, 1 - route->active));
    (void)json_put(copy, "upstreams", upstreams);
    (void)json_put(copy, "load_balancing", balancing_of(handler));
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as DEEPEST */
static Json *copy_with(const Json *json, const Route *route, int depth)
{
    JsonKind kind = json_kind(json);
    Json *copy = NULL;

    if (depth == DEEPEST || (kind != JSON_KIND_OBJECT && kind != JSON_KIND_ARRAY))
        return json_copy_of(json);
    copy = kind == JSON_KIND_OBJECT ? json_new_object() : json_new_array();
    for (size_t i = 0; i < json_count(json); i++)
        if (kind == JSON_KIND_OBJECT)
            (void)json_put(copy, json_key(json, i),
                           copy_with(json_get(json, json_key(json, i)), route, depth + 1));
        else
            (void)json_push(copy, copy_with(json_item(json, i), route, depth + 1));
    if (kind == JSON_KIND_OBJECT && is_ours(json, route))
        put_first(copy, json, route);
    return copy;
}

Json *caddy_config_with(const Json *config, const Route *route)
{
    return copy_with(config, route, 0);
}

/* ---- figures ---- */

int64_t caddy_config_requests(const Json *upstreams, const Route *route, int slot)
{
    int64_t requests = 0;

    for (size_t i = 0; i < json_count(upstreams); i++) {
        const Json *upstream = json_item(upstreams, i);

        if (slot_of_address(route, json_get_text(upstream, "address")) == slot)
            requests += json_get_integer(upstream, "num_requests", 0);
    }
    return requests;
}
