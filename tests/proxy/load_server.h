/* A small HTTP server on a thread of its own, whose misbehaviour is known exactly. Included by the
 * one test that needs it; it asserts with cmocka, in the test's own thread only. */
#ifndef GODEPLOY_TESTS_PROXY_LOAD_SERVER_H
#define GODEPLOY_TESTS_PROXY_LOAD_SERVER_H

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

enum { REQUEST_SIZE = 16384, ANSWER_SIZE = 512 };

/* What the server does; fixed before it starts. 0 and false: it behaves. */
typedef struct Ways {
    unsigned reset_every;  /* resets the connection of each so manieth request */
    unsigned fail_every;   /* answers 503 to each so manieth */
    unsigned stall_at;     /* before it answers that request, it does nothing at all */
    unsigned stall_ms;     /* for so long */
    unsigned second_from;  /* from that request on it is release 2.0.0 */
    bool closes_when_idle; /* closes behind each answer without having said so */
    bool is_silent;        /* never answers */
    bool cuts_streams;     /* ends them without their last chunk */
    bool holds_streams;    /* does not end them */
} Ways;

typedef struct Server {
    Ways ways;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t stop;
    uv_thread_t thread;
    uint16_t port;
    /* Looked at after server_stop(). */
    unsigned requests, posts, connections;
    size_t body_bytes;
} Server;

typedef struct Client {
    uv_tcp_t tcp;
    Server *server;
    char bytes[REQUEST_SIZE + 1];
    size_t length;
} Client;

static void on_client_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_client(Client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_client_closed);
}

static void say(Client *client, const char *text)
{
    uv_buf_t buffer = uv_buf_init(text_copy(text), (unsigned int)strlen(text));

    (void)uv_try_write((uv_stream_t *)&client->tcp, &buffer,
                       1); /* small: it fits, or nobody reads */
    free(buffer.base);
}

static void answer_stream(Client *client)
{
    say(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    if (client->server->ways.holds_streams)
        return;
    if (!client->server->ways.cuts_streams)
        say(client, "0\r\n\r\n");
    close_client(client);
}

static bool is_nth(unsigned number, unsigned every)
{
    return every > 0 && number % every == 0;
}

static void answer(Client *client, bool is_last)
{
    Server *server = client->server;
    unsigned number = ++server->requests;
    char text[ANSWER_SIZE];

    if (number == server->ways.stall_at)
        uv_sleep(server->ways.stall_ms);
    if (server->ways.is_silent)
        return;
    if (is_nth(number, server->ways.reset_every)) {
        (void)uv_tcp_close_reset(&client->tcp, on_client_closed);
        return;
    }
    (void)snprintf(
        text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: 2\r\nX-Release: %s\r\n\r\nok",
        is_nth(number, server->ways.fail_every) ? "503 Busy" : "200 OK",
        server->ways.second_from && number >= server->ways.second_from ? "2.0.0" : "1.0.0");
    say(client, text);
    if (is_last || server->ways.closes_when_idle)
        close_client(client);
}

/* Answers if the request is whole. */
static void take_request(Client *client)
{
    const char *head_end = strstr(client->bytes, "\r\n\r\n");
    const char *length = strstr(client->bytes, "Content-Length: ");
    size_t body = 0;

    if (!head_end)
        return;
    if (length)
        body = strtoul(length + strlen("Content-Length: "), NULL, 10);
    if (client->length < (size_t)(head_end + 4 - client->bytes) + body)
        return;
    client->length = 0;
    if (text_starts_with(client->bytes, "GET /stream ")) {
        answer_stream(client);
        return;
    }
    client->server->body_bytes += body;
    client->server->posts += text_starts_with(client->bytes, "POST ");
    answer(client, strstr(client->bytes, "Connection: close") != NULL);
}

static void give_rest(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    Client *client = handle->data;

    (void)suggested;
    *out =
        uv_buf_init(client->bytes + client->length, (unsigned int)(REQUEST_SIZE - client->length));
}

static void on_bytes(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    Client *client = stream->data;

    (void)buffer;
    if (length < 0) {
        close_client(client);
        return;
    }
    client->length += (size_t)length;
    client->bytes[client->length] = '\0';
    take_request(client);
}

static void on_connection(uv_stream_t *listener, int status)
{
    Server *server = listener->data;
    Client *client = calloc(1, sizeof(*client));

    if (status < 0 || !client)
        abort();
    server->connections++;
    client->server = server;
    client->tcp.data = client;
    (void)uv_tcp_init(&server->loop, &client->tcp);
    if (uv_accept(listener, (uv_stream_t *)&client->tcp) < 0)
        close_client(client);
    else
        (void)uv_read_start((uv_stream_t *)&client->tcp, give_rest, on_bytes);
}

static void close_any(uv_handle_t *handle, void *server)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle->data == server ? NULL : on_client_closed);
}

static void on_stop(uv_async_t *stop)
{
    uv_walk(stop->loop, close_any, stop->data);
}

static void serve(void *server)
{
    (void)uv_run(&((Server *)server)->loop, UV_RUN_DEFAULT);
}

static void server_start(Server *server, Ways ways)
{
    struct sockaddr_in address;
    struct sockaddr_storage bound;
    int length = sizeof(bound);

    *server = (Server){.ways = ways};
    assert_int_equal(uv_loop_init(&server->loop), 0);
    assert_int_equal(uv_tcp_init(&server->loop, &server->listener), 0);
    assert_int_equal(uv_async_init(&server->loop, &server->stop, on_stop), 0);
    server->listener.data = server;
    server->stop.data = server;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 128, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&server->listener, (struct sockaddr *)&bound, &length), 0);
    memcpy(&address, &bound, sizeof(address));
    server->port = (uint16_t)(address.sin_port << 8 | address.sin_port >> 8);
    assert_int_equal(uv_thread_create(&server->thread, serve, server), 0);
}

static void server_stop(Server *server)
{
    assert_int_equal(uv_async_send(&server->stop), 0);
    assert_int_equal(uv_thread_join(&server->thread), 0);
    assert_int_equal(uv_loop_close(&server->loop), 0);
}

#endif
