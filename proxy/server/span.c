/* See span.h. */
#include "proxy/server/span.h"

#include <stdint.h>
#include <string.h>

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool same_letters(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

bool span_is(Span span, const char *text)
{
    return strlen(text) == span.length && same_letters(span.at, text, span.length);
}

bool span_starts_with(Span span, const char *text)
{
    size_t length = strlen(text);

    return span.length >= length && same_letters(span.at, text, length);
}

bool span_equal(Span a, Span b)
{
    return a.length == b.length && same_letters(a.at, b.at, a.length);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

Span span_trim(Span span)
{
    while (span.length > 0 && is_blank(span.at[0])) {
        span.at++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.at[span.length - 1]))
        span.length--;
    return span;
}

bool span_begins_with_blank(Span span)
{
    return span.length > 0 && is_blank(span.at[0]);
}

/* One bit for each character below 128: letters, digits and !#$%&'*+-.^_`|~ */
static bool is_token_char(unsigned char c)
{
    static const uint64_t bits[2] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe};

    return c < 128 && (bits[c / 64] >> (c % 64) & 1) != 0;
}

bool span_is_token(Span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (!is_token_char((unsigned char)span.at[i]))
            return false;
    }
    return span.length > 0;
}

bool span_holds_control(Span span)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char c = (unsigned char)span.at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

bool span_next_element(Span *rest, Span *element)
{
    while (rest->length > 0) {
        const char *comma = memchr(rest->at, ',', rest->length);
        size_t length = comma ? (size_t)(comma - rest->at) : rest->length;
        size_t used = comma ? length + 1 : length;

        *element = span_trim((Span){rest->at, length});
        rest->at += used;
        rest->length -= used;
        if (element->length > 0)
            return true;
    }
    return false;
}
