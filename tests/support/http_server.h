/* http_server: a small HTTP server for tests, as hostile as its answers are told to be.
 *
 * One thread, one connection after the other, one request each: what the client does is seen in
 * order. Every wait inside it ends when the client goes or the server is stopped. */
#ifndef GODEPLOY_TESTS_SUPPORT_HTTP_SERVER_H
#define GODEPLOY_TESTS_SUPPORT_HTTP_SERVER_H

#include "base/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HttpServer HttpServer;

typedef struct HttpAsked {
    int number; /* of the request: 1 is the first */
    char method[16];
    char target[512];
    char head[8192]; /* all of it, NUL-terminated */
    char body[4096];
    size_t body_length;
} HttpAsked;

typedef struct HttpReply HttpReply;
typedef void (*HttpAnswering)(HttpReply *reply, const HttpAsked *asked, void *context);

/* Listens on a free port of 127.0.0.1. NULL if that fails. */
HttpServer *http_server_start(HttpAnswering answering, void *context);
/* The same over TLS: paths of PEM files. */
HttpServer *http_server_start_tls(HttpAnswering answering, void *context, const char *certificate,
                                  const char *key);
void http_server_stop(HttpServer *server); /* accepts NULL */
uint16_t http_server_port(const HttpServer *server);
int http_server_count(HttpServer *server);                 /* requests so far */
bool http_server_last(HttpServer *server, HttpAsked *out); /* false if there was none */
bool http_asked_header(const HttpAsked *asked, const char *name, char *out, size_t size);

/* Used while answering. The connection is closed when the answering function returns. */
void http_reply_text(HttpReply *reply, const char *format, ...) PRINTF_LIKE(2, 3);
void http_reply_bytes(HttpReply *reply, const void *bytes, size_t length);
bool http_reply_gone(HttpReply *reply);  /* the client left, or the server is to stop */
void http_reply_stall(HttpReply *reply); /* nothing more, until the client leaves */
void http_reply_pause(HttpReply *reply, int ms);
void http_reply_reset(HttpReply *reply); /* closes it with a TCP reset */

/* A file as a well-behaved server gives it, and what it does wrong. */
typedef struct HttpServedFile {
    const unsigned char *bytes;
    size_t length;
    const char *etag;          /* with its quotes; NULL: none */
    const char *last_modified; /* NULL: none */
    bool ignores_range;
    size_t cut_after;  /* bytes of the body, then the connection ends; 0: never */
    bool stall_at_cut; /* ... or hangs */
} HttpServedFile;
void http_reply_file(HttpReply *reply, const HttpAsked *asked, const HttpServedFile *file);

#endif
