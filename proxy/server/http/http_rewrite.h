/* http_rewrite: the head that goes on, made from the head that came: without what is meant for one
 * hop only, with what the next one should know. Pure.
 *
 * Specification: RFC 9110 sections 7.6 (Connection, TE, Upgrade) and 6.5 (trailers). */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_REWRITE_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_REWRITE_H

#include "proxy/server/canary.h"
#include "proxy/server/http/http_forwarded.h"

typedef struct RequestRewrite {
    const HttpHead *head;
    Forwarding forwarding;
    const char *default_host; /* for an HTTP/1.0 request without Host */
} RequestRewrite;

typedef struct RequestFacts {
    bool upgrade; /* it asks for another protocol, and that is passed on */
} RequestFacts;

void http_rewrite_request(const RequestRewrite *rewrite, Text *out, RequestFacts *facts);

typedef enum AnswerFraming {
    ANSWER_WITHOUT_BODY, /* a Content-Length that came describes what is not there (HEAD, 304) */
    ANSWER_LENGTH,
    ANSWER_CHUNKED,
    ANSWER_UNTIL_CLOSE
} AnswerFraming;

typedef enum AnswerConnection { ANSWER_SILENT, ANSWER_KEEP_ALIVE, ANSWER_CLOSE } AnswerConnection;

typedef struct AnswerRewrite {
    const HttpHead *head;
    AnswerFraming framing;
    AnswerConnection connection;
    bool upgrade;               /* 101 and 426: keep Connection and Upgrade */
    const char *slot;           /* NULL: the request was no proof */
    const char *release;        /* "" if unknown */
    const ClientId *new_client; /* gets a cookie, so that it stays on its side; NULL: none */
} AnswerRewrite;

void http_rewrite_answer(const AnswerRewrite *rewrite, Text *out);

/* Lines as http_body.h keeps them, without those that must not stand in a trailer. */
void http_rewrite_trailers(const Text *trailers, Text *out);

#endif
