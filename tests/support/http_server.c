/* See http_server.h. */
#include "tests/support/http_server.h"

#include "tests/support/loopback.h"
#include "verify/openssl.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { TICK_MS = 20, CLIENT_PATIENCE_MS = 10000 };

struct HttpServer {
    Loopback listener;
    uint16_t port;
    SSL_CTX *tls; /* NULL: plain */
    HttpAnswering answering;
    void *context;
    pthread_t thread;
    atomic_bool stopping;
    pthread_mutex_t guard; /* count, last */
    int count;
    HttpAsked last;
};

struct HttpReply {
    HttpServer *server;
    Loopback connection;
    SSL *tls; /* NULL: plain */
    bool broken;
};

static bool readable(HttpServer *server, Loopback loopback, int patience_ms)
{
    for (int waited = 0; waited < patience_ms && !atomic_load(&server->stopping); waited += TICK_MS)
        if (loopback_readable(loopback, TICK_MS))
            return true;
    return false;
}

/* ---- TLS, or none ---- */

/* Waits for what a step of TLS could not do without; false if it failed for good. */
static bool tls_may_go_on(HttpReply *reply, int result)
{
    switch (SSL_get_error(reply->tls, result)) {
    case SSL_ERROR_WANT_READ:
        return readable(reply->server, reply->connection, CLIENT_PATIENCE_MS);
    case SSL_ERROR_WANT_WRITE:
        return loopback_writable(reply->connection, CLIENT_PATIENCE_MS);
    default:
        return false;
    }
}

static bool shake_hands(HttpReply *reply)
{
    int result = 0;

    if (!reply->server->tls)
        return true;
    reply->tls = SSL_new(reply->server->tls);
    if (!reply->tls || SSL_set_fd(reply->tls, (int)reply->connection) != 1)
        return false;
    do
        result = SSL_accept(reply->tls);
    while (result != 1 && tls_may_go_on(reply, result));
    return result == 1;
}

static long receive(HttpReply *reply, void *bytes, size_t room)
{
    int result = 0;

    if (!reply->tls)
        return readable(reply->server, reply->connection, CLIENT_PATIENCE_MS)
                   ? loopback_receive(reply->connection, bytes, room)
                   : -1;
    do
        result = SSL_read(reply->tls, bytes, (int)room);
    while (result <= 0 && tls_may_go_on(reply, result));
    return result;
}

static long send_some(HttpReply *reply, const void *bytes, size_t length)
{
    int result = 0;

    if (!reply->tls)
        return loopback_send(reply->connection, bytes, length);
    do
        result = SSL_write(reply->tls, bytes, (int)length);
    while (result <= 0 && tls_may_go_on(reply, result));
    return result;
}

static bool client_left(HttpReply *reply)
{
    char byte = 0;
    int result = 0;

    if (!reply->tls)
        return loopback_at_end(reply->connection);
    result = SSL_peek(reply->tls, &byte, 1);
    return result <= 0 && SSL_get_error(reply->tls, result) != SSL_ERROR_WANT_READ;
}

/* ---- what an answering function does ---- */

void http_reply_bytes(HttpReply *reply, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0 && !reply->broken && !atomic_load(&reply->server->stopping)) {
        long sent = 0;
        if (!loopback_writable(reply->connection, TICK_MS))
            continue;
        sent = send_some(reply, at, length);
        if (sent <= 0)
            reply->broken = true;
        else {
            at += sent;
            length -= (size_t)sent;
        }
    }
}

void http_reply_text(HttpReply *reply, const char *format, ...)
{
    char text[8192];
    va_list arguments;
    int length = 0;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        http_reply_bytes(reply, text, (size_t)length);
}

bool http_reply_gone(HttpReply *reply)
{
    return reply->broken || atomic_load(&reply->server->stopping) || client_left(reply);
}

void http_reply_pause(HttpReply *reply, int ms)
{
    struct timespec tick = {.tv_nsec = 5 * 1000 * 1000};

    for (int waited = 0; waited < ms && !http_reply_gone(reply); waited += 5)
        (void)nanosleep(&tick, NULL);
}

