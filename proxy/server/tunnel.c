/* See tunnel.h. */
#include "proxy/server/tunnel.h"

#include <stdlib.h>

typedef struct Tunnel {
    Timed timed; /* first */
    Member member;
    Traffic *traffic;
    Slot *slot;
    SlotClass class_;
    Connection *client;
    Connection *upstream;
    bool client_ended;
    bool upstream_ended;
} Tunnel;

/* No deadline: TCP keep-alive finds the dead. */
static const int64_t FOR_EVER_MS = INT64_MAX / 4;

static void end(Tunnel *tunnel, void (*how)(Connection *))
{
    if (!tunnel->client)
        return;
    slot_leave(tunnel->slot, tunnel->class_, &tunnel->member);
    slot_drop(tunnel->slot);
    how(tunnel->client);
    how(tunnel->upstream);
    tunnel->client = NULL;
    tunnel->upstream = NULL;
    traffic_bury(tunnel->traffic, &tunnel->timed);
}

static void pass(Connection *from, Connection *to, const char *bytes, size_t length)
{
    connection_write(to, bytes, length);
    if (connection_is_full(to))
        connection_read(from, false);
}

static void on_client_data(void *owner, char *bytes, size_t length)
{
    Tunnel *tunnel = owner;

    pass(tunnel->client, tunnel->upstream, bytes, length);
}

static void on_upstream_data(void *owner, char *bytes, size_t length)
{
    Tunnel *tunnel = owner;

    pass(tunnel->upstream, tunnel->client, bytes, length);
}

static void half_end(Tunnel *tunnel, Connection *other, int status)
{
    if (status != UV_EOF)
        end(tunnel, connection_reset);
    else if (tunnel->client_ended && tunnel->upstream_ended)
        end(tunnel, connection_finish);
    else
        connection_end_writing(other);
}

static void on_client_end(void *owner, int status)
{
    Tunnel *tunnel = owner;

    tunnel->client_ended = true;
    half_end(tunnel, tunnel->upstream, status);
}

static void on_upstream_end(void *owner, int status)
{
    Tunnel *tunnel = owner;

    tunnel->upstream_ended = true;
    half_end(tunnel, tunnel->client, status);
}

static void on_write_failed(void *owner, int status)
{
    (void)status; /* what one side cannot take, the other need not send */
    end(owner, connection_reset);
}

static void on_client_room(void *owner)
{
    connection_read(((Tunnel *)owner)->upstream, true);
}

static void on_upstream_room(void *owner)
{
    connection_read(((Tunnel *)owner)->client, true);
}

static const ConnectionEvents client_events = {
    .data = on_client_data,
    .end = on_client_end,
    .write_failed = on_write_failed,
    .room = on_client_room,
};

static const ConnectionEvents upstream_events = {
    .data = on_upstream_data,
    .end = on_upstream_end,
    .write_failed = on_write_failed,
    .room = on_upstream_room,
};

static void on_expired(Timed *timed)
{
    end(LINK_OWNER(timed, Tunnel, timed), connection_reset);
}

static void on_abort(Member *member)
{
    end(LINK_OWNER(member, Tunnel, member), connection_reset);
}

void tunnel_start(Traffic *traffic, const TunnelEnds *ends)
{
    Tunnel *tunnel = calloc(1, sizeof *tunnel);

    if (!tunnel) {
        connection_reset(ends->client);
        connection_reset(ends->upstream);
        slot_drop(ends->slot);
        return;
    }
    *tunnel = (Tunnel){.traffic = traffic,
                       .slot = ends->slot,
                       .class_ = ends->class_,
                       .client = ends->client,
                       .upstream = ends->upstream,
                       .client_ended = ends->client_ended};
    tunnel->timed.expired = on_expired;
    tunnel->member.abort = on_abort;
    link_init(&tunnel->member.link);
    slot_enter(tunnel->slot, tunnel->class_, &tunnel->member);
    traffic_watch(traffic, &tunnel->timed, FOR_EVER_MS);
    connection_set_owner(tunnel->client, &client_events, tunnel);
    connection_set_owner(tunnel->upstream, &upstream_events, tunnel);
    if (tunnel->client_ended)
        connection_end_writing(tunnel->upstream);
    connection_read(tunnel->client, !connection_is_full(tunnel->upstream));
    connection_read(tunnel->upstream, !connection_is_full(tunnel->client));
}
