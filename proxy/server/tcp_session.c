/* See tcp_session.h. */
#include "proxy/server/tcp_session.h"

#include "proxy/server/canary.h"
#include "proxy/server/proxy_header.h"
#include "proxy/server/tunnel.h"
#include "proxy/server/upstream.h"

#include <stdlib.h>

enum { TCP_CONNECT_MS = 10000, TCP_RETRY_MS = 100 };

typedef struct TcpSession {
    Timed timed; /* first */
    Member member;
    Traffic *traffic;
    Connection *client; /* not read before it is a tunnel */
    Address listen;
    Held held;          /* at the gate */
    Slot *slot;         /* one reference; NULL while it is held */
    Upstream *upstream; /* NULL between two tries */
    bool retried;
} TcpSession;

static void leave(TcpSession *session)
{
    slot_leave(session->slot, SLOT_IN_FLIGHT, &session->member);
    traffic_bury(session->traffic, &session->timed);
}

/* Before there was a slot. */
static void turn_away(TcpSession *session)
{
    connection_reset(session->client);
    traffic_bury(session->traffic, &session->timed);
}

static void give_up(TcpSession *session)
{
    session->slot->stats.failed++;
    stats_count_failure(&session->slot->stats, FAILURE_NOT_CONNECTED);
    leave(session);
    upstream_close(session->upstream);
    connection_reset(session->client);
    slot_drop(session->slot);
}

static void on_connected(void *owner, int status);

static const ConnectionEvents connecting = {.connected = on_connected};

static void fail(TcpSession *session)
{
    upstream_close(session->upstream);
    session->upstream = NULL;
    if (session->retried) {
        give_up(session);
        return;
    }
    session->retried = true;
    traffic_expect_within(session->traffic, &session->timed, TCP_RETRY_MS);
}

static void try_connect(TcpSession *session)
{
    traffic_expect_within(session->traffic, &session->timed, TCP_CONNECT_MS);
    session->upstream = upstream_connect(session->slot, &connecting, session);
    if (!session->upstream)
        fail(session);
}

static void on_connected(void *owner, int status)
{
    TcpSession *session = owner;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    TunnelEnds ends = {.class_ = SLOT_IN_FLIGHT};
    char header[PROXY_HEADER_MAX];

    if (status < 0) {
        fail(session);
        return;
    }
    if (route && route->route.send_proxy_header)
        ends.from_client = (Span){header, proxy_header_write(session->client, header)};
    leave(session);
    ends.slot = session->slot;
    ends.client = session->client;
    ends.upstream = upstream_release(session->upstream);
    tunnel_start(session->traffic, &ends);
}

/* Nobody was reached and nothing was sent: the slot that is active now is as good. */
static void on_expired(Timed *timed)
{
    TcpSession *session = LINK_OWNER(timed, TcpSession, timed);
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    Slot *active = route ? live_route_active(route) : NULL;

    if (session->held.gate) {
        gate_leave(&session->held, GATE_TIMED_OUT);
        turn_away(session);
        return;
    }
    if (session->upstream || !active) {
        give_up(session);
        return;
    }
    if (!session->slot->active) {
        slot_leave(session->slot, SLOT_IN_FLIGHT, &session->member);
        slot_drop(session->slot);
        session->slot = slot_keep(active);
        slot_enter(active, SLOT_IN_FLIGHT, &session->member);
    }
    try_connect(session);
}

static void on_abort(Member *member)
{
    give_up(LINK_OWNER(member, TcpSession, member));
}

static Slot *choose_slot(const LiveRoute *route)
{
    Slot *candidate = live_route_candidate(route);
    ClientId client = candidate ? client_id_new() : (ClientId){0};

    return candidate && canary_takes(&route->route, &client) ? candidate : live_route_active(route);
}

static void begin(TcpSession *session, const LiveRoute *route)
{
    Slot *slot = choose_slot(route);

    if (!slot) {
        turn_away(session);
        return;
    }
    session->slot = slot_keep(slot);
    slot_enter(slot, SLOT_IN_FLIGHT, &session->member);
    slot->stats.requests++;
    try_connect(session);
}

static void hold(TcpSession *session, const LiveRoute *route)
{
    if (gate_wait(route->gate, &session->held, 0))
        traffic_expect_within(session->traffic, &session->timed, gate_patience_ms(route->gate));
    else
        turn_away(session);
}

static void on_admitted(Held *held)
{
    TcpSession *session = LINK_OWNER(held, TcpSession, held);
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);

    if (route && route->gate->state == ROUTE_OPEN)
        begin(session, route);
    else
        turn_away(session);
}

void tcp_session_start(Traffic *traffic, Connection *client, const Address *listen)
{
    const LiveRoute *route = live_routes_at(&traffic->routes, listen);
    bool turned_away = route && route->gate->state == ROUTE_MAINTENANCE;
    TcpSession *session = route && !turned_away ? calloc(1, sizeof *session) : NULL;

    if (turned_away)
        route->gate->stats.turned_away++;
    if (!session) {
        connection_reset(client);
        return;
    }
    session->timed.expired = on_expired;
    session->member.abort = on_abort;
    session->held.admitted = on_admitted;
    link_init(&session->member.link);
    link_init(&session->held.link);
    session->traffic = traffic;
    session->client = client;
    session->listen = *listen;
    traffic_watch(traffic, &session->timed, TCP_CONNECT_MS);
    if (gate_is_shut(route->gate))
        hold(session, route);
    else
        begin(session, route);
}
