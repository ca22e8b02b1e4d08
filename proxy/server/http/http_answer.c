/* See http_answer.h. */
#include "proxy/server/http/http_answer.h"

#include "base/clock.h"
#include "proxy/server/http/http_exchange.h"
#include "proxy/server/http/http_framing.h"
#include "proxy/server/http/http_rewrite.h"
#include "proxy/server/tunnel.h"

#include <string.h>

/* The answer is complete: the connection rests in the pool if it may, and the client goes on. */
static void finish(HttpSession *session)
{
    HttpExchange *exchange = &session->exchange;
    /* Who was told that it stays open may ask once more, where draining leaves room for that. */
    bool keep = exchange->keep_client &&
                (!session->traffic->draining || session->traffic->drain_idle_ms > 0);
    bool reusable =
        exchange->upstream_reusable && exchange->request_body.done && !exchange->request_lost;

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

void http_answer_end(HttpSession *session)
{
    if (session->exchange.answer_chunked)
        http_write_last_chunk(session->client, &session->exchange.answer_body);
    finish(session);
}

static void take_answer_body(HttpSession *session, char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    HttpBodyTaken taken;
    HttpBodyVerdict verdict = http_body_take(&exchange->answer_body, bytes, length, &taken);

    if (verdict == HTTP_BODY_BAD) {
        http_exchange_fail(session, FAILURE_GARBLED, 502, exchange->answer_body.why);
        return;
    }
    if (taken.used < length)
        exchange->upstream_reusable = false; /* it says more than it was asked for */
    http_write_body(session->client, &exchange->answer_body, exchange->answer_chunked, bytes,
                    taken.data);
    if (verdict == HTTP_BODY_DONE) {
        finish(session);
        return;
    }
    connection_flush(session->client);
    http_exchange_expect_progress(session);
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
    if (session->exchange.proven) {
        rewrite->slot = session->exchange.slot->name;
        rewrite->release = session->exchange.release;
    }
    if (session->exchange.is_new_client)
        rewrite->new_client = &session->exchange.client;
    http_rewrite_answer(rewrite, connection_write_later(session->client));
}

/* A 204 that promises a body may be followed by one: nobody could tell it from the next answer. */
static bool may_reuse(const HttpHead *head, HttpBodyKind kind)
{
    bool doubtful = head->status == 204 && (head->chunked || head->content_length > 0);

    return kind != HTTP_BODY_UNTIL_CLOSE && !doubtful && !head->connection_close &&
           (head->minor == 1 || head->connection_keep_alive);
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
    exchange->upstream_reusable = may_reuse(head, kind);
    http_body_start(&exchange->answer_body, kind,
                    head->content_length > 0 ? (uint64_t)head->content_length : 0);
    exchange->answer_is_failure = head->status >= 500;
    stats_count_status(&exchange->slot->stats, head->status);
    latency_record(&exchange->slot->stats.latency, clock_monotonic_us() - exchange->started_us);
    rewrite.connection = answer_connection(exchange);
    rewrite.upgrade = head->status == 426; /* RFC 9110 section 15.5.22: it says to what */
    pass_on_answer_head(session, &rewrite);
}

static bool is_websocket(const HttpHead *head)
{
    for (size_t i = 0; i < head->field_count; i++) {
        if (span_is(head->fields[i].name, "upgrade"))
            return span_is(head->fields[i].value, "websocket");
    }
    return false;
}

/* From here on the two sides speak a protocol of their own. */
static void become_tunnel(HttpSession *session, const HttpHead *head, const char *rest,
                          size_t rest_length)
{
    HttpExchange *exchange = &session->exchange;
    AnswerRewrite rewrite = {.head = head, .framing = ANSWER_WITHOUT_BODY, .upgrade = true};
    TunnelEnds ends = {.class_ = SLOT_UPGRADED};
    /* They outlive the session: its end frees what it holds. */
    CLEANUP_TEXT Text early = session->in;
    CLEANUP_TEXT Text late = exchange->answer_in;

    pass_on_answer_head(session, &rewrite);
    connection_flush(session->client);
    session->in = (Text){0};
    exchange->answer_in = (Text){0};
    ends.slot = slot_keep(exchange->slot);
    ends.client = session->client;
    ends.upstream = upstream_release(exchange->upstream);
    ends.client_ended = session->client_ended;
    ends.websocket = is_websocket(head);
    ends.from_client = (Span){early.bytes, early.length};
    ends.from_upstream = (Span){rest, rest_length};
    exchange->upstream = NULL;
    session->client = NULL;
    http_session_end(session, ENDING_CLOSE);
    tunnel_start(session->traffic, &ends);
}

static void pass_on_interim(HttpSession *session, const HttpHead *head)
{
    AnswerRewrite rewrite = {.head = head, .framing = ANSWER_WITHOUT_BODY};

    if (++session->exchange.interims > HTTP_INTERIM_MAX) {
        http_exchange_fail(session, FAILURE_GARBLED, 502, "the release answers 1xx without end");
        return;
    }
    http_exchange_expect_progress(session);
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
        http_exchange_fail(session, FAILURE_GARBLED, 502,
                           "the release gave an answer that is not HTTP");
    else if (head.status == 101 && session->exchange.wants_upgrade &&
             session->exchange.request_body.done)
        become_tunnel(session, &head, bytes + head_length, length - head_length);
    else if (head.status == 101)
        http_exchange_fail(session, FAILURE_GARBLED, 502,
                           "the release switched to a protocol that nobody asked for");
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
            http_exchange_fail(session, FAILURE_GARBLED, 502,
                               "the release gave an answer that is not HTTP");
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
        http_exchange_fail(session, FAILURE_CUT, 502, "out of memory");
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

void http_answer_take(HttpSession *session, char *bytes, size_t length)
{
    HttpExchange *exchange = &session->exchange;
    size_t used = 0;

    exchange->answer_began = true;
    if (exchange->answer_headed) {
        take_answer_body(session, bytes, length);
        return;
    }
    if (exchange->answer_in.length > 0) {
        take_answer_pieces(session, bytes, length);
        return;
    }
    used = take_answer_heads(session, bytes, length);
    if (session->state == SESSION_EXCHANGE && exchange->answer_headed)
        take_answer_body(session, bytes + used, length - used);
    else if (session->state == SESSION_EXCHANGE)
        text_append_bytes(&exchange->answer_in, bytes + used, length - used);
}