void http_reply_stall(HttpReply *reply)
{
    while (!http_reply_gone(reply))
        http_reply_pause(reply, TICK_MS);
}

void http_reply_reset(HttpReply *reply)
{
    loopback_reset_on_close(reply->connection);
    reply->broken = true;
}

bool http_asked_header(const HttpAsked *asked, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);

    for (const char *line = strstr(asked->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");
            (void)snprintf(out, size, "%.*s", (int)strcspn(value, "\r\n"), value);
            return true;
        }
    }
    return false;
}

/* The part that is asked for: true if `file` may be continued from *first. */
static bool wants_rest(const HttpAsked *asked, const HttpServedFile *file, size_t *first)
{
    char range[64];
    char condition[256];

    if (file->ignores_range || !http_asked_header(asked, "Range", range, sizeof range) ||
        strncmp(range, "bytes=", 6) != 0)
        return false;
    *first = (size_t)strtoull(range + 6, NULL, 10);
    if (!http_asked_header(asked, "If-Range", condition, sizeof condition))
        return true;
    if (condition[0] == '"')
        return file->etag && strcmp(condition, file->etag) == 0;
    return file->last_modified && strcmp(condition, file->last_modified) == 0;
}

static void send_validators(HttpReply *reply, const HttpServedFile *file)
{
    http_reply_text(reply, "Date: Fri, 20 Nov 2026 12:00:00 GMT\r\n");
    if (file->etag)
        http_reply_text(reply, "ETag: %s\r\n", file->etag);
    if (file->last_modified)
        http_reply_text(reply, "Last-Modified: %s\r\n", file->last_modified);
    http_reply_text(reply, "Connection: close\r\n");
}

void http_reply_file(HttpReply *reply, const HttpAsked *asked, const HttpServedFile *file)
{
    size_t first = 0;
    size_t length = 0;

    if (wants_rest(asked, file, &first) && first >= file->length) {
        http_reply_text(reply,
                        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */%zu\r\n",
                        file->length);
        send_validators(reply, file);
        http_reply_text(reply, "Content-Length: 0\r\n\r\n");
        return;
    }
    if (wants_rest(asked, file, &first))
        http_reply_text(reply,
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %zu-%zu/%zu\r\n",
                        first, file->length - 1, file->length);
    else {
        first = 0;
        http_reply_text(reply, "HTTP/1.1 200 OK\r\n");
    }
    length = file->length - first;
    send_validators(reply, file);
    http_reply_text(reply, "Content-Length: %zu\r\n\r\n", length);
    if (file->cut_after == 0 || file->cut_after >= length) {
        http_reply_bytes(reply, file->bytes + first, length);
        return;
    }
    http_reply_bytes(reply, file->bytes + first, file->cut_after);
    if (file->stall_at_cut)
        http_reply_stall(reply);
}

static bool read_more(HttpReply *reply, char *to, size_t room, size_t *got)
{
    long came = room == 0 ? 0 : receive(reply, to, room);

    if (came <= 0)
        return false;
    *got += (size_t)came;
    return true;
}

static bool read_request(HttpReply *reply, HttpAsked *asked)
{
    size_t got = 0;
    size_t body = 0;
    char *end = NULL;
    char length[32];

    while (!end) {
        if (!read_more(reply, asked->head + got, sizeof asked->head - 1 - got, &got))
            return false;
        asked->head[got] = '\0';
        end = strstr(asked->head, "\r\n\r\n");
    }
    end += 4;
    asked->body_length = got - (size_t)(end - asked->head);
    if (asked->body_length >= sizeof asked->body)
        return false;
    memcpy(asked->body, end, asked->body_length);
    *end = '\0';
    (void)snprintf(asked->method, sizeof asked->method, "%.*s", (int)strcspn(asked->head, " "),
                   asked->head);
    end = asked->head + strcspn(asked->head, " ") + 1;
    (void)snprintf(asked->target, sizeof asked->target, "%.*s", (int)strcspn(end, " \r"), end);
    if (http_asked_header(asked, "Content-Length", length, sizeof length))
        body = (size_t)strtoull(length, NULL, 10);
    while (asked->body_length < body)
        if (!read_more(reply, asked->body + asked->body_length,
                       sizeof asked->body - 1 - asked->body_length, &asked->body_length))
            return false;
    return true;
}

