/* See connection.h. */
#include "proxy/server/connection.h"

#include "proxy/server/quiet_socket.h"

#include <stdlib.h>
#include <string.h>

enum {
    FINISH_FLUSH_MS = 30000, /* a client may take this long for the rest of an answer */
    FINISH_LISTEN_MS = 2000, /* and may go on sending this long behind it */
    JOINED_MAX = 2048,       /* so few bytes are copied sooner than the system takes two pieces */
    KEEPALIVE_SECONDS = 60
};

struct Connection {
    uv_tcp_t tcp;
    uv_connect_t connecting;
    uv_shutdown_t ending;
    Connections *all;
    Link finishing; /* in all->finishing after connection_finish() */
    int64_t finish_by_ms;
    const ConnectionEvents *events;
    void *owner;
    void (*closed)(void *who); /* NULL: nobody asks */
    void *closed_for;
    bool reading, ended, closing, was_full, failed, writing_ended;
};

typedef struct PendingWrite {
    uv_write_t request;
    char bytes[];
} PendingWrite;

static const ConnectionEvents nobody = {0};

bool connections_init(Connections *all, uv_loop_t *loop)
{
    all->loop = loop;
    all->open = 0;
    all->later = (Text){0};
    all->later_of = NULL;
    link_init(&all->finishing);
    all->block = malloc(BLOCK_BYTES + 2 * BLOCK_MARGIN);
    all->scratch = malloc(BLOCK_BYTES + 2 * BLOCK_MARGIN);
    return all->block && all->scratch;
}

void connections_free(Connections *all)
{
    free(all->block);
    free(all->scratch);
    text_free(&all->later);
}

void connections_sweep(Connections *all)
{
    int64_t now_ms = (int64_t)uv_now(all->loop);

    LINK_EACH(at, &all->finishing)
    {
        Connection *connection = LINK_OWNER(at, Connection, finishing);

        if (now_ms > connection->finish_by_ms)
            connection_reset(connection);
    }
}

static uv_stream_t *stream_of(Connection *connection)
{
    return (uv_stream_t *)&connection->tcp;
}

static Connection *of_handle(uv_handle_t *handle)
{
    return handle->data;
}

Connection *connection_new(Connections *all)
{
    Connection *connection = calloc(1, sizeof *connection);

    if (!connection || uv_tcp_init(all->loop, &connection->tcp) < 0) {
        free(connection);
        return NULL;
    }
    connection->tcp.data = connection;
    connection->all = all;
    connection->events = &nobody;
    link_init(&connection->finishing);
    all->open++;
    return connection;
}

/* Neither is worth failing for. */
void connection_tune(uv_tcp_t *tcp)
{
    (void)uv_tcp_nodelay(tcp, 1);
    (void)uv_tcp_keepalive(tcp, 1, KEEPALIVE_SECONDS);
}

Connection *connection_accept(Connections *all, Acceptor *acceptor)
{
    Connection *connection = connection_new(all);

    if (connection && acceptor_take(acceptor, &connection->tcp) < 0) {
        connection_close(connection);
        return NULL;
    }
    return connection;
}

void connection_set_owner(Connection *connection, const ConnectionEvents *events, void *owner)
{
    connection->events = events;
    connection->owner = owner;
}

void connection_on_closed(Connection *connection, void (*closed)(void *who), void *who)
{
    connection->closed = closed;
    connection->closed_for = who;
}

static void on_connected(uv_connect_t *request, int status)
{
    Connection *connection = of_handle((uv_handle_t *)request->handle);

    if (status == 0)
        connection_tune(&connection->tcp);
    if (connection->events->connected)
        connection->events->connected(connection->owner, status);
}

int connection_connect(Connection *connection, const struct sockaddr *address)
{
    return uv_tcp_connect(&connection->connecting, &connection->tcp, address, on_connected);
}

/* Safe to share: libuv asks for the block right before it fills it, and the data is handled before
 * the next read. */
