/* http_session: one client connection in http mode, from accept to close: its requests one after
 * another, each handed to http_exchange once its head is complete.
 *
 * Five files share this struct: http_session.c has the client's side, http_gate.c whether a request
 * may pass now, http_routing.c the choice of a slot, http_exchange.c a request on its way,
 * http_answer.c its answer. Always holds: a session
 * that is SESSION_OVER owns nothing and is freed by the undertaker of its Traffic, so that code
 * further up the stack may still look at its state.
 */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_SESSION_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_SESSION_H

#include "proxy/server/canary.h"
#include "proxy/server/http/http_body.h"
#include "proxy/server/http/http_head.h"
#include "proxy/server/http/http_reply.h"
#include "proxy/server/traffic.h"
#include "proxy/server/upstream.h"

enum {
    HTTP_RETRY_MS = 100,
    HTTP_BODY_KEPT_MAX = 16 * 1024, /* of a request that may have to be sent again */
    HTTP_CROWDED_MS = 2000,         /* one for whom there is no room may take this long to ask */
    HTTP_INTERIM_MAX = 32           /* answers 1xx to one request */
};

typedef enum HttpSessionState {
    SESSION_HEAD,       /* waits for, or reads, a request head */
    SESSION_HELD,       /* has one, unread, in `in`, and waits at the gate */
    SESSION_CONNECTING, /* has a request, and no connection for it yet */
    SESSION_RETRYING,   /* will connect again at its deadline */
    SESSION_EXCHANGE,   /* request and answer pass */
    SESSION_OVER
} HttpSessionState;

/* One request and its answer. */
typedef struct HttpExchange {
    Slot *slot; /* keeps a reference */
    Upstream *upstream;
    char request_id[HTTP_REQUEST_ID_SIZE]; /* "" before its head was read */
    char release[ROUTE_RELEASE_SIZE];
    ClientId client; /* of a canary */
    bool is_new_client;
    int64_t started_us;
    Text request_head; /* as it goes to the slot; kept for a second try */
    HttpBody request_body;
    uint64_t request_bytes;
    bool request_chunked;
    bool request_lost; /* the slot takes no more of it */
    bool is_head, is_idempotent, is_http10;
    bool trusted, proven, wants_upgrade, retried;
    bool keep_client;
    Text answer_in; /* of an answer head that is not complete */
    size_t answer_scanned;
    unsigned interims;
    HttpBody answer_body;
    bool answer_began, answer_headed, answer_chunked;
    bool answer_is_failure; /* 5xx: counted as that, whatever becomes of its body */
    bool upstream_reusable;
    size_t client_unsent; /* at the last deadline: did the client take anything since? */
} HttpExchange;

typedef struct HttpSession {
    Timed timed;   /* first */
    Member member; /* of the slot while a request is in flight */
    Held held;     /* at the gate of the route while a request waits there */
    Traffic *traffic;
    Connection *client;
    char client_host[64];
    Address listen;     /* where it came in: its routes are found by this */
    RouteLimits limits; /* in force, of the route it came in by */
    HttpSessionState state;
    bool head_begun;
    bool empty_line_skipped;
    bool crowded;      /* there is no room for it: it gets 503 */
    bool admitted;     /* its request waited, and need not wait again */
    bool client_ended; /* half-closed: sends no more, may still listen */
    Text in;           /* bytes of the client that nobody has used yet */
    size_t in_scanned;
    HttpExchange exchange;
} HttpSession;

/* Takes `client`. `crowded`: only to tell it, when it has asked, that there are too many others. */
void http_session_start(Traffic *traffic, Connection *client, const Address *listen, bool crowded);

/* For the other four. */

typedef enum HttpEnding { ENDING_FINISH, ENDING_CLOSE, ENDING_RESET } HttpEnding;

/* An answer of our own. `close`: framing is lost or the client must go. Of a reply, the rest of
 * what concerns the connection is filled in. */
void http_session_reply(HttpSession *session, HttpReply *reply);
void http_session_answer(HttpSession *session, int status, const char *why, bool close);
void http_session_end(HttpSession *session, HttpEnding ending);
/* The exchange is complete: waits for the next head. */
void http_session_next(HttpSession *session);
/* At the end of every event: goes on with what is waiting, and reads from the client or not. */
void http_session_turn(HttpSession *session);
/* Removes bytes from the front. */
void http_text_consume(Text *text, size_t count);

#endif
