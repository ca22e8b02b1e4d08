/* See http_exchange.h. */
#include "proxy/server/http_exchange.h"

#include "base/clock.h"
#include "proxy/server/http_rewrite.h"
#include "proxy/server/tunnel.h"

#include <stdio.h>
#include <string.h>

static const ConnectionEvents upstream_events;

static const HttpRefusal fine = {0, NULL};

/* ---- routing ---- */

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

static void enter_slot(HttpSession *session, const LiveRoute *route, Slot *slot)
{
    HttpExchange *exchange = &session->exchange;

    exchange->slot = slot_keep(slot);
    exchange->limits = route->route.limits;
    session->limits = route->route.limits;
    memcpy(exchange->release, route->route.release, sizeof exchange->release);
    slot_enter(slot, SLOT_IN_FLIGHT, &session->member);
    slot->stats.requests++;
}

static void note_facts(HttpExchange *exchange, const HttpHead *head)
{
    HttpBodyKind kind = head->chunked              ? HTTP_BODY_CHUNKED
                        : head->content_length > 0 ? HTTP_BODY_LENGTH
                                                   : HTTP_BODY_NONE;

    exchange->started_us = clock_monotonic_us();
    exchange->is_head = head->method.length == 4 && memcmp(head->method.at, "HEAD", 4) == 0;
    exchange->is_idempotent = http_method_is_idempotent(head->method);
    exchange->is_http10 = head->minor == 0;
    exchange->keep_client = head->minor == 1
                                ? !head->connection_close
                                : head->connection_keep_alive && !head->connection_close;
    exchange->request_chunked = head->chunked;
    http_body_start(&exchange->request_body, kind,
                    head->content_length > 0 ? (uint64_t)head->content_length : 0);
}

HttpRefusal http_exchange_begin(HttpSession *session, const HttpHead *head)
{
    HttpExchange *exchange = &session->exchange;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    Slot *slot = route ? live_route_active(route) : NULL;
    RequestFacts facts;
    RequestRewrite rewrite;

    note_facts(exchange, head);
    if (!slot)
        return (HttpRefusal){503, "no release serves here at the moment"};
    if (route->route.limits.body_bytes > 0 && head->content_length > route->route.limits.body_bytes)
        return (HttpRefusal){413, "the request body is larger than this service accepts"};
    rewrite = (RequestRewrite){.head = head,
                               .client_host = session->client_host,
                               .default_host = slot->host,
                               .proof = route->route.proof,
                               .trust_forwarded = route->route.trust_forwarded};
    http_rewrite_request(&rewrite, &exchange->request_head, &facts);
    if (exchange->request_head.failed)
        return (HttpRefusal){503, "out of memory"};
    exchange->proven = facts.proven;
    exchange->wants_upgrade = facts.upgrade;
    enter_slot(session, route, slot);
    return fine;
}

/* Before another try: the flip may have come in between. */
static bool route_again(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    const LiveRoute *route = live_routes_at(&session->traffic->routes, &session->listen);
    Slot *slot = route ? live_route_active(route) : NULL;

    if (!slot)
        return false;
    if (slot == exchange->slot)
        return true;
    slot_leave(exchange->slot, SLOT_IN_FLIGHT, &session->member);
    slot_drop(exchange->slot);
    enter_slot(session, route, slot);
    return true;
}

/* ---- failure ---- */