static void give_block(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    (void)wanted; /* libuv always says 64 KiB */
    *out = uv_buf_init(of_handle(handle)->all->block + BLOCK_MARGIN, BLOCK_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    Connection *connection = of_handle((uv_handle_t *)stream);

    if (got > 0) {
        if (connection->events->data)
            connection->events->data(connection->owner, block->base, (size_t)got);
        return;
    }
    if (got == 0)
        return;
    connection_read(connection, false);
    connection->ended = true;
    if (!link_alone(&connection->finishing)) {
        if (connection_unsent(connection) == 0 || got != UV_EOF)
            connection_close(connection);
    } else if (connection->events->end) {
        connection->events->end(connection->owner, (int)got);
    }
}

void connection_read(Connection *connection, bool on)
{
    if (connection->reading == on || connection->closing || (on && connection->ended))
        return;
    connection->reading = on;
    if (on)
        (void)uv_read_start(stream_of(connection), give_block,
                            on_read); /* it is open: cannot fail */
    else
        (void)uv_read_stop(stream_of(connection)); /* never fails */
}

bool connection_has_ended(const Connection *connection)
{
    return connection->ended;
}

static void on_written(uv_write_t *request, int status)
{
    Connection *connection = of_handle((uv_handle_t *)request->handle);

    free(request); /* the first member of a PendingWrite */
    if (connection->closing)
        return;
    if (status < 0) {
        connection->failed = true;
        if (!link_alone(&connection->finishing))
            connection_close(connection);
        else if (connection->events->write_failed)
            connection->events->write_failed(connection->owner, status);
        return;
    }
    if (connection->was_full && connection_unsent(connection) <= CONNECTION_ROOM) {
        connection->was_full = false;
        if (connection->events->room)
            connection->events->room(connection->owner);
    }
}

/* Behind what waits already. Fails late, through on_written(), like any other write. */
static void queue(Connection *connection, const uv_buf_t pieces[2], size_t sent)
{
    size_t total = pieces[0].len + pieces[1].len - sent;
    PendingWrite *pending = malloc(sizeof *pending + total);
    size_t filled = 0;
    uv_buf_t buffer;

    if (!pending) {
        connection->failed = true; /* a deadline of the owner ends it */
        return;
    }
    for (int i = 0; i < 2; i++) {
        size_t skip = sent < pieces[i].len ? sent : pieces[i].len;

        if (pieces[i].len > skip)
            memcpy(pending->bytes + filled, pieces[i].base + skip, pieces[i].len - skip);
        filled += pieces[i].len - skip;
        sent -= skip;
    }
    buffer = uv_buf_init(pending->bytes, (unsigned)total);
    if (uv_write(&pending->request, stream_of(connection), &buffer, 1, on_written) < 0) {
        free(pending);
        connection->failed = true;
        return;
    }
    if (connection_unsent(connection) > CONNECTION_FULL)
        connection->was_full = true;
}

static void write_pieces(Connection *connection, const uv_buf_t pieces[2])
{
    size_t total = pieces[0].len + pieces[1].len;
    int sent = 0;

    if (total == 0 || connection->closing || connection->failed || connection->writing_ended)
        return;
    if (connection_unsent(connection) == 0) {
        if (pieces[0].len > 0)
            sent = uv_try_write(stream_of(connection), pieces, pieces[1].len > 0 ? 2 : 1);
        else
            sent = uv_try_write(stream_of(connection), pieces + 1, 1);
    }
    if (sent < 0)
        sent = 0; /* EAGAIN; anything else fails again in queue() and is reported from there */
    if ((size_t)sent < total)
        queue(connection, pieces, (size_t)sent);
}

static bool has_later(const Connection *connection)
{
    return connection->all->later_of == connection;
}

void connection_write(Connection *connection, const char *bytes, size_t length)
{
    Text *later = &connection->all->later;
    uv_buf_t pieces[2] = {{0}};

    if (has_later(connection)) {
        if (length <= JOINED_MAX) {
            text_append_bytes(later, bytes, length);
            length = 0;
        }
        connection->failed |= later->failed;
        pieces[0] = uv_buf_init(later->bytes, (unsigned)later->length);
        connection->all->later_of = NULL;
    }
    pieces[1] = uv_buf_init(NULL, (unsigned)length);
    memcpy(&pieces[1].base, &bytes, sizeof bytes); /* libuv only reads it */
    write_pieces(connection, pieces);
}

Text *connection_write_later(Connection *connection)
{
    Connections *all = connection->all;

    if (!has_later(connection)) {
        if (all->later_of)
            connection_flush(all->later_of);
        text_clear(&all->later);
        all->later_of = connection;
    }
    return &all->later;
}

void connection_flush(Connection *connection)
{
    if (has_later(connection))
        connection_write(connection, "", 0);
}

bool connection_is_full(const Connection *connection)
{
    return connection->was_full;
}

size_t connection_unsent(const Connection *connection)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp);
}

