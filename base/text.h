/* text: strings that grow, and the small readings of text that settings and options need.
 *
 * A Text remembers that an allocation failed: append as often as needed, then look once with
 * text_ok(). All text is UTF-8. */
#ifndef GODEPLOY_BASE_TEXT_H
#define GODEPLOY_BASE_TEXT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Text {
    char *bytes; /* NUL-terminated once something was appended; NULL before. Owned. */
    size_t length;
    size_t capacity;
    bool failed;
} Text;

/* For CLEANUP(text_free) Text *... use a local Text and CLEANUP_TEXT. */
void text_free(Text *text);
#define CLEANUP_TEXT __attribute__((cleanup(text_free), unused))

void text_append(Text *text, const char *more);
void text_append_bytes(Text *text, const void *bytes, size_t length);
void text_appendf(Text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_append_number(Text *text, uint64_t number); /* in decimal */
/* Takes memory for `capacity` bytes at once, where it is known that so many come. */
void text_reserve(Text *text, size_t capacity);
void text_clear(Text *text); /* keeps the memory */
bool text_ok(const Text *text, Error *err);
const char *text_chars(const Text *text); /* never NULL; borrowed until the next change */
char *text_take(Text *text);              /* never NULL unless out of memory; caller frees */

/* Copies; NULL if out of memory. text_formatted() is asprintf(). Caller frees. */
char *text_copy(const char *from);
char *text_copy_bytes(const char *from, size_t length);
char *text_formatted(const char *format, ...) PRINTF_LIKE(1, 2);

bool text_equal(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);
/* A to Z count as a to z, in every locale: host names, header names, schemes. */
bool text_equal_ignoring_case(const char *a, const char *b);
bool text_starts_with_ignoring_case(const char *text, const char *prefix);

/* Whole decimal numbers without sign or blanks; false if anything else, or above `most`. */
bool text_parse_number(const char *text, uint64_t most, uint64_t *out);

/* "500ms", "30s", "5m", "2h", "1d", or a bare number of seconds as Kamal and Nomad users write it.
 */
bool text_parse_duration_ms(const char *text, int64_t *out);

/* "5GiB", "500MiB", "64KiB", "10MB" (powers of 1000), "123" bytes. */
bool text_parse_size_bytes(const char *text, uint64_t *out);

/* "2.5%" as parts per million (25000); a bare "0.025" likewise. */
bool text_parse_share_ppm(const char *text, int64_t *out);

/* How a person reads them: "1.2 s", "340 ms", "3 min 20 s"; "20.0 MiB". `out` holds 32 bytes. */
enum { TEXT_QUANTITY_SIZE = 32 };
const char *text_duration(int64_t ms, char out[TEXT_QUANTITY_SIZE]);
const char *text_size(uint64_t bytes, char out[TEXT_QUANTITY_SIZE]);
const char *text_share(int64_t ppm, char out[TEXT_QUANTITY_SIZE]); /* "2.5%", exactly */
const char *text_plural(int64_t count); /* for "%lld request%s": "" if it is one, else "s" */

/* The candidate nearest to `word` by edit distance, or NULL if none is near enough to be meant. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

/* Replaces each {name} by the value of that name; "{{" stands for "{". Unknown names are an error
 * that names them. */
typedef struct Placeholder {
    const char *name;
    const char *value; /* NULL: this name is known, but has no value here: an error if used */
} Placeholder;
bool text_expand(const char *pattern, const Placeholder *values, size_t count, char **out,
                 Error *err);

/* Lower-case hexadecimal; `out` holds 2 * length + 1. */
void text_from_bytes(const uint8_t *bytes, size_t length, char *out);
int text_hex_digit(char c); /* its value; -1 if it is none */
bool text_to_bytes(const char *hex, uint8_t *out, size_t length);

/* True if nothing in it can move a terminal's cursor or hide what follows (control characters). */
bool text_printable(const char *text);
bool text_is_utf8(const char *text); /* well formed, whatever it says (RFC 3629) */

/* Owned list of owned strings, NULL-terminated so that it can be an argv. */
typedef struct TextList {
    char **items;
    size_t count;
} TextList;
bool text_list_add(TextList *list, const char *item, Error *err);
void text_list_free(TextList *list);
#define CLEANUP_TEXT_LIST __attribute__((cleanup(text_list_free)))

#endif
