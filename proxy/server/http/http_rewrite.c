/* See http_rewrite.h. */
#include "proxy/server/http/http_rewrite.h"

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

static bool is_named_by_connection(const HttpHead *head, const HttpField *field)
{
    if (!head->connection_names_fields || (field->known.traits & TRAIT_FIRM) != 0)
        return false;
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span option;

        if (head->fields[i].known.name != NAME_CONNECTION)
            continue;
        while (span_next_element(&rest, &option)) {
            if (span_equal(option, field->name))
                return true;
        }
    }
    return false;
}

static bool field_has_element(const HttpHead *head, HttpName name, const char *wanted)
{
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span element;

        if (head->fields[i].known.name != name)
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
        names_protocol |= head->fields[i].known.name == NAME_UPGRADE;
    return head->minor == 1 && head->connection_upgrade && names_protocol &&
           !field_has_element(head, NAME_UPGRADE, "h2c");
}

static void append_upgrade(const HttpHead *head, Text *out)
{
    for (size_t i = 0; i < head->field_count; i++) {
        if (head->fields[i].known.name == NAME_UPGRADE)
            append_field(out, &head->fields[i]);
    }
}

static void append_connection(const HttpHead *head, bool upgrade, Text *out)
{
    bool trailers = head->minor == 1 && field_has_element(head, NAME_TE, "trailers");

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
    if (head->chunked) {
        text_append(out, "Transfer-Encoding: chunked\r\n");
    } else if (head->content_length != HTTP_NO_LENGTH) {
        text_append(out, "Content-Length: ");
        text_append_number(out, (uint64_t)head->content_length);
        text_append(out, "\r\n");
    }
}

/* What is not ours to write, and not meant for us alone. */
static bool goes_on(const RequestRewrite *rewrite, const HttpField *field)
{
    if ((field->known.traits & TRAIT_HOP) != 0 || is_named_by_connection(rewrite->head, field))
        return false;
    return (field->known.traits & TRAIT_REQUEST) == 0 ||
           http_forwarded_keeps(&rewrite->forwarding, field);
}

static void append_request_fields(const RequestRewrite *rewrite, Text *out)
{
    const HttpHead *head = rewrite->head;

    for (size_t i = 0; i < head->field_count; i++) {
        const HttpField *field = &head->fields[i];

        if (!goes_on(rewrite, field))
            continue;
        if (field->known.name == NAME_COOKIE && client_cookie_is_in(field->value))
            client_cookie_append_rest(field->value, out);
        else
            append_field(out, field);
    }
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
    append_request_fields(rewrite, out);
    http_forwarded_append(&rewrite->forwarding, head, host, out);
    append_framing(head, out);
    append_connection(head, facts->upgrade, out);
    if (head->expects_continue && head->minor == 1)
        text_append(out, "Expect: 100-continue\r\n");
    text_append(out, "\r\n");
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
    if (rewrite->upgrade)
        append_upgrade(rewrite->head, out);
    if (rewrite->upgrade && rewrite->connection == ANSWER_CLOSE) {
        text_append(out, "Connection: Upgrade, close\r\n");
    } else if (rewrite->upgrade) {
        text_append(out, "Connection: Upgrade\r\n");
    } else if (rewrite->connection == ANSWER_CLOSE) {
        text_append(out, "Connection: close\r\n");
    } else if (rewrite->connection == ANSWER_KEEP_ALIVE) {
        text_append(out, "Connection: keep-alive\r\n");
    }
}

/* A cache before us may give it to others, and with it the cookie of one (RFC 9111 section 7.3). */
static bool is_for_everybody(const HttpHead *head)
{
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span element;

        if (head->fields[i].known.name != NAME_CACHE_CONTROL)
            continue;
        while (span_next_element(&rest, &element)) {
            if (span_is(element, "public") || span_starts_with(element, "s-maxage="))
                return true;
        }
    }
    return false;
}

static void append_cookie(const AnswerRewrite *rewrite, Text *out)
{
    bool interim = rewrite->head->status < 200 && !rewrite->upgrade;

    if (!rewrite->new_client || interim || is_for_everybody(rewrite->head))
        return;
    text_append(out, "Set-Cookie: ");
    client_cookie_append_value(rewrite->new_client, out);
    text_append(out, "\r\n");
}

void http_rewrite_answer(const AnswerRewrite *rewrite, Text *out)
{
    const HttpHead *head = rewrite->head;

    text_append(out, "HTTP/1.1 ");
    text_append_number(out, (uint64_t)head->status);
    text_append(out, " ");
    append_span(out, head->reason);
    text_append(out, "\r\n");
    for (size_t i = 0; i < head->field_count; i++) {
        const HttpField *field = &head->fields[i];

        if ((field->known.traits & (TRAIT_HOP | TRAIT_ANSWER)) == 0 &&
            !is_named_by_connection(head, field))
            append_field(out, field);
    }
    append_answer_framing(rewrite, out);
    append_answer_connection(rewrite, out);
    append_cookie(rewrite, out);
    if (rewrite->slot)
        text_appendf(out, "Godeploy-Slot: %s\r\n", rewrite->slot);
    if (rewrite->slot && rewrite->release[0])
        text_appendf(out, "Godeploy-Release: %s\r\n", rewrite->release);
    text_append(out, "\r\n");
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

        if (length > 2 && http_field_parse(line, length - 2, &field, &why) &&
            (field.known.traits & (TRAIT_HOP | TRAIT_NEVER_LATE)) == 0)
            append_field(out, &field);
        at += length;
    }
}