static void on_writing_ended(uv_shutdown_t *request, int status)
{
    Connection *connection = of_handle((uv_handle_t *)request->handle);

    if (link_alone(&connection->finishing) || connection->closing)
        return;
    connection->finish_by_ms = (int64_t)uv_now(connection->all->loop) + FINISH_LISTEN_MS;
    if (status < 0 || connection->ended)
        connection_close(connection);
}

void connection_end_writing(Connection *connection)
{
    if (connection->writing_ended || connection->closing)
        return;
    connection_flush(connection);
    connection->writing_ended = true;
    (void)uv_shutdown(&connection->ending, stream_of(connection), on_writing_ended);
}

void connection_finish(Connection *connection)
{
    if (!connection)
        return;
    connection_set_owner(connection, &nobody, NULL);
    if (connection->failed) {
        connection_close(connection);
        return;
    }
    link_add_last(&connection->all->finishing, &connection->finishing);
    connection->finish_by_ms = (int64_t)uv_now(connection->all->loop) + FINISH_FLUSH_MS;
    if (connection->ended && connection_unsent(connection) == 0 && !has_later(connection)) {
        connection_close(connection);
        return;
    }
    connection_end_writing(connection);
    connection_read(connection, true);
}

static void on_closed(uv_handle_t *handle)
{
    Connection *connection = of_handle(handle);

    connection->all->open--;
    if (connection->closed)
        connection->closed(connection->closed_for);
    free(connection);
}

static bool begin_close(Connection *connection)
{
    if (!connection || connection->closing)
        return false;
    connection->closing = true;
    if (has_later(connection))
        connection->all->later_of = NULL;
    connection_set_owner(connection, &nobody, NULL);
    link_remove(&connection->finishing);
    return true;
}

void connection_close(Connection *connection)
{
    if (begin_close(connection))
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

/* libuv cannot reset what is being shut down: then it is closed, and unread bytes reset it anyway.
 */
void connection_reset(Connection *connection)
{
    if (begin_close(connection) && uv_tcp_close_reset(&connection->tcp, on_closed) < 0)
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

bool connection_is_quiet(const Connection *connection)
{
    uv_os_fd_t descriptor;

    if (connection->ended || connection->failed || connection->closing ||
        uv_fileno((const uv_handle_t *)&connection->tcp, &descriptor) < 0)
        return false;
    return quiet_socket(descriptor);
}

void connection_peer_host(const Connection *connection, char *out, size_t size)
{
    struct sockaddr_storage peer;
    int length = (int)sizeof peer;

    out[0] = '\0';
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&peer, &length) == 0)
        (void)uv_ip_name((const struct sockaddr *)&peer, out, size); /* "" says unknown */
}

bool connection_ends(const Connection *connection, Endpoint *peer, Endpoint *here)
{
    int peer_length = (int)sizeof *peer;
    int here_length = (int)sizeof *here;

    return uv_tcp_getpeername(&connection->tcp, &peer->any, &peer_length) == 0 &&
           uv_tcp_getsockname(&connection->tcp, &here->any, &here_length) == 0;
}
