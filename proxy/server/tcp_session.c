/* See tcp_session.h. */
#include "proxy/server/tcp_session.h"

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
    Slot *slot;         /* one reference */
    Upstream *upstream; /* NULL between two tries */
    bool retried;
} TcpSession;

static void leave(TcpSession *session)
{
    slot_leave(session->slot, SLOT_IN_FLIGHT, &session->member);
    traffic_bury(session->traffic, &session->timed);
}

static void give_up(TcpSession *session)
{
    session->slot->stats.failed++;
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
    TunnelEnds ends = {.class_ = SLOT_IN_FLIGHT};

    if (status < 0) {
        fail(session);
        return;
    }
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

    if (session->upstream || !active) {
        give_up(session);
        return;
    }
    if (active != session->slot) {
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

void tcp_session_start(Traffic *traffic, Connection *client, const Address *listen)
{
    const LiveRoute *route = live_routes_at(&traffic->routes, listen);
    Slot *slot = route ? live_route_active(route) : NULL;
    TcpSession *session = slot ? calloc(1, sizeof *session) : NULL;

    if (!session) {
        connection_reset(client);
        return;
    }
    session->timed.expired = on_expired;
    session->member.abort = on_abort;
    link_init(&session->member.link);
    session->traffic = traffic;
    session->client = client;
    session->listen = *listen;
    session->slot = slot_keep(slot);
    slot_enter(slot, SLOT_IN_FLIGHT, &session->member);
    slot->stats.requests++;
    traffic_watch(traffic, &session->timed, TCP_CONNECT_MS);
    try_connect(session);
}