/* The slot gave no whole answer. */
static void fail(HttpSession *session, int status, const char *why)
{
    HttpExchange *exchange = &session->exchange;
    bool close = !exchange->keep_client || !exchange->request_body.done;

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

/* The connection is gone, and there was no answer yet. */
static void lose_upstream(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    bool never_connected = session->state == SESSION_CONNECTING;
    bool stale = exchange->upstream && exchange->upstream->reused && !exchange->answer_began &&
                 exchange->is_idempotent && exchange->request_body.kind == HTTP_BODY_NONE;

    upstream_close(exchange->upstream);
    exchange->upstream = NULL;
    if (stale) {
        connect_again(session, false);
    } else if (never_connected && !exchange->retried) {
        exchange->retried = true;
        session->state = SESSION_RETRYING;
        traffic_expect_within(session->traffic, &session->timed, HTTP_RETRY_MS);
    } else {
        fail(session, 502,
             never_connected ? "the release cannot be reached"
                             : "the release gave no whole answer");
    }
}

/* ---- request ---- */

/* One chunk around the bytes; the margins of a block hold its framing. */
static void write_body(Connection *to, bool chunked, char *bytes, size_t length)
{
    static const char end[2] = {'\r', '\n'};
    char line[BLOCK_MARGIN];
    int line_length = 0;

    if (length == 0 || !chunked) {
        connection_write(to, bytes, length);
        return;
    }
    line_length = snprintf(line, sizeof line, "%zx\r\n", length);
    memcpy(bytes - line_length, line, (size_t)line_length);
    memcpy(bytes + length, end, sizeof end);
    connection_write(to, bytes - line_length, length + (size_t)line_length + 2);
}

static void write_last_chunk(Connection *to, const HttpBody *body)
{
    CLEANUP_TEXT Text end = {0};

    text_append(&end, "0\r\n");
    http_rewrite_trailers(&body->trailers, &end);
    text_append(&end, "\r\n");
    connection_write(to, text_chars(&end), end.length);
}

static int64_t first_byte_ms(const HttpExchange *exchange)
{
    return exchange->limits.first_byte_ms > 0 ? exchange->limits.first_byte_ms : HTTP_FIRST_BYTE_MS;
}

static void expect_progress(HttpSession *session)
{
    const HttpExchange *exchange = &session->exchange;
    int64_t ms = HTTP_STALL_MS;

    if (exchange->request_body.done && !exchange->answer_headed)
        ms = first_byte_ms(exchange);
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
    if (exchange->limits.body_bytes > 0 &&
        exchange->request_bytes > (uint64_t)exchange->limits.body_bytes) {
        refuse(session, 413, "the request body is larger than this service accepts");
        return length;
    }
    if (!exchange->request_lost) {
        write_body(to, exchange->request_chunked, bytes, taken.data);
        if (verdict == HTTP_BODY_DONE && exchange->request_chunked)
            write_last_chunk(to, &exchange->request_body);
    }
    expect_progress(session);
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
    connection_write_later(to, exchange->request_head.bytes, exchange->request_head.length);
    connection_read(to, true);
    expect_progress(session);
    take_waiting_request(session);
    if (session->state == SESSION_EXCHANGE)
        connection_flush(to);
}

static void connect_again(HttpSession *session, bool may_reuse)
{
    HttpExchange *exchange = &session->exchange;
    int64_t most_idle_ms = exchange->is_idempotent ? POOL_IDLE_MS : POOL_IDLE_SHORT_MS;

    if (!route_again(session)) {
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
    traffic_expect_within(session->traffic, &session->timed, HTTP_CONNECT_MS);
    exchange->upstream = upstream_connect(exchange->slot, &upstream_events, session);
    if (!exchange->upstream)
        lose_upstream(session);
}

void http_exchange_go(HttpSession *session)
{
    connect_again(session, true);
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

/* ---- answer ---- */

static void finish(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    bool keep = exchange->keep_client && !session->traffic->draining;
    bool reusable =
        exchange->upstream_reusable && exchange->request_body.done && !exchange->request_lost;

    if (exchange->answer_chunked)
        write_last_chunk(session->client, &exchange->answer_body);
    connection_flush(session->client);
    if (reusable) {
        pool_give(exchange->upstream);
        exchange->upstream = NULL;
    }
    http_exchange_drop(exchange, &session->member);
    if (keep)
        http_session_next(session);
    else
        http_session_end(session, ENDING_FINISH);
}

static void take_answer_body(HttpSession *session, char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    HttpBodyTaken taken;
    HttpBodyVerdict verdict = http_body_take(&exchange->answer_body, bytes, length, &taken);

    if (verdict == HTTP_BODY_BAD) {
        fail(session, 502, exchange->answer_body.why);
        return;
    }
    if (taken.used < length)
        exchange->upstream_reusable = false; /* it says more than it was asked for */
    write_body(session->client, exchange->answer_chunked, bytes, taken.data);
    if (verdict == HTTP_BODY_DONE) {
        finish(session);
        return;
    }
    connection_flush(session->client);
    expect_progress(session);
    if (connection_is_full(session->client))
        connection_read(exchange->upstream->connection, false);
}

/* RFC 9112 section 6.3 */
static HttpBodyKind answer_body_kind(const HttpExchange *exchange, const HttpHead *head)
{
    if (exchange->is_head || head->status == 204 || head->status == 304 ||
        head->content_length == 0)
        return HTTP_BODY_NONE;
    if (head->chunked)
        return HTTP_BODY_CHUNKED;
    return head->content_length > 0 ? HTTP_BODY_LENGTH : HTTP_BODY_UNTIL_CLOSE;
}

static AnswerFraming answer_framing(const HttpExchange *exchange, HttpBodyKind kind)
{
    switch (kind) {
    case HTTP_BODY_NONE:
        return ANSWER_WITHOUT_BODY;
    case HTTP_BODY_LENGTH:
        return ANSWER_LENGTH;
    case HTTP_BODY_CHUNKED:
    case HTTP_BODY_UNTIL_CLOSE:
        return exchange->is_http10 ? ANSWER_UNTIL_CLOSE : ANSWER_CHUNKED;
    }
    return ANSWER_UNTIL_CLOSE;
}

static AnswerConnection answer_connection(const HttpExchange *exchange)
{
    if (!exchange->keep_client)
        return ANSWER_CLOSE;
    return exchange->is_http10 ? ANSWER_KEEP_ALIVE : ANSWER_SILENT;
}

static void pass_on_answer_head(HttpSession *session, AnswerRewrite *rewrite)
{
    CLEANUP_TEXT Text out = {0};

    if (session->exchange.proven) {
        rewrite->slot = session->exchange.slot->name;
        rewrite->release = session->exchange.release;
    }
    http_rewrite_answer(rewrite, &out);
    connection_write_later(session->client, text_chars(&out), out.length);
}

static void begin_answer(HttpSession *session, const HttpHead *head)
{
    HttpExchange *exchange = &session->exchange;
    HttpBodyKind kind = answer_body_kind(exchange, head);
    AnswerRewrite rewrite = {.head = head, .framing = answer_framing(exchange, kind)};

    /* An early answer leaves a body that nobody will read: the connection cannot go on. */
    if (!exchange->request_body.done || session->traffic->draining ||
        rewrite.framing == ANSWER_UNTIL_CLOSE)
        exchange->keep_client = false;
    exchange->answer_headed = true;
    exchange->answer_chunked = rewrite.framing == ANSWER_CHUNKED;
    exchange->upstream_reusable = kind != HTTP_BODY_UNTIL_CLOSE && !head->connection_close &&
                                  (head->minor == 1 || head->connection_keep_alive);
    http_body_start(&exchange->answer_body, kind,
                    head->content_length > 0 ? (uint64_t)head->content_length : 0);
    stats_count_status(&exchange->slot->stats, head->status);
    latency_record(&exchange->slot->stats.latency, clock_monotonic_us() - exchange->started_us);
    rewrite.connection = answer_connection(exchange);
    pass_on_answer_head(session, &rewrite);
}

/* From here on the two sides speak a protocol of their own. */
static void become_tunnel(HttpSession *session, const HttpHead *head, const char *rest,
                          size_t rest_length)
{
    HttpExchange *exchange = &session->exchange;
    AnswerRewrite rewrite = {.head = head, .framing = ANSWER_WITHOUT_BODY, .upgrade = true};
    TunnelEnds ends = {.class_ = SLOT_UPGRADED};

    pass_on_answer_head(session, &rewrite);
    connection_write(session->client, rest, rest_length);
    connection_write(exchange->upstream->connection, session->in.bytes, session->in.length);
    ends.slot = slot_keep(exchange->slot);
    ends.client = session->client;
    ends.upstream = upstream_release(exchange->upstream);
    ends.client_ended = session->client_ended;
    exchange->upstream = NULL;
    session->client = NULL;
    http_session_end(session, ENDING_CLOSE);
    tunnel_start(session->traffic, &ends);
}

static void pass_on_interim(HttpSession *session, const HttpHead *head)
{
    AnswerRewrite rewrite = {.head = head, .framing = ANSWER_WITHOUT_BODY};

    if (++session->exchange.interims > HTTP_INTERIM_MAX) {
        fail(session, 502, "the release answers 1xx without end");
        return;
    }
    expect_progress(session);
    if (session->exchange.is_http10)
        return; /* it would not understand (RFC 9110 section 15.2) */
    pass_on_answer_head(session, &rewrite);
    connection_flush(session->client);
}

static void take_answer_head(HttpSession *session, const char *bytes, size_t head_length,
                             size_t length)
{
    HttpHead head;

    if (http_head_parse_answer(bytes, head_length, &head).status)
        fail(session, 502, "the release gave an answer that is not HTTP");
    else if (head.status == 101 && session->exchange.wants_upgrade &&
             session->exchange.request_body.done)
        become_tunnel(session, &head, bytes + head_length, length - head_length);
    else if (head.status == 101)
        fail(session, 502, "the release switched to a protocol that nobody asked for");
    else if (head.status < 200)
        pass_on_interim(session, &head);
    else
        begin_answer(session, &head);
}

/* Returns how many bytes were used; stops behind the final head. */
static size_t take_answer_heads(HttpSession *session, const char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    size_t used = 0;

    while (session->state == SESSION_EXCHANGE && !exchange->answer_headed) {
        size_t head_length = 0;
        HttpHeadEnd end = http_head_find_end(bytes + used, length - used, &exchange->answer_scanned,
                                             &head_length);

        if (end == HTTP_HEAD_BARE_LF || head_length > HTTP_HEAD_MAX_BYTES ||
            (end == HTTP_HEAD_UNFINISHED && length - used > HTTP_HEAD_MAX_BYTES)) {
            fail(session, 502, "the release gave an answer that is not HTTP");
            return used;
        }
        if (end == HTTP_HEAD_UNFINISHED)
            return used;
        exchange->answer_scanned = 0;
        take_answer_head(session, bytes + used, head_length, length - used);
        used += head_length;
    }
    return used;
}

/* The head came in pieces: it waits in answer_in until it is whole. */
static void take_answer_pieces(HttpSession *session, const char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    char *block = session->traffic->connections.scratch + BLOCK_MARGIN;
    size_t used = 0;
    size_t rest = 0;

    text_append_bytes(&exchange->answer_in, bytes, length);
    if (exchange->answer_in.failed) {
        fail(session, 502, "out of memory");
        return;
    }
    used = take_answer_heads(session, exchange->answer_in.bytes, exchange->answer_in.length);
    if (session->state != SESSION_EXCHANGE)
        return;
    rest = exchange->answer_in.length - used;
    if (!exchange->answer_headed) {
        http_text_consume(&exchange->answer_in, used);
        return;
    }
    memcpy(block, exchange->answer_in.bytes + used, rest); /* less than the block that came */
    text_free(&exchange->answer_in);
    take_answer_body(session, block, rest);
}

static void on_upstream_data(void *owner, char *bytes, size_t length)
{
    HttpSession *session = owner;
    HttpExchange *exchange = &session->exchange;

    exchange->answer_began = true;
    if (exchange->answer_headed) {
        take_answer_body(session, bytes, length);
    } else if (exchange->answer_in.length > 0) {
        take_answer_pieces(session, bytes, length);
    } else {
        size_t used = take_answer_heads(session, bytes, length);

        if (session->state == SESSION_EXCHANGE && exchange->answer_headed)
            take_answer_body(session, bytes + used, length - used);
        else if (session->state == SESSION_EXCHANGE)
            text_append_bytes(&exchange->answer_in, bytes + used, length - used);
    }
    http_session_turn(session);
}

static void on_upstream_end(void *owner, int status)
{
    HttpSession *session = owner;
    HttpExchange *exchange = &session->exchange;

    if (!exchange->answer_headed)
        lose_upstream(session);
    else if (exchange->answer_body.kind == HTTP_BODY_UNTIL_CLOSE && status == UV_EOF)
        finish(session);
    else
        fail(session, 502, "");
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
        http_session_end(session, ENDING_RESET);
        return;
    }
    exchange->client_unsent = unsent;
    expect_progress(session);
}

void http_exchange_expired(HttpSession *session)
{
    const HttpExchange *exchange = &session->exchange;

    if (session->state == SESSION_RETRYING)
        connect_again(session, true);
    else if (session->state == SESSION_CONNECTING)
        fail(session, 504, "the release did not take the connection in time");
    else if (!exchange->request_body.done && !exchange->request_lost &&
             connection_is_full(exchange->upstream->connection))
        fail(session, 504, "the release does not take the request");
    else if (!exchange->request_body.done)
        refuse(session, 408, "the request body did not come in time");
    else if (!exchange->answer_headed)
        fail(session, 504, "the release did not answer in time");
    else
        check_stream(session);
}