/* What the client sent and we did not read would turn our close into a reset. */
static void close_politely(HttpReply *reply)
{
    char bytes[4096];

    if (!reply->broken) {
        if (reply->tls)
            (void)SSL_shutdown(reply->tls); /* says it; the answer is among what is read next */
        loopback_say_end(reply->connection);
        while (readable(reply->server, reply->connection, 2000) &&
               loopback_receive(reply->connection, bytes, sizeof bytes) > 0)
            continue;
    }
    SSL_free(reply->tls);
    loopback_close(reply->connection);
}

static void serve_one(HttpServer *server, Loopback connection)
{
    HttpAsked asked = {0};
    HttpReply reply = {.server = server, .connection = connection};

    if (shake_hands(&reply) && read_request(&reply, &asked)) {
        (void)pthread_mutex_lock(&server->guard);
        asked.number = ++server->count;
        server->last = asked;
        (void)pthread_mutex_unlock(&server->guard);
        server->answering(&reply, &asked, server->context);
    }
    close_politely(&reply);
}

static void *serve(void *context)
{
    HttpServer *server = context;

    while (!atomic_load(&server->stopping)) {
        Loopback connection = NO_LOOPBACK;
        if (!readable(server, server->listener, TICK_MS * 5))
            continue;
        connection = loopback_accept(server->listener);
        if (connection != NO_LOOPBACK)
            serve_one(server, connection);
    }
    return NULL;
}

/* ---- its life ---- */

static bool set_up_tls(HttpServer *server, const char *certificate, const char *key)
{
    server->tls = SSL_CTX_new(TLS_server_method());
    return server->tls &&
           SSL_CTX_use_certificate_file(server->tls, certificate, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_use_PrivateKey_file(server->tls, key, SSL_FILETYPE_PEM) == 1;
}

static bool start(HttpServer *server)
{
    server->listener = loopback_listen(&server->port);
    return server->listener != NO_LOOPBACK && pthread_mutex_init(&server->guard, NULL) == 0 &&
           pthread_create(&server->thread, NULL, serve, server) == 0;
}

static void forget(HttpServer *server)
{
    loopback_close(server->listener);
    SSL_CTX_free(server->tls);
    free(server);
}

static HttpServer *make(HttpAnswering answering, void *context)
{
    HttpServer *server = calloc(1, sizeof *server);

    if (!server)
        return NULL;
    server->listener = NO_LOOPBACK;
    server->answering = answering;
    server->context = context;
    return server;
}

HttpServer *http_server_start(HttpAnswering answering, void *context)
{
    HttpServer *server = make(answering, context);

    if (!server || start(server))
        return server;
    forget(server);
    return NULL;
}

HttpServer *http_server_start_tls(HttpAnswering answering, void *context, const char *certificate,
                                  const char *key)
{
    HttpServer *server = make(answering, context);

    if (!server || (set_up_tls(server, certificate, key) && start(server)))
        return server;
    forget(server);
    return NULL;
}

void http_server_stop(HttpServer *server)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    (void)pthread_join(server->thread, NULL);
    (void)pthread_mutex_destroy(&server->guard);
    forget(server);
}

uint16_t http_server_port(const HttpServer *server)
{
    return server->port;
}

int http_server_count(HttpServer *server)
{
    int count = 0;

    (void)pthread_mutex_lock(&server->guard);
    count = server->count;
    (void)pthread_mutex_unlock(&server->guard);
    return count;
}

bool http_server_last(HttpServer *server, HttpAsked *out)
{
    (void)pthread_mutex_lock(&server->guard);
    *out = server->last;
    (void)pthread_mutex_unlock(&server->guard);
    return out->number > 0;
}
