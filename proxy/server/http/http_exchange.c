/* See http_exchange.h. */
#include "proxy/server/http/http_exchange.h"

#include "proxy/server/http/http_answer.h"
#include "proxy/server/http/http_framing.h"
#include "proxy/server/http/http_routing.h"

#include <string.h>

static const ConnectionEvents upstream_events;

void http_exchange_drop(HttpExchange *exchange, Member *member)
{
    bool is_head = exchange->is_head;

    if (exchange->slot)
        slot_leave(exchange->slot, SLOT_IN_FLIGHT, member);
    slot_drop(exchange->slot);
    upstream_close(exchange->upstream);
    text_free(&exchange->request_head);
    text_free(&exchange->answer_in);
    http_body_free(&exchange->request_body);
    http_body_free(&exchange->answer_body);
    memset(exchange, 0, sizeof *exchange);
    exchange->is_head = is_head; /* an answer of our own still asks */
}

/* ---- failure ---- */

void http_exchange_fail(HttpSession *session, Failure failure, int status, const char *why)
{
    HttpExchange *exchange = &session->exchange;
    bool close = !exchange->keep_client || !exchange->request_body.done;

    stats_count_failure(&exchange->slot->stats, failure);
    if (!exchange->answer_is_failure)
        exchange->slot->stats.failed++;
    if (exchange->answer_headed)
        http_session_end(session, ENDING_RESET); /* the client must see that it is cut */
    else
        http_session_answer(session, status, why, close);
}

/* The client broke the rules in the middle of its body. */
static void refuse(HttpSession *session, int status, const char *why)
{
    if (session->exchange.answer_headed)
        http_session_end(session, ENDING_RESET);
    else
        http_session_answer(session, status, why, true);
}

static void connect_again(HttpSession *session, bool may_reuse);

/* Only a body that is part of what is kept; see keep_small_body(). */
static bool may_be_sent_again(const HttpExchange *exchange)
{
    return exchange->is_idempotent && exchange->request_body.kind == HTTP_BODY_NONE;
}

/* The connection is gone, and there was no answer yet. */
static void lose_upstream(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    bool never_connected = session->state == SESSION_CONNECTING;
    bool stale = exchange->upstream && exchange->upstream->reused && !exchange->answer_began &&
                 may_be_sent_again(exchange);

    upstream_close(exchange->upstream);
    exchange->upstream = NULL;
    if (stale) {
        connect_again(session, false);
    } else if (never_connected && !exchange->retried) {
        exchange->retried = true;
        session->state = SESSION_RETRYING;
        traffic_expect_within(session->traffic, &session->timed, HTTP_RETRY_MS);
    } else {
        http_exchange_fail(session, never_connected ? FAILURE_NOT_CONNECTED : FAILURE_CUT, 502,
                           never_connected ? "the release cannot be reached"
                                           : "the release gave no whole answer");
    }
}

/* ---- request ---- */

void http_exchange_expect_progress(HttpSession *session)
{
    const HttpExchange *exchange = &session->exchange;
    int64_t ms = session->limits.stall_ms;

    if (exchange->request_body.done && !exchange->answer_headed)
        ms = session->limits.first_byte_ms;
    traffic_expect_within(session->traffic, &session->timed, ms);
}

size_t http_exchange_take_request(HttpSession *session, char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    Connection *to = exchange->upstream->connection;
    HttpBodyTaken taken;
    HttpBodyVerdict verdict = http_body_take(&exchange->request_body, bytes, length, &taken);

    if (verdict == HTTP_BODY_BAD) {
        refuse(session, 400, exchange->request_body.why);
        return length;
    }
    exchange->request_bytes += taken.data;
    if (session->limits.body_bytes > 0 &&
        exchange->request_bytes > (uint64_t)session->limits.body_bytes) {
        refuse(session, 413, "the request body is larger than this service accepts");
        return length;
    }
    if (!exchange->request_lost) {
        http_write_body(to, &exchange->request_body, exchange->request_chunked, bytes, taken.data);
    }
    http_exchange_expect_progress(session);
    return taken.used;
}

/* What came together with the head. It waits in session->in, which has no margins. */
static void take_waiting_request(HttpSession *session)
{
    char *block = session->traffic->connections.scratch + BLOCK_MARGIN;

    while (session->state == SESSION_EXCHANGE && !session->exchange.request_body.done &&
           session->in.length > 0) {
        size_t length = session->in.length < BLOCK_BYTES ? session->in.length : BLOCK_BYTES;
        size_t used = 0;

        memcpy(block, session->in.bytes, length);
        used = http_exchange_take_request(session, block, length);
        if (session->state == SESSION_EXCHANGE)
            http_text_consume(&session->in, used);
    }
}

