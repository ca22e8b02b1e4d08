/* See http_session.h: the client's side. */
#include "proxy/server/http/http_session.h"

#include "proxy/server/http/http_exchange.h"
#include "proxy/server/http/http_gate.h"
#include "proxy/server/http/http_routing.h"

#include <stdlib.h>
#include <string.h>

void http_text_consume(Text *text, size_t count)
{
    if (count == 0)
        return;
    memmove(text->bytes, text->bytes + count, text->length - count);
    text->length -= count;
    text->bytes[text->length] = '\0';
    if (text->length == 0)
        text_free(text); /* an idle connection holds no buffer */
}

void http_session_end(HttpSession *session, HttpEnding ending)
{
    if (session->state == SESSION_OVER)
        return;
    session->state = SESSION_OVER;
    gate_leave(&session->held, GATE_LEFT);
    http_exchange_drop(&session->exchange, &session->member);
    text_free(&session->in);
    switch (ending) {
    case ENDING_FINISH:
        connection_finish(session->client);
        break;
    case ENDING_CLOSE:
        connection_close(session->client);
        break;
    case ENDING_RESET:
        connection_reset(session->client);
        break;
    }
    session->client = NULL;
    traffic_bury(session->traffic, &session->timed);
}

void http_session_next(HttpSession *session)
{
    session->state = SESSION_HEAD;
    session->head_begun = false;
    session->empty_line_skipped = false;
    session->in_scanned = 0;
    session->exchange.is_head = false;
    traffic_expect_within(session->traffic, &session->timed,
                          session->traffic->draining ? session->traffic->drain_idle_ms
                                                     : session->limits.idle_ms);
}

void http_session_reply(HttpSession *session, HttpReply *reply)
{
    CLEANUP_TEXT Text bytes = {0};

    reply->close = reply->close || session->traffic->draining;
    reply->request_id = session->exchange.request_id;
    reply->without_body = session->exchange.is_head;
    http_reply_append(reply, &bytes);
    http_exchange_drop(&session->exchange, &session->member);
    connection_write(session->client, text_chars(&bytes), bytes.length);
    if (reply->close)
        http_session_end(session, ENDING_FINISH);
    else
        http_session_next(session);
}

void http_session_answer(HttpSession *session, int status, const char *why, bool close)
{
    HttpReply reply = {.status = status, .why = why, .close = close};

    http_session_reply(session, &reply);
}

/* RFC 9112 section 2.2: one empty line in front of a request line is forgiven. */
static void skip_empty_line(HttpSession *session)
{
    if (session->empty_line_skipped || session->in_scanned > 0 || session->in.length < 2 ||
        memcmp(session->in.bytes, "\r\n", 2) != 0)
        return;
    session->empty_line_skipped = true;
    http_text_consume(&session->in, 2);
}

static void begin_exchange(HttpSession *session, size_t head_length)
{
    HttpHead head;
    HttpRefusal refusal = http_head_parse_request(session->in.bytes, head_length, &head);
    bool has_body = head.chunked || head.content_length > 0;

    if (refusal.status) {
        http_session_answer(session, refusal.status, refusal.why, true);
        return;
    }
    http_routing_note(session, &head);
    if (session->crowded) {
        http_session_answer(session, 503, "too many clients are connected", true);
        return;
    }
    if (!http_gate_admits(session, &head, head_length))
        return;
    refusal = http_routing_begin(session, &head);
    http_text_consume(&session->in, head_length);
    if (refusal.status)
        http_session_answer(session, refusal.status, refusal.why,
                            has_body || head.connection_close || head.minor == 0);
    else
        http_exchange_go(session);
}

/* RFC 9112 section 3 wants another status where the request line alone is too long. */
static void refuse_large_head(HttpSession *session)
{
    if (memchr(session->in.bytes, '\n', (size_t)session->limits.head_bytes))
        http_session_answer(session, 431, "the request head is larger than this service accepts",
                            true);
    else
        http_session_answer(session, 414, "the request line is longer than this service accepts",
                            true);
}

static void expect_rest_of_head(HttpSession *session)
{
    if (session->in.length > (size_t)session->limits.head_bytes) {
        refuse_large_head(session);
    } else if (session->in.length > 0 && !session->head_begun) {
        session->head_begun = true;
        traffic_expect_within(session->traffic, &session->timed, session->limits.head_ms);
    }
}

/* True if it used a head: there may be another one behind it. */
static bool try_head(HttpSession *session)
{
    size_t length = 0;

    skip_empty_line(session);
    switch (
        http_head_find_end(session->in.bytes, session->in.length, &session->in_scanned, &length)) {
    case HTTP_HEAD_UNFINISHED:
        expect_rest_of_head(session);
        return false;
    case HTTP_HEAD_BARE_LF:
        http_session_answer(session, 400, "a line ends without CR", true);
        return false;
    case HTTP_HEAD_ENDED:
        break;
    }
    if (length > (size_t)session->limits.head_bytes) {
        refuse_large_head(session);
        return false;
    }
    begin_exchange(session, length);
    return true;
}

/* While a request is on its way its body is read as fast as the slot takes it; behind it, so much
 * of the next one is kept as a head may be long, and the client's end is noticed. */
