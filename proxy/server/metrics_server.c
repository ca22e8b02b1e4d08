/* See metrics_server.h. */
#include "proxy/server/metrics_server.h"

#include "proxy/server/endpoint.h"
#include "proxy/server/http/http_head.h"
#include "proxy/server/http/http_reply.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 8 * 1024, CLIENTS_MAX = 16, PATIENCE_MS = 10000, BACKLOG = 16 };

struct MetricsClient {
    uv_tcp_t tcp; /* first */
    uv_timer_t patience;
    uv_write_t write;
    uv_shutdown_t goodbye;
    MetricsServer *server;
    Text answer;
    int open_handles;
    bool waits; /* for metrics_answer() */
    bool gone;
    size_t length;
    size_t scanned;
    char head[HEAD_MAX];
};

/* ---- the end ---- */

static void free_if_over(MetricsClient *client)
{
    if (client->open_handles > 0 || client->waits)
        return;
    text_free(&client->answer);
    free(client);
}

static void on_handle_closed(uv_handle_t *handle)
{
    MetricsClient *client = handle->data;

    client->open_handles--;
    free_if_over(client);
}

static void leave(MetricsClient *client)
{
    if (client->gone)
        return;
    client->gone = true;
    client->server->clients--;
    uv_close((uv_handle_t *)&client->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&client->patience, on_handle_closed);
}

static void on_patience_over(uv_timer_t *timer)
{
    leave(timer->data);
}

static void on_goodbye(uv_shutdown_t *request, int status)
{
    (void)status;
    leave(request->handle->data);
}

/* ---- answers ---- */

static void on_written(uv_write_t *request, int status)
{
    MetricsClient *client = request->handle->data;

    if (status < 0 || uv_shutdown(&client->goodbye, request->handle, on_goodbye) < 0)
        leave(client);
}

static void send_answer(MetricsClient *client)
{
    uv_buf_t buffer = uv_buf_init(client->answer.bytes, (unsigned)client->answer.length);

    if (client->answer.failed ||
        uv_write(&client->write, (uv_stream_t *)&client->tcp, &buffer, 1, on_written) < 0)
        leave(client);
}

static void refuse(MetricsClient *client, int status, const char *why)
{
    HttpReply reply = {.status = status, .why = why, .request_id = "", .close = true};

    http_reply_append(&reply, &client->answer);
    send_answer(client);
}

void metrics_answer(MetricsClient *client, const Text *body)
{
    client->waits = false;
    if (client->gone) {
        free_if_over(client);
        return;
    }
    if (body->failed) {
        refuse(client, 503, "out of memory");
        return;
    }
    text_appendf(&client->answer,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                 body->length);
    if (body->length > 0)
        text_append_bytes(&client->answer, body->bytes, body->length);
    send_answer(client);
}

/* ---- questions ---- */

static bool asks_for_metrics(const HttpHead *head)
{
    static const char path[] = "/metrics";
    size_t length = sizeof path - 1;

    return head->target.length >= length && memcmp(head->target.at, path, length) == 0 &&
           (head->target.length == length || head->target.at[length] == '?');
}

static void hear(MetricsClient *client, size_t head_length)
{
    HttpHead head;
    HttpRefusal refusal = http_head_parse_request(client->head, head_length, &head);

    (void)uv_read_stop((uv_stream_t *)&client->tcp); /* never fails */
    if (refusal.status) {
        refuse(client, refusal.status, refusal.why);
    } else if (!asks_for_metrics(&head)) {
        refuse(client, 404, "there is /metrics, and nothing else");
    } else if (head.method.length != 3 || memcmp(head.method.at, "GET", 3) != 0) {
        refuse(client, 405, "it can be got, and nothing else");
    } else {
        client->waits = true;
        client->server->asked(client->server->owner, client);
    }
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    MetricsClient *client = handle->data;

    (void)wanted;
    *out = uv_buf_init(client->head + client->length, (unsigned)(HEAD_MAX - client->length));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    MetricsClient *client = stream->data;
    size_t head_length = 0;

    (void)block;
    if (got < 0) {
        leave(client); /* also where the head fills the memory there is */
        return;
    }
    client->length += (size_t)got;
    switch (http_head_find_end(client->head, client->length, &client->scanned, &head_length)) {
    case HTTP_HEAD_UNFINISHED:
        break;
    case HTTP_HEAD_BARE_LF:
        leave(client);
        break;
    case HTTP_HEAD_ENDED:
        hear(client, head_length);
        break;
    }
}

static void on_client(uv_stream_t *stream, int status)
{
    MetricsServer *server = stream->data;
    MetricsClient *client = status == 0 ? calloc(1, sizeof *client) : NULL;

    if (!client)
        return;
    client->server = server;
    client->tcp.data = client;
    client->patience.data = client;
    client->open_handles = 2;
    server->clients++;
    (void)uv_tcp_init(server->loop, &client->tcp); /* never fails, as the timer */
    (void)uv_timer_init(server->loop, &client->patience);
    (void)uv_timer_start(&client->patience, on_patience_over, PATIENCE_MS, 0);
    if (uv_accept(stream, (uv_stream_t *)&client->tcp) < 0 || server->clients > CLIENTS_MAX)
        leave(client);
    else
        (void)uv_read_start((uv_stream_t *)&client->tcp, give_memory, on_read); /* it is open */
}

/* ---- listening ---- */

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle);
}

void metrics_server_close(MetricsServer *server)
{
    if (server->listener)
        uv_close((uv_handle_t *)server->listener, on_listener_closed);
    server->listener = NULL;
}

static int open_at(uv_tcp_t *listener, const Address *address)
{
    Endpoint endpoint;
    int status = endpoint_of(address, &endpoint) ? 0 : UV_EINVAL;

    if (status == 0)
        status = uv_tcp_bind(listener, &endpoint.any, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)listener, BACKLOG, on_client);
    return status;
}

bool metrics_server_listen(MetricsServer *server, const Address *address, Error *err)
{
    uv_tcp_t *listener = calloc(1, sizeof *listener);
    char text[ADDRESS_TEXT_SIZE];
    int status = 0;

    if (!listener)
        return error_memory(err);
    (void)uv_tcp_init(server->loop, listener); /* never fails */
    listener->data = server;
    status = open_at(listener, address);
    if (status < 0) {
        uv_close((uv_handle_t *)listener, on_listener_closed);
        return error_set(err, ERR_NETWORK, "listening on %s for metrics: %s",
                         address_format(address, text), uv_strerror(status));
    }
    metrics_server_close(server);
    server->listener = listener;
    return true;
}
