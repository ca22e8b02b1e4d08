/* span: a piece of the bytes that were read, and the questions that HTTP asks of it. Pure. */
#ifndef GODEPLOY_PROXY_SERVER_SPAN_H
#define GODEPLOY_PROXY_SERVER_SPAN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Span {
    const char *at; /* borrowed from the bytes that were parsed */
    size_t length;
} Span;

/* ASCII letters compare without case, in all three. */
bool span_is(Span span, const char *text);
bool span_starts_with(Span span, const char *text);
bool span_equal(Span a, Span b);

Span span_trim(Span span);          /* without the blanks and tabs around it */
bool span_is_token(Span span);      /* RFC 9110 section 5.6.2 */
bool span_holds_control(Span span); /* a control character other than a tab */
bool span_begins_with_blank(Span span);

/* The next element of a comma-separated list, without blanks around it; moves *rest behind it.
 * False at the end. Empty elements are skipped. */
bool span_next_element(Span *rest, Span *element);

#endif