static bool wants_bytes(const HttpSession *session)
{
    const HttpExchange *exchange = &session->exchange;

    switch (session->state) {
    case SESSION_HEAD:
        return !connection_is_full(session->client);
    case SESSION_HELD:
        return session->in.length < HTTP_HEAD_MAX_BYTES;
    case SESSION_CONNECTING:
    case SESSION_RETRYING:
        return false;
    case SESSION_EXCHANGE:
        if (exchange->request_body.done)
            return session->in.length < HTTP_HEAD_MAX_BYTES;
        return exchange->request_lost || !connection_is_full(exchange->upstream->connection);
    case SESSION_OVER:
        return false;
    }
    return false;
}

static void lose_client(HttpSession *session)
{
    if (session->exchange.slot)
        stats_count_failure(&session->exchange.slot->stats, FAILURE_CLIENT_GONE);
    http_session_end(session, ENDING_CLOSE);
}

/* The client sends no more, but may listen: what came whole is still served. */
static void end_if_nothing_more_comes(HttpSession *session)
{
    bool owes = session->state == SESSION_EXCHANGE && !session->exchange.request_body.done;

    if (owes)
        lose_client(session); /* the rest of its request will never come */
    else if (session->state == SESSION_HEAD && !connection_is_full(session->client))
        http_session_end(session, ENDING_FINISH);
}

void http_session_turn(HttpSession *session)
{
    while (session->state == SESSION_HEAD && !connection_is_full(session->client) &&
           try_head(session))
        continue;
    if (session->state == SESSION_OVER)
        return;
    if (session->client_ended)
        end_if_nothing_more_comes(session);
    else
        connection_read(session->client, wants_bytes(session));
}

static void on_client_data(void *owner, char *bytes, size_t length)
{
    HttpSession *session = owner;
    size_t used = 0;

    if (session->state == SESSION_EXCHANGE && !session->exchange.request_body.done)
        used = http_exchange_take_request(session, bytes, length);
    if (session->state == SESSION_OVER)
        return;
    text_append_bytes(&session->in, bytes + used, length - used);
    if (session->in.failed) {
        http_session_end(session, ENDING_RESET);
        return;
    }
    if (session->state == SESSION_HELD)
        http_gate_took_more(session, length);
    http_session_turn(session);
}

static void on_client_end(void *owner, int status)
{
    HttpSession *session = owner;
    bool left = session->state == SESSION_HELD; /* who gave up looks like who is only silent */

    session->client_ended = true;
    if (status != UV_EOF || left)
        lose_client(session);
    else
        http_session_turn(session);
}

static void on_client_write_failed(void *owner, int status)
{
    (void)status; /* it has gone, for whatever reason */
    lose_client(owner);
}

static void on_client_room(void *owner)
{
    HttpSession *session = owner;

    if (session->state == SESSION_EXCHANGE && session->exchange.upstream)
        connection_read(session->exchange.upstream->connection, true);
    http_session_turn(session);
}

static const ConnectionEvents client_events = {
    .data = on_client_data,
    .end = on_client_end,
    .write_failed = on_client_write_failed,
    .room = on_client_room,
};

static void on_expired(Timed *timed)
{
    HttpSession *session = LINK_OWNER(timed, HttpSession, timed);

    if (session->state == SESSION_HELD)
        http_gate_expired(session);
    else if (session->state != SESSION_HEAD)
        http_exchange_expired(session);
    else if (session->head_begun)
        http_session_answer(session, 408, "the request head did not come in time", true);
    else
        http_session_end(session, ENDING_FINISH);
    if (session->state != SESSION_OVER)
        http_session_turn(session);
}

static void on_draining(Timed *timed)
{
    HttpSession *session = LINK_OWNER(timed, HttpSession, timed);

    if (session->state != SESSION_HEAD || session->in.length > 0)
        return;
    if (session->traffic->drain_idle_ms > 0)
        traffic_expect_within(session->traffic, timed, session->traffic->drain_idle_ms);
    else
        http_session_end(session,
                         connection_unsent(session->client) > 0 ? ENDING_FINISH : ENDING_CLOSE);
}

/* The drain budget is over. */
static void on_abort(Member *member)
{
    HttpSession *session = LINK_OWNER(member, HttpSession, member);

    if (session->exchange.answer_headed)
        http_session_end(session, ENDING_RESET);
    else
        http_session_answer(session, 503, "the release that worked on this request was retired",
                            true);
}

void http_session_start(Traffic *traffic, Connection *client, const Address *listen, bool crowded)
{
    HttpSession *session = calloc(1, sizeof *session);
    const LiveRoute *route = live_routes_at(&traffic->routes, listen);

    if (!session || !route) {
        free(session);
        connection_close(client);
        return;
    }
    session->timed.expired = on_expired;
    session->timed.draining = on_draining;
    session->member.abort = on_abort;
    session->held.admitted = http_gate_admitted;
    link_init(&session->member.link);
    link_init(&session->held.link);
    session->traffic = traffic;
    session->client = client;
    session->listen = *listen;
    session->limits = route_limits_in_force(&route->route.limits);
    session->crowded = crowded;
    if (crowded && session->limits.head_ms > HTTP_CROWDED_MS)
        session->limits.head_ms = HTTP_CROWDED_MS;
    connection_peer_host(client, session->client_host, sizeof session->client_host);
    traffic_watch(traffic, &session->timed, session->limits.head_ms);
    connection_set_owner(client, &client_events, session);
    connection_read(client, true);
}
