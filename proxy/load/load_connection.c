#include "proxy/load/load_connection.h"

struct LoadConnection {
    uv_tcp_t tcp;
    uv_connect_t connecting;
    uv_write_t writing;
    const LoadTarget *target;
    const LoadMessage *message; /* of the job under way */
    void *job;                  /* NULL: idle */
    LoadResponse response;
    bool is_used;    /* has carried a request before */
    bool is_writing; /* libuv still holds bytes of the message */
    bool is_closing;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_now(LoadConnection *connection, bool was_idle)
{
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    connection->job = NULL;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    connection->target->closed(connection->target->owner, connection, was_idle);
}

void load_connection_close(LoadConnection *connection)
{
    close_now(connection, false);
}

const LoadResponse *load_connection_response(const LoadConnection *connection)
{
    return &connection->response;
}

static void finish(LoadConnection *connection, LoadOutcome outcome)
{
    void *job = TAKE(connection->job);
    bool idle = outcome == LOAD_ANSWERED && connection->response.keep_alive &&
                !connection->is_writing && !connection->message->is_last;

    connection->is_used = true;
    connection->target->finished(connection->target->owner, job, outcome, connection, idle);
    if (!idle)
        close_now(connection, false);
}

static LoadOutcome outcome_of(int status)
{
    switch (status) {
    case UV_ECONNREFUSED:
        return LOAD_REFUSED;
    case UV_EOF:
    case UV_EPIPE:
    case UV_ECONNRESET:
    case UV_ECONNABORTED:
        return LOAD_RESET;
    default:
        return LOAD_OTHER;
    }
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    const LoadConnection *connection = handle->data;

    (void)suggested;
    *out = uv_buf_init(connection->target->buffer, (unsigned int)connection->target->buffer_size);
}

static void take_bytes(LoadConnection *connection, const char *bytes, size_t length)
{
    const LoadTarget *target = connection->target;
    uint64_t before = connection->response.body_bytes;
    LoadReading reading = load_response_feed(&connection->response, bytes, length);

    if (target->body && connection->response.body_bytes > before)
        target->body(target->owner, connection->response.body_bytes - before);
    if (reading == LOAD_READING_DONE)
        finish(connection, LOAD_ANSWERED);
    else if (reading == LOAD_READING_BROKEN)
        finish(connection, LOAD_MALFORMED);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    LoadConnection *connection = stream->data;

    if (length == 0)
        return;
    if (!connection->job) { /* the server ends an idle connection, or says what nobody asked */
        close_now(connection, true);
    } else if (length > 0) {
        take_bytes(connection, buffer->base, (size_t)length);
    } else if (length == UV_EOF && load_response_end(&connection->response)) {
        finish(connection, LOAD_ANSWERED);
    } else {
        finish(connection, outcome_of((int)length));
    }
}

/* A failed write needs no word here: the reading side learns of it too, behind an early answer. */
static void on_written(uv_write_t *request, int status)
{
    LoadConnection *connection = request->handle->data;

    (void)status;
    connection->is_writing = false;
}

/* What of the message did not fit into the socket. */
static unsigned int rest_of(const LoadMessage *message, size_t sent, uv_buf_t rest[2])
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < message->part_count; i++) {
        const uv_buf_t *part = &message->parts[i];
        size_t skipped = sent < part->len ? sent : part->len;

        sent -= skipped;
        if (skipped < part->len)
            rest[count++] = uv_buf_init(part->base + skipped, (unsigned int)(part->len - skipped));
    }
    return count;
}

static void send_message(LoadConnection *connection)
{
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    const LoadMessage *message = connection->message;
    uv_buf_t rest[2];
    unsigned int rest_count;
    int sent = uv_try_write(stream, message->parts, message->part_count);

    if (sent < 0 && sent != UV_EAGAIN) {
        finish(connection, connection->is_used ? LOAD_UNSENT : outcome_of(sent));
        return;
    }
    rest_count = rest_of(message, sent < 0 ? 0 : (size_t)sent, rest);
    if (rest_count == 0)
        return;
    connection->is_writing = true;
    sent = uv_write(&connection->writing, stream, rest, rest_count, on_written);
    if (sent < 0) {
        connection->is_writing = false;
        finish(connection, outcome_of(sent));
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    LoadConnection *connection = request->handle->data;
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;

    if (connection->is_closing)
        return;
    if (status == 0)
        status = uv_read_start(stream, give_buffer, on_read);
    if (status < 0)
        finish(connection, outcome_of(status));
    else
        send_message(connection);
}

static void begin_job(LoadConnection *connection, void *job, const LoadMessage *message)
{
    connection->job = job;
    connection->message = message;
    load_response_begin(&connection->response, connection->target->identity_header);
}

LoadConnection *load_connection_new(const LoadTarget *target)
{
    LoadConnection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return NULL;
    connection->target = target;
    if (uv_tcp_init(target->loop, &connection->tcp) < 0) {
        free(connection);
        return NULL;
    }
    connection->tcp.data = connection;
    return connection;
}

void load_connection_open(LoadConnection *connection, void *job, const LoadMessage *message)
{
    int status;

    begin_job(connection, job, message);
    status = uv_tcp_connect(&connection->connecting, &connection->tcp,
                            (const struct sockaddr *)connection->target->address, on_connected);
    if (status < 0)
        finish(connection, outcome_of(status));
    else
        (void)uv_tcp_nodelay(&connection->tcp, 1); /* slower without, not wrong */
}

void load_connection_send(LoadConnection *connection, void *job, const LoadMessage *message)
{
    begin_job(connection, job, message);
    send_message(connection);
}
