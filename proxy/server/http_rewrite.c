/* See http_rewrite.h. */
#include "proxy/server/http_rewrite.h"

#include <string.h>

static void append_span(Text *out, Span span)
{
    text_append_bytes(out, span.at, span.length);
}

static void append_field(Text *out, const HttpField *field)
{
    append_span(out, field->name);
    text_append(out, ": ");
    append_span(out, field->value);
    text_append(out, "\r\n");
}

static bool is_one_of(Span name, const char *const *names)
{
    for (; *names; names++) {
        if (span_is(name, *names))
            return true;
    }
    return false;
}

/* Meant for one hop, whoever names them (RFC 9110 section 7.6.1). */
static bool is_for_one_hop(Span name)
{
    static const char *const names[] = {
        "connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", NULL};

    return span_starts_with(name, "proxy-") || is_one_of(name, names);
}

/* A client must not be able to make us forget what framing, routing or trust rest upon by naming it
 * in Connection. */
static bool is_protected(Span name)
{
    static const char *const names[] = {
        "host", "content-type", "authorization", "cookie", "trailer", "expect", NULL};

    return is_one_of(name, names) || span_starts_with(name, "x-forwarded-");
}

static bool is_named_by_connection(const HttpHead *head, Span name)
{
    if (!head->connection_names_fields || is_protected(name))
        return false;
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span option;

        if (!span_is(head->fields[i].name, "connection"))
            continue;
        while (span_next_element(&rest, &option)) {
            if (span_equal(option, name))
                return true;
        }
    }
    return false;
}

/* Takes as long for a wrong token as for a right one. */
static bool is_proof(Span value, const char *proof)
{
    size_t length = strlen(proof);
    unsigned char difference = 0;

    if (length == 0 || value.length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        difference = (unsigned char)(difference | (value.at[i] ^ proof[i]));
    return difference == 0;
}

/* Set by us, below, so that what came is not passed on as it is. */
static bool is_ours_in_request(const RequestRewrite *rewrite, Span name)
{
    static const char *const names[] = {"host",           "expect",         "x-forwarded-for",
                                        "http2-settings", "godeploy-proof", NULL};
    static const char *const forwarded[] = {"x-forwarded-proto", "x-forwarded-host", NULL};

    return is_one_of(name, names) || (!rewrite->trust_forwarded && is_one_of(name, forwarded));
}

static void append_forwarded(const RequestRewrite *rewrite, Text *out, Span host)
{
    const HttpHead *head = rewrite->head;
    bool has_proto = false;
    bool has_host = false;

    text_append(out, "X-Forwarded-For: ");
    for (size_t i = 0; i < head->field_count; i++) {
        has_proto |= span_is(head->fields[i].name, "x-forwarded-proto");
        has_host |= span_is(head->fields[i].name, "x-forwarded-host");
        if (span_is(head->fields[i].name, "x-forwarded-for") && head->fields[i].value.length > 0) {
            append_span(out, head->fields[i].value);
            text_append(out, ", ");
        }
    }
    text_append(out, rewrite->client_host);
    text_append(out, "\r\n");
    if (!rewrite->trust_forwarded || !has_proto)
        text_append(out, "X-Forwarded-Proto: http\r\n");
    if (!rewrite->trust_forwarded || !has_host) {
        text_append(out, "X-Forwarded-Host: ");
        append_span(out, host);
        text_append(out, "\r\n");
    }
}

static bool field_has_element(const HttpHead *head, const char *name, const char *wanted)
{
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span element;

        if (!span_is(head->fields[i].name, name))
            continue;
        while (span_next_element(&rest, &element)) {
            if (span_is(element, wanted))
                return true;
        }
    }
    return false;
}

/* h2c would make a tunnel through which requests pass that nobody routes. */
static bool may_upgrade(const HttpHead *head)
{
    bool names_protocol = false;

    for (size_t i = 0; i < head->field_count; i++)
        names_protocol |= span_is(head->fields[i].name, "upgrade");
    return head->minor == 1 && head->connection_upgrade && names_protocol &&
           !field_has_element(head, "upgrade", "h2c");
}

static void append_upgrade(const HttpHead *head, Text *out)
{
    for (size_t i = 0; i < head->field_count; i++) {
        if (span_is(head->fields[i].name, "upgrade"))
            append_field(out, &head->fields[i]);
    }
}

static void append_connection(const HttpHead *head, bool upgrade, Text *out)
{
    bool trailers = head->minor == 1 && field_has_element(head, "te", "trailers");

    if (trailers)
        text_append(out, "TE: trailers\r\n");
    if (upgrade)
        append_upgrade(head, out);
    if (upgrade || trailers)
        text_appendf(out, "Connection: %s%s%s\r\n", upgrade ? "Upgrade" : "",
                     upgrade && trailers ? ", " : "", trailers ? "TE" : "");
}

