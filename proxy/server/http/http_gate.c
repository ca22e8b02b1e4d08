/* See http_gate.h. */
#include "proxy/server/http/http_gate.h"

#include <string.h>

enum { RETRY_HELD_S = 5, RETRY_MAINTENANCE_S = 60 };

/* The framing of a request whose body is left unread is lost. */
static void reply(HttpSession *session, HttpReply *answer, size_t head_length)
{
    answer->close = !session->exchange.request_body.done || !session->exchange.keep_client;
    http_text_consume(&session->in, head_length);
    http_session_reply(session, answer);
}

static void refuse(HttpSession *session, const char *why)
{
    HttpReply answer = {.status = 503, .why = why, .retry_after_s = RETRY_HELD_S, .close = true};

    http_session_reply(session, &answer);
}

/* ---- the health path ---- */

static bool is_get_or_head(const HttpHead *head)
{
    return (head->method.length == 3 && memcmp(head->method.at, "GET", 3) == 0) ||
           (head->method.length == 4 && memcmp(head->method.at, "HEAD", 4) == 0);
}

static bool asks_for_health(const HttpHead *head, const char *path)
{
    const char *query = memchr(head->target.at, '?', head->target.length);
    size_t length = query ? (size_t)(query - head->target.at) : head->target.length;

    return path[0] != '\0' && is_get_or_head(head) && length == strlen(path) &&
           memcmp(head->target.at, path, length) == 0;
}

static void answer_health(HttpSession *session, const LiveRoute *route, size_t head_length)
{
    bool held = route->gate->state == ROUTE_HELD;
    HttpReply answer = {.status = 200, .why = held ? "held" : "in maintenance"};

    reply(session, &answer, head_length);
}

/* ---- maintenance ---- */

static void turn_away(HttpSession *session, const LiveRoute *route, size_t head_length)
{
    HttpReply answer = {.status = 503,
                        .why = "this service is in maintenance",
                        .retry_after_s = RETRY_MAINTENANCE_S};

    if (route->route.page[0] != '\0')
        answer.page = pages_find(&session->traffic->pages, route->route.app);
    route->gate->stats.turned_away++;
    reply(session, &answer, head_length);
}

/* ---- waiting ---- */

static void hold(HttpSession *session, const LiveRoute *route, size_t head_length)
{
    HttpReply answer = {.status = 503,
                        .why = "too many requests wait for this service already",
                        .retry_after_s = RETRY_HELD_S};

    if (!gate_wait(route->gate, &session->held, session->in.length)) {
        reply(session, &answer, head_length);
        return;
    }
    session->state = SESSION_HELD;
    traffic_expect_within(session->traffic, &session->timed, gate_patience_ms(route->gate));
}

bool http_gate_admits(HttpSession *session, const HttpHead *head, size_t head_length)
{
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    bool has_waited = session->admitted;
    RouteGate state = route ? route->gate->state : ROUTE_OPEN;

    session->admitted = false;
    if (!route || session->exchange.proven ||
        (state == ROUTE_OPEN && (has_waited || !gate_is_shut(route->gate))))
        return true;
    if (asks_for_health(head, route->route.health_path))
        answer_health(session, route, head_length);
    else if (state == ROUTE_MAINTENANCE)
        turn_away(session, route, head_length);
    else
        hold(session, route, head_length);
    return false;
}

void http_gate_admitted(Held *held)
{
    HttpSession *session = LINK_OWNER(held, HttpSession, held);

    session->admitted = true;
    session->state = SESSION_HEAD;
    session->in_scanned = 0;
    http_session_turn(session);
}

void http_gate_took_more(HttpSession *session, size_t length)
{
    if (gate_wait_with_more(&session->held, length))
        return;
    gate_leave(&session->held, GATE_REFUSED);
    refuse(session, "too much waits for this service already");
}

void http_gate_expired(HttpSession *session)
{
    gate_leave(&session->held, GATE_TIMED_OUT);
    refuse(session, "this service was held for too long");
}
