/* connection: one TCP stream with a bounded way out: whoever feeds it asks connection_is_full() and
 * stops until `room` is called, so that no body is ever held in memory as a whole.
 *
 * Events come from the event loop only, never out of a call below. A connection that was closed,
 * reset or left to finish calls its owner no more. */
#ifndef GODEPLOY_PROXY_SERVER_CONNECTION_H
#define GODEPLOY_PROXY_SERVER_CONNECTION_H

#include "base/text.h"
#include "proxy/server/acceptor.h"
#include "proxy/server/endpoint.h"
#include "proxy/server/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    BLOCK_BYTES = 64 * 1024,     /* most that one read brings */
    BLOCK_MARGIN = 32,           /* free bytes before and behind it: room for a chunk's framing */
    CONNECTION_FULL = 32 * 1024, /* bytes not yet taken by the system: stop feeding. With the block
                                    that made it full, this bounds what one way holds */
    CONNECTION_ROOM = 8 * 1024   /* go on feeding */
};

typedef struct Connection Connection;

/* What the connections of one worker share. */
typedef struct Connections {
    uv_loop_t *loop;
    char *block;   /* of the read going on */
    char *scratch; /* for bytes that were kept and are handled like a read; same size and margins */
    Text later;    /* what is to leave together with the next bytes; empty between two events */
    Connection *later_of; /* where it goes; NULL: nothing is waiting */
    Link finishing;
    size_t open;
} Connections;

bool connections_init(Connections *all, uv_loop_t *loop); /* false: out of memory */
void connections_free(Connections *all);
/* Ends connections that were left to finish and do not. Call it a few times a second. */
void connections_sweep(Connections *all);

/* Each may be NULL. `bytes` may be changed, and has BLOCK_MARGIN free bytes on both sides. */
typedef struct ConnectionEvents {
    void (*connected)(void *owner, int status); /* 0, or why connection_connect() failed */
    void (*data)(void *owner, char *bytes, size_t length);
    void (*end)(void *owner, int status); /* nothing more comes: UV_EOF, or an error */
    void (*write_failed)(void *owner, int status);
    void (*room)(void *owner);
} ConnectionEvents;

/* Before it listens, where what it accepts inherits how it is tuned (tcp(7) of Linux): that saves
 * five calls for each client. */
void connection_tune(uv_tcp_t *tcp);

/* Both NULL if out of memory or descriptors. Owned by the caller until one of the three ends below.
 */
Connection *connection_new(Connections *all);
Connection *connection_accept(Connections *all, Acceptor *acceptor);
void connection_set_owner(Connection *connection, const ConnectionEvents *events, void *owner);

/* Called once its descriptor is closed, whoever owns it then. */
void connection_on_closed(Connection *connection, void (*closed)(void *who), void *who);

/* 0, or why it cannot even begin. */
int connection_connect(Connection *connection, const struct sockaddr *address);

void connection_read(Connection *connection, bool on);
bool connection_has_ended(const Connection *connection); /* `end` was called */

/* Sends a copy. Errors come as write_failed. */
void connection_write(Connection *connection, const char *bytes, size_t length);
/* A text to add to, which leaves with the next write to this connection or with a flush, and at the
 * latest before another connection gets its own: a head and the first bytes of its body leave
 * together, and nobody allocates for them. Do not leave an event without one of these. */
Text *connection_write_later(Connection *connection);
void connection_flush(Connection *connection);
bool connection_is_full(const Connection *connection);
size_t connection_unsent(const Connection *connection); /* bytes that the system has not taken */

/* Half-close: what was written goes out first, then FIN. */
void connection_end_writing(Connection *connection);

/* The three ends; all accept NULL. finish: what was written goes out, and what the peer still sends
 * is read for a moment, so that no RST destroys the answer (RFC 9112 section 9.6). close: at once.
 * reset: at once and so that the peer sees an error, not an end. */
void connection_finish(Connection *connection);
void connection_close(Connection *connection);
void connection_reset(Connection *connection);

/* True if the peer has neither closed it nor sent anything: a pooled connection may be used again.
 */
bool connection_is_quiet(const Connection *connection);

/* Numeric host of the peer, "" if unknown. */
void connection_peer_host(const Connection *connection, char *out, size_t size);

/* The two addresses of a connection; false if the system does not know them any more. */
bool connection_ends(const Connection *connection, Endpoint *peer, Endpoint *here);

#endif
