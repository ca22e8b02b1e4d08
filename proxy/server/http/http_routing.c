/* See http_routing.h. */
#include "proxy/server/http/http_routing.h"

#include "base/clock.h"
#include "proxy/server/http/http_proof.h"
#include "proxy/server/http/http_rewrite.h"

#include <string.h>

/* Most heads need no more; what does grows. */
enum { HTTP_USUAL_HEAD = 1000 };

static const HttpRefusal fine = {0, NULL};

static void enter_slot(HttpSession *session, const LiveRoute *route, Slot *slot)
{
    HttpExchange *exchange = &session->exchange;

    exchange->slot = slot_keep(slot);
    session->limits = route_limits_in_force(&route->route.limits);
    memcpy(exchange->release, live_route_release(route, slot), sizeof exchange->release);
    slot_enter(slot, SLOT_IN_FLIGHT, &session->member);
    slot->stats.requests++;
}

static void note_facts(HttpExchange *exchange, const HttpHead *head)
{
    HttpBodyKind kind = head->chunked              ? HTTP_BODY_CHUNKED
                        : head->content_length > 0 ? HTTP_BODY_LENGTH
                                                   : HTTP_BODY_NONE;

    exchange->started_us = clock_monotonic_us();
    exchange->is_head = head->method.length == 4 && memcmp(head->method.at, "HEAD", 4) == 0;
    exchange->is_idempotent = http_method_is_idempotent(head->method);
    exchange->is_http10 = head->minor == 0;
    exchange->keep_client = head->minor == 1
                                ? !head->connection_close
                                : head->connection_keep_alive && !head->connection_close;
    exchange->request_chunked = head->chunked;
    http_body_start(&exchange->request_body, kind,
                    head->content_length > 0 ? (uint64_t)head->content_length : 0);
}

void http_routing_note(HttpSession *session, const HttpHead *head)
{
    HttpExchange *exchange = &session->exchange;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);

    note_facts(exchange, head);
    exchange->trusted = route && route_trust_includes(&route->route.trusted, session->client_host);
    exchange->proven = route && http_proof_is_given(head, route->route.proof);
    http_request_id_choose(&session->traffic->request_ids, head, exchange->trusted,
                           exchange->request_id);
}

/* The deployer's proof goes by the route alone, whatever the share of a canary. */
static Slot *choose_slot(HttpExchange *exchange, const LiveRoute *route, const HttpHead *head)
{
    Slot *candidate = live_route_candidate(route);

    if (!candidate || exchange->proven)
        return live_route_active(route);
    exchange->is_new_client = !client_cookie_find(head, &exchange->client);
    if (exchange->is_new_client)
        exchange->client = client_id_new();
    return canary_takes(&route->route, &exchange->client) ? candidate : live_route_active(route);
}

HttpRefusal http_routing_begin(HttpSession *session, const HttpHead *head)
{
    HttpExchange *exchange = &session->exchange;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    Slot *slot = route ? choose_slot(exchange, route, head) : NULL;
    RequestFacts facts;
    RequestRewrite rewrite;

    if (!slot)
        return (HttpRefusal){503, "no release serves here at the moment"};
    if (route->route.limits.body_bytes > 0 && head->content_length > route->route.limits.body_bytes)
        return (HttpRefusal){413, "the request body is larger than this service accepts"};
    rewrite = (RequestRewrite){
        .head = head,
        .forwarding = {.client_host = session->client_host,
                       .trusted = exchange->trusted,
                       .request_id = exchange->request_id},
        .default_host = slot->host
    };
    text_reserve(&exchange->request_head, HTTP_USUAL_HEAD);
    http_rewrite_request(&rewrite, &exchange->request_head, &facts);
    if (exchange->request_head.failed)
        return (HttpRefusal){503, "out of memory"};
    exchange->wants_upgrade = facts.upgrade;
    enter_slot(session, route, slot);
    return fine;
}

bool http_routing_again(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    Slot *slot = route ? live_route_active(route) : NULL;

    if (!slot)
        return false;
    if (exchange->slot->active)
        return true; /* a candidate that cannot be reached is to be noticed, not hidden */
    slot_leave(exchange->slot, SLOT_IN_FLIGHT, &session->member);
    slot_drop(exchange->slot);
    enter_slot(session, route, slot);
    return true;
}
