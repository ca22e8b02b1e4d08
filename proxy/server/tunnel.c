/* See tunnel.h. */
#include "proxy/server/tunnel.h"

#include "base/random.h"
#include "proxy/server/http/websocket.h"

#include <stdlib.h>

/* One direction. */
typedef struct Way {
    WebsocketFrames frames;
    bool ended; /* by whom the bytes come from */
    bool over;  /* by us: goodbye was said, and nothing more passes */
} Way;

typedef struct Tunnel {
    Timed timed; /* first */
    Member member;
    Traffic *traffic;
    Slot *slot;
    SlotClass class_;
    Connection *client;
    Connection *upstream;
    Way up;   /* from the client */
    Way down; /* to the client */
    bool websocket;
    bool parting; /* was told to stop: each way is over where its frame ends */
} Tunnel;

/* No deadline: TCP keep-alive finds the dead. */
static const int64_t FOR_EVER_MS = INT64_MAX / 4;

enum { PARTING_MS = 2000 /* for the rest of a frame that is on its way */ };

typedef void HowToEnd(Connection *);

static void end_each(Tunnel *tunnel, HowToEnd *client, HowToEnd *upstream)
{
    if (!tunnel->client)
        return;
    slot_leave(tunnel->slot, tunnel->class_, &tunnel->member);
    slot_drop(tunnel->slot);
    client(tunnel->client);
    upstream(tunnel->upstream);
    tunnel->client = NULL;
    tunnel->upstream = NULL;
    traffic_bury(tunnel->traffic, &tunnel->timed);
}

static void end(Tunnel *tunnel, HowToEnd *how)
{
    end_each(tunnel, how, how);
}

/* ---- parting ---- */

static void say_goodbye(Connection *to, bool masked)
{
    uint8_t mask[4] = {0};
    uint8_t frame[WEBSOCKET_GOODBYE_MAX];
    Error ignored = {0};

    if (masked)
        (void)random_bytes(mask, sizeof mask, &ignored); /* what it hides is known to everybody */
    connection_write(to, (const char *)frame, websocket_goodbye(masked ? mask : NULL, frame));
}

static void part_if_between_frames(Way *way, Connection *to, bool masked)
{
    if (way->over || !websocket_between_frames(&way->frames))
        return;
    if (!way->ended && !way->frames.closed)
        say_goodbye(to, masked);
    way->over = true;
}

static void part(Tunnel *tunnel)
{
    part_if_between_frames(&tunnel->down, tunnel->client, false);
    part_if_between_frames(&tunnel->up, tunnel->upstream, true);
    if (tunnel->down.over && tunnel->up.over)
        end(tunnel, connection_finish);
}

/* ---- passing ---- */

static void pass(Connection *from, Connection *to, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    connection_write(to, bytes, length);
    if (connection_is_full(to))
        connection_read(from, false);
}

/* How many of the bytes may still pass. */
static size_t follow(const Tunnel *tunnel, Way *way, const char *bytes, size_t length)
{
    if (!tunnel->websocket)
        return length;
    if (way->over)
        return 0;
    if (tunnel->parting)
        return websocket_take_frame(&way->frames, bytes, length);
    websocket_follow(&way->frames, bytes, length);
    return length;
}

static void on_client_data(void *owner, char *bytes, size_t length)
{
    Tunnel *tunnel = owner;

    pass(tunnel->client, tunnel->upstream, bytes, follow(tunnel, &tunnel->up, bytes, length));
    if (tunnel->parting)
        part(tunnel);
}

static void on_upstream_data(void *owner, char *bytes, size_t length)
{
    Tunnel *tunnel = owner;

    pass(tunnel->upstream, tunnel->client, bytes, follow(tunnel, &tunnel->down, bytes, length));
    if (tunnel->parting)
        part(tunnel);
}

static void half_end(Tunnel *tunnel, Connection *other, int status)
{
    if (status != UV_EOF)
        end(tunnel, connection_reset);
    else if (tunnel->up.ended && tunnel->down.ended)
        end(tunnel, connection_finish);
    else
        connection_end_writing(other);
}

static void on_client_end(void *owner, int status)
{
    Tunnel *tunnel = owner;

    tunnel->up.ended = true;
    half_end(tunnel, tunnel->upstream, status);
}

static void on_upstream_end(void *owner, int status)
{
    Tunnel *tunnel = owner;

    tunnel->down.ended = true;
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

/* A frame that began did not end: who has heard goodbye is left in good order all the same. */
static void on_expired(Timed *timed)
{
    Tunnel *tunnel = LINK_OWNER(timed, Tunnel, timed);

    end_each(tunnel, tunnel->down.over ? connection_finish : connection_reset,
             tunnel->up.over ? connection_finish : connection_reset);
}

static void on_abort(Member *member)
{
    Tunnel *tunnel = LINK_OWNER(member, Tunnel, member);

    if (!tunnel->websocket) {
        end(tunnel, connection_reset);
        return;
    }
    tunnel->parting = true;
    traffic_expect_within(tunnel->traffic, &tunnel->timed, PARTING_MS);
    part(tunnel);
}

static void pass_early_bytes(Tunnel *tunnel, const TunnelEnds *ends)
{
    if (tunnel->websocket) {
        websocket_follow(&tunnel->up.frames, ends->from_client.at, ends->from_client.length);
        websocket_follow(&tunnel->down.frames, ends->from_upstream.at, ends->from_upstream.length);
    }
    pass(tunnel->client, tunnel->upstream, ends->from_client.at, ends->from_client.length);
    pass(tunnel->upstream, tunnel->client, ends->from_upstream.at, ends->from_upstream.length);
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
                       .websocket = ends->websocket};
    tunnel->up.ended = ends->client_ended;
    tunnel->timed.expired = on_expired;
    tunnel->member.abort = on_abort;
    link_init(&tunnel->member.link);
    slot_enter(tunnel->slot, tunnel->class_, &tunnel->member);
    traffic_watch(traffic, &tunnel->timed, FOR_EVER_MS);
    connection_set_owner(tunnel->client, &client_events, tunnel);
    connection_set_owner(tunnel->upstream, &upstream_events, tunnel);
    pass_early_bytes(tunnel, ends);
    if (tunnel->up.ended)
        connection_end_writing(tunnel->upstream);
    connection_read(tunnel->client, !connection_is_full(tunnel->upstream));
    connection_read(tunnel->upstream, !connection_is_full(tunnel->client));
}