static void send_request(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    Connection *to = exchange->upstream->connection;

    session->state = SESSION_EXCHANGE;
    exchange->request_lost = false;
    text_append_bytes(connection_write_later(to), exchange->request_head.bytes,
                      exchange->request_head.length);
    connection_read(to, true);
    http_exchange_expect_progress(session);
    take_waiting_request(session);
    if (session->state == SESSION_EXCHANGE)
        connection_flush(to);
}

static void connect_again(HttpSession *session, bool may_reuse)
{
    HttpExchange *exchange = &session->exchange;
    int64_t most_idle_ms = may_be_sent_again(exchange) ? POOL_IDLE_MS : POOL_IDLE_SHORT_MS;

    if (!http_routing_again(session)) {
        http_session_answer(session, 503, "no release serves here at the moment",
                            !exchange->keep_client || !exchange->request_body.done);
        return;
    }
    if (may_reuse)
        exchange->upstream = pool_take(exchange->slot, most_idle_ms);
    if (exchange->upstream) {
        connection_set_owner(exchange->upstream->connection, &upstream_events, session);
        send_request(session);
        return;
    }
    session->state = SESSION_CONNECTING;
    traffic_expect_within(session->traffic, &session->timed, session->limits.connect_ms);
    exchange->upstream = upstream_connect(exchange->slot, &upstream_events, session);
    if (!exchange->upstream)
        lose_upstream(session);
}

/* A small body that came together with its head becomes a part of it: so it is there for a second
 * try. True unless out of memory. */
static bool keep_small_body(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    HttpBody *body = &exchange->request_body;

    if (!exchange->is_idempotent || body->kind != HTTP_BODY_LENGTH ||
        body->left > HTTP_BODY_KEPT_MAX || body->left > session->in.length)
        return true;
    text_append_bytes(&exchange->request_head, session->in.bytes, (size_t)body->left);
    http_text_consume(&session->in, (size_t)body->left);
    http_body_start(body, HTTP_BODY_NONE, 0);
    return !exchange->request_head.failed;
}

void http_exchange_go(HttpSession *session)
{
    if (keep_small_body(session))
        connect_again(session, true);
    else
        http_session_answer(session, 503, "out of memory", true);
}

static void on_upstream_connected(void *owner, int status)
{
    HttpSession *session = owner;

    if (status < 0)
        lose_upstream(session);
    else
        send_request(session);
    http_session_turn(session);
}

/* ---- what the slot's connection says ---- */

static void on_upstream_data(void *owner, char *bytes, size_t length)
{
    HttpSession *session = owner;

    http_answer_take(session, bytes, length);
    http_session_turn(session);
}

static void on_upstream_end(void *owner, int status)
{
    HttpSession *session = owner;
    HttpExchange *exchange = &session->exchange;

    if (!exchange->answer_headed)
        lose_upstream(session);
    else if (exchange->answer_body.kind == HTTP_BODY_UNTIL_CLOSE && status == UV_EOF)
        http_answer_end(session);
    else
        http_exchange_fail(session, FAILURE_CUT, 502, "");
    http_session_turn(session);
}

/* The answer may be on its way all the same: a refusal of a large body, say. */
static void on_upstream_write_failed(void *owner, int status)
{
    HttpSession *session = owner;

    (void)status;
    session->exchange.request_lost = true;
    http_session_turn(session);
}

static void on_upstream_room(void *owner)
{
    http_session_turn(owner);
}

static const ConnectionEvents upstream_events = {
    .connected = on_upstream_connected,
    .data = on_upstream_data,
    .end = on_upstream_end,
    .write_failed = on_upstream_write_failed,
    .room = on_upstream_room,
};

/* ---- time ---- */

/* A stream may be silent for as long as it likes, if both sides are there and take what comes. */
static void check_stream(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    size_t unsent = connection_unsent(session->client);

    if (session->client_ended || (unsent > 0 && unsent == exchange->client_unsent)) {
        stats_count_failure(&exchange->slot->stats, FAILURE_CLIENT_GONE);
        http_session_end(session, ENDING_RESET);
        return;
    }
    exchange->client_unsent = unsent;
    http_exchange_expect_progress(session);
}

void http_exchange_expired(HttpSession *session)
{
    const HttpExchange *exchange = &session->exchange;

    if (session->state == SESSION_RETRYING)
        connect_again(session, true);
    else if (session->state == SESSION_CONNECTING)
        http_exchange_fail(session, FAILURE_NOT_CONNECTED, 504,
                           "the release did not take the connection in time");
    else if (!exchange->request_body.done && !exchange->request_lost &&
             connection_is_full(exchange->upstream->connection))
        http_exchange_fail(session, FAILURE_TIMED_OUT, 504,
                           "the release does not take the request");
    else if (!exchange->request_body.done)
        refuse(session, 408, "the request body did not come in time");
    else if (!exchange->answer_headed)
        http_exchange_fail(session, FAILURE_TIMED_OUT, 504, "the release did not answer in time");
    else
        check_stream(session);
}
