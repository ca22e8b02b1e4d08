/* See http_server.h. */
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 20, CLIENT_PATIENCE_MS = 10000 };

struct HttpServer {
    int listener;
    uint16_t port;
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
    int connection;
    bool broken;
};

static bool readable(HttpServer *server, int descriptor, int patience_ms)
{
    for (int waited = 0; waited < patience_ms && !atomic_load(&server->stopping);
         waited += TICK_MS) {
        struct pollfd one = {.fd = descriptor, .events = POLLIN};
        if (poll(&one, 1, TICK_MS) > 0)
            return true;
    }
    return false;
}

void http_reply_bytes(HttpReply *reply, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0 && !reply->broken && !atomic_load(&reply->server->stopping)) {
        struct pollfd one = {.fd = reply->connection, .events = POLLOUT};
        ssize_t sent = 0;
        if (poll(&one, 1, TICK_MS) <= 0)
            continue;
        sent = send(reply->connection, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
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
    struct pollfd one = {.fd = reply->connection, .events = POLLIN};
    char byte = 0;

    if (reply->broken || atomic_load(&reply->server->stopping))
        return true;
    return poll(&one, 1, 0) > 0 && recv(reply->connection, &byte, 1, MSG_PEEK) <= 0;
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
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(reply->connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
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

static bool read_more(HttpServer *server, int connection, char *to, size_t room, size_t *got)
{
    ssize_t came = 0;

    if (room == 0 || !readable(server, connection, CLIENT_PATIENCE_MS))
        return false;
    came = recv(connection, to, room, 0);
    if (came <= 0)
        return false;
    *got += (size_t)came;
    return true;
}

static bool read_request(HttpServer *server, int connection, HttpAsked *asked)
{
    size_t got = 0;
    size_t body = 0;
    char *end = NULL;
    char length[32];

    while (!end) {
        if (!read_more(server, connection, asked->head + got, sizeof asked->head - 1 - got, &got))
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
        if (!read_more(server, connection, asked->body + asked->body_length,
                       sizeof asked->body - 1 - asked->body_length, &asked->body_length))
            return false;
    return true;
}

/* What the client sent and we did not read would turn our close into a reset. */
static void close_politely(HttpReply *reply)
{
    char bytes[4096];

    if (!reply->broken) {
        (void)shutdown(reply->connection, SHUT_WR);
        while (readable(reply->server, reply->connection, 2000) &&
               recv(reply->connection, bytes, sizeof bytes, 0) > 0)
            continue;
    }
    (void)close(reply->connection);
}

static void serve_one(HttpServer *server, int connection)
{
    HttpAsked asked = {0};
    HttpReply reply = {.server = server, .connection = connection};

    if (read_request(server, connection, &asked)) {
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
        int connection = -1;
        if (!readable(server, server->listener, TICK_MS * 5))
            continue;
        connection = accept(server->listener, NULL, NULL);
        if (connection >= 0)
            serve_one(server, connection);
    }
    return NULL;
}

static bool listen_somewhere(HttpServer *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 ||
        bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    server->port = ntohs(address.sin_port);
    return true;
}

HttpServer *http_server_start(HttpAnswering answering, void *context)
{
    HttpServer *server = calloc(1, sizeof *server);

    if (!server)
        return NULL;
    server->answering = answering;
    server->context = context;
    if (!listen_somewhere(server) || pthread_mutex_init(&server->guard, NULL) != 0 ||
        pthread_create(&server->thread, NULL, serve, server) != 0) {
        (void)close(server->listener);
        free(server);
        return NULL;
    }
    return server;
}

void http_server_stop(HttpServer *server)
{
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    (void)pthread_mutex_destroy(&server->guard);
    free(server);
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
