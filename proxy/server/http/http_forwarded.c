/* See http_forwarded.h. */
#include "proxy/server/http/http_forwarded.h"

#include <string.h>

bool http_forwarded_keeps(const Forwarding *forwarding, const HttpField *field)
{
    switch (field->known.name) {
    case NAME_X_FORWARDED_FOR:
    case NAME_FORWARDED:
    case NAME_X_REQUEST_ID:
        return false; /* in one field with what we add */
    case NAME_OTHER:
    case NAME_TWIN:
    case NAME_CACHE_CONTROL:
    case NAME_CONNECTION:
    case NAME_CONTENT_LENGTH:
    case NAME_COOKIE:
    case NAME_EXPECT:
    case NAME_GODEPLOY_PROOF:
    case NAME_HOST:
    case NAME_TE:
    case NAME_TRANSFER_ENCODING:
    case NAME_UPGRADE:
    case NAME_X_FORWARDED_HOST:
    case NAME_X_FORWARDED_PROTO:
    case NAME_WITH_TRAITS:
        break;
    }
    return (field->known.traits & TRAIT_TRUST) != 0 && forwarding->trusted;
}

/* What a trusted proxy wrote, as the beginning of a list. */
static void append_chain(const Forwarding *forwarding, const HttpHead *head, HttpName name,
                         Text *out)
{
    for (size_t i = 0; i < head->field_count && forwarding->trusted; i++) {
        const HttpField *field = &head->fields[i];

        if (field->known.name != name || field->value.length == 0)
            continue;
        text_append_bytes(out, field->value.at, field->value.length);
        text_append_bytes(out, ", ", 2);
    }
}

static bool has(const Forwarding *forwarding, const HttpHead *head, HttpName name)
{
    for (size_t i = 0; i < head->field_count && forwarding->trusted; i++) {
        if (head->fields[i].known.name == name)
            return true;
    }
    return false;
}

/* RFC 7239 section 6: an IPv6 host stands in brackets, and both in quotes. */
static void append_node(const char *host, Text *out)
{
    bool is_ipv6 = strchr(host, ':') != NULL;

    if (is_ipv6)
        text_append(out, "\"[");
    text_append(out, host[0] ? host : "unknown");
    if (is_ipv6)
        text_append(out, "]\"");
}

static void append_line(const char *name, Span value, Text *out)
{
    text_append(out, name);
    text_append_bytes(out, value.at, value.length);
    text_append_bytes(out, "\r\n", 2);
}

static Span span_of(const char *text)
{
    return (Span){text, strlen(text)};
}

void http_forwarded_append(const Forwarding *forwarding, const HttpHead *head, Span host, Text *out)
{
    text_append(out, "X-Forwarded-For: ");
    append_chain(forwarding, head, NAME_X_FORWARDED_FOR, out);
    append_line("", span_of(forwarding->client_host), out);
    if (!has(forwarding, head, NAME_X_FORWARDED_PROTO))
        text_append(out, "X-Forwarded-Proto: http\r\n");
    if (!has(forwarding, head, NAME_X_FORWARDED_HOST))
        append_line("X-Forwarded-Host: ", host, out);
    text_append(out, "Forwarded: ");
    append_chain(forwarding, head, NAME_FORWARDED, out);
    text_append(out, "for=");
    append_node(forwarding->client_host, out);
    text_append(out, ";host=\""); /* no quote can be in it: see http_head.c */
    text_append_bytes(out, host.at, host.length);
    text_append(out, "\";proto=http\r\n");
    append_line("X-Request-Id: ", span_of(forwarding->request_id), out);
}