static void append_framing(const HttpHead *head, Text *out)
{
    if (head->chunked)
        text_append(out, "Transfer-Encoding: chunked\r\n");
    else if (head->content_length != HTTP_NO_LENGTH)
        text_appendf(out, "Content-Length: %lld\r\n", (long long)head->content_length);
}

void http_rewrite_request(const RequestRewrite *rewrite, Text *out, RequestFacts *facts)
{
    const HttpHead *head = rewrite->head;
    bool named = head->has_host || head->host.length > 0;
    Span host = named ? head->host : (Span){rewrite->default_host, strlen(rewrite->default_host)};

    *facts = (RequestFacts){.upgrade = may_upgrade(head)};
    append_span(out, head->method);
    text_append(out, " ");
    append_span(out, head->target);
    text_append(out, " HTTP/1.1\r\nHost: ");
    append_span(out, host);
    text_append(out, "\r\n");
    for (size_t i = 0; i < head->field_count; i++) {
        const HttpField *field = &head->fields[i];

        if (span_is(field->name, "godeploy-proof") && is_proof(field->value, rewrite->proof))
            facts->proven = true;
        if (!is_for_one_hop(field->name) && !is_ours_in_request(rewrite, field->name) &&
            !is_named_by_connection(head, field->name))
            append_field(out, field);
    }
    append_forwarded(rewrite, out, host);
    append_framing(head, out);
    append_connection(head, facts->upgrade, out);
    if (head->expects_continue && head->minor == 1)
        text_append(out, "Expect: 100-continue\r\n");
    text_append(out, "\r\n");
}

static bool is_ours_in_answer(Span name)
{
    static const char *const names[] = {"godeploy-slot", "godeploy-release", NULL};

    return is_one_of(name, names);
}

static void append_answer_framing(const AnswerRewrite *rewrite, Text *out)
{
    switch (rewrite->framing) {
    case ANSWER_CHUNKED:
        text_append(out, "Transfer-Encoding: chunked\r\n");
        break;
    case ANSWER_WITHOUT_BODY: /* a 1xx and a 204 must have none (RFC 9110 section 8.6) */
        if (rewrite->head->status < 200 || rewrite->head->status == 204 || rewrite->head->chunked)
            break;
        append_framing(rewrite->head, out);
        break;
    case ANSWER_LENGTH:
        append_framing(rewrite->head, out);
        break;
    case ANSWER_UNTIL_CLOSE:
        break;
    }
}

static void append_answer_connection(const AnswerRewrite *rewrite, Text *out)
{
    if (rewrite->upgrade) {
        append_upgrade(rewrite->head, out);
        text_append(out, "Connection: Upgrade\r\n");
    } else if (rewrite->connection == ANSWER_CLOSE) {
        text_append(out, "Connection: close\r\n");
    } else if (rewrite->connection == ANSWER_KEEP_ALIVE) {
        text_append(out, "Connection: keep-alive\r\n");
    }
}

void http_rewrite_answer(const AnswerRewrite *rewrite, Text *out)
{
    const HttpHead *head = rewrite->head;

    text_appendf(out, "HTTP/1.1 %03d ", head->status);
    append_span(out, head->reason);
    text_append(out, "\r\n");
    for (size_t i = 0; i < head->field_count; i++) {
        const HttpField *field = &head->fields[i];

        if (!is_for_one_hop(field->name) && !is_ours_in_answer(field->name) &&
            !is_named_by_connection(head, field->name))
            append_field(out, field);
    }
    append_answer_framing(rewrite, out);
    append_answer_connection(rewrite, out);
    if (rewrite->slot)
        text_appendf(out, "Godeploy-Slot: %s\r\n", rewrite->slot);
    if (rewrite->slot && rewrite->release[0])
        text_appendf(out, "Godeploy-Release: %s\r\n", rewrite->release);
    text_append(out, "\r\n");
}

/* RFC 9110 section 6.5.1: nothing that frames, routes or authenticates may come late. */
static bool may_trail(Span name)
{
    static const char *const names[] = {"host",          "trailer",        "authorization",
                                        "set-cookie",    "cookie",         "expect",
                                        "content-type",  "content-range",  "content-encoding",
                                        "cache-control", "godeploy-proof", NULL};

    return !is_for_one_hop(name) && !is_ours_in_answer(name) && !is_one_of(name, names) &&
           !span_starts_with(name, "x-forwarded-");
}

void http_rewrite_trailers(const Text *trailers, Text *out)
{
    size_t at = 0;

    while (at < trailers->length) {
        const char *line = trailers->bytes + at;
        const char *lf = memchr(line, '\n', trailers->length - at);
        size_t length = lf ? (size_t)(lf - line) + 1 : trailers->length - at;
        HttpField field;
        const char *why = NULL;

        if (length > 2 && http_field_parse(line, length - 2, &field, &why) && may_trail(field.name))
            append_field(out, &field);
        at += length;
    }
}
