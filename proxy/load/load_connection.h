/* load_connection: one client connection that carries one request at a time.
 *
 * A connection belongs to itself: it is freed when libuv has closed it. Its owner is told by
 * `closed`, and forgets it then. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_CONNECTION_H
#define GODEPLOY_PROXY_LOAD_LOAD_CONNECTION_H

#include "proxy/load/load_message.h"
#include "proxy/load/load_response.h"
#include "proxy/load/load_tally.h"

#include <uv.h>

typedef struct LoadConnection LoadConnection;

/* What the connections of one owner have in common. Outlives them. */
typedef struct LoadTarget {
    uv_loop_t *loop;
    const struct sockaddr_storage *address;
    const char *identity_header;
    char *buffer; /* for reading; shared, as each read is used up at once */
    size_t buffer_size;
    void *owner;
    /* `job` has ended; called once for each, possibly before the call that began it returns.
     * `idle`: the connection can carry another. The response may be looked at until then. */
    void (*finished)(void *owner, void *job, LoadOutcome outcome, LoadConnection *connection,
                     bool idle);
    /* Not to be used any more. `was_idle`: the server ended it between requests. */
    void (*closed)(void *owner, LoadConnection *connection, bool was_idle);
    void (*body)(void *owner, uint64_t bytes); /* body bytes arrived; NULL: not wanted */
} LoadTarget;

/* A connection that goes nowhere yet. NULL if out of memory; then nothing was called. */
LoadConnection *load_connection_new(const LoadTarget *target);
/* Connects a new one and sends. */
void load_connection_open(LoadConnection *connection, void *job, const LoadMessage *message);
/* Sends on an idle connection. */
void load_connection_send(LoadConnection *connection, void *job, const LoadMessage *message);
/* Closes without a word about its job. Calls `closed`, unless it was called. */
void load_connection_close(LoadConnection *connection);
/* Of the request that finished last. */
const LoadResponse *load_connection_response(const LoadConnection *connection);

#endif
