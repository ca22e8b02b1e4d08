/* See text.h. Here: growing, copying, comparing, expanding and listing. Numbers with a unit are in
 * text_quantity.c, the distance of words in text_nearest.c. */
#include "base/text.h"

#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void text_free(Text *text)
{
    if (!text)
        return;
    free(text->bytes);
    *text = (Text){0};
}

/* Room for `more` bytes and the NUL behind them. */
static bool reserve(Text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    char *bytes = NULL;

    if (text->failed)
        return false;
    text->failed = more >= SIZE_MAX / 2 - text->length;
    if (text->failed)
        return false;
    if (text->bytes && text->length + more < text->capacity)
        return true;
    while (capacity <= text->length + more)
        capacity *= 2;
    bytes = realloc(text->bytes, capacity);
    text->failed = !bytes;
    if (text->failed)
        return false;
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_append_bytes(Text *text, const void *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_append(Text *text, const char *more)
{
    text_append_bytes(text, more, strlen(more));
}

PRINTF_LIKE(2, 0)
static void append_formatted(Text *text, const char *format, va_list arguments)
{
    va_list again;
    int length = 0;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        text->failed = true;
    else if (reserve(text, (size_t)length)) {
        (void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_appendf(Text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    append_formatted(text, format, arguments);
    va_end(arguments);
}

void text_append_number(Text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_append_bytes(text, digits + at, sizeof digits - at);
}

void text_reserve(Text *text, size_t capacity)
{
    if (capacity > text->length)
        (void)reserve(text, capacity - text->length); /* a failure is remembered */
}

void text_clear(Text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->bytes)
        text->bytes[0] = '\0';
}

bool text_ok(const Text *text, Error *err)
{
    return text->failed ? error_memory(err) : true;
}

const char *text_chars(const Text *text)
{
    return text->bytes ? text->bytes : "";
}

char *text_take(Text *text)
{
    char *bytes = NULL;

    text_append_bytes(text, "", 0); /* an empty text is "" and not NULL */
    if (!text->failed)
        bytes = TAKE(text->bytes);
    text_free(text);
    return bytes;
}

char *text_copy_bytes(const char *from, size_t length)
{
    char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;

    if (!copy)
        return NULL;
    if (length > 0)
        memcpy(copy, from, length);
    copy[length] = '\0';
    return copy;
}

char *text_copy(const char *from)
{
    return text_copy_bytes(from, strlen(from));
}

char *text_formatted(const char *format, ...)
{
    Text text = {0};
    va_list arguments;

    va_start(arguments, format);
    append_formatted(&text, format, arguments);
    va_end(arguments);
    return text_take(&text);
}

bool text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), ending = strlen(suffix);

    return length >= ending && memcmp(text + length - ending, suffix, ending) == 0;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool text_starts_with_ignoring_case(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; text++, prefix++)
        if (lower(*text) != lower(*prefix)) /* also where text ends first */
            return false;
    return true;
}

bool text_equal_ignoring_case(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && text_starts_with_ignoring_case(a, b);
}

static bool name_is(const char *name, const char *start, size_t length)
{
    return strlen(name) == length && memcmp(name, start, length) == 0;
}

typedef struct Expansion {
    const char *pattern;
    const Placeholder *values;
    size_t count;
    Text text;
} Expansion;

static bool unknown_placeholder(const Expansion *expansion, const char *name, Error *err)
{
    CLEANUP_TEXT Text known = {0};

    for (size_t i = 0; i < expansion->count; i++)
        text_appendf(&known, "%s{%s}", i == 0 ? "" : ", ", expansion->values[i].name);
    (void)error_set(err, ERR_SETTINGS, "no value is called {%s} in \"%s\"", name,
                    expansion->pattern);
    if (expansion->count == 0)
        return error_hint(err, "Nothing in braces can stand here; write {{ for a plain brace.");
    return error_hint(err, "Known here: %s. Write {{ for a plain brace.", text_chars(&known));
}

static bool append_value(Expansion *expansion, const char *name, size_t length, Error *err)
{
    CLEANUP(free) char *unknown = NULL;

    for (size_t i = 0; i < expansion->count; i++) {
        const Placeholder *value = &expansion->values[i];

        if (!name_is(value->name, name, length))
            continue;
        if (!value->value)
            return error_set(err, ERR_SETTINGS, "{%s} has no value here, but \"%s\" uses it",
                             value->name, expansion->pattern);
        text_append(&expansion->text, value->value);
        return true;
    }
    unknown = text_copy_bytes(name, length);
    return unknown ? unknown_placeholder(expansion, unknown, err) : error_memory(err);
}

/* Appends what the brace at *at stands for, and moves behind it. */
static bool expand_brace(Expansion *expansion, const char **at, Error *err)
{
    const char *name = *at + 1;
    size_t length = strcspn(name, "{}");

    if (*name == '{') {
        text_append(&expansion->text, "{");
        *at += 2;
        return true;
    }
    if (name[length] != '}')
        return error_set(err, ERR_SETTINGS, "a { is not closed in \"%s\"", expansion->pattern);
    *at = name + length + 1;
    return append_value(expansion, name, length, err);
}

bool text_expand(const char *pattern, const Placeholder *values, size_t count, char **out,
                 Error *err)
{
    Expansion expansion = {.pattern = pattern, .values = values, .count = count};
    char *expanded = NULL;

    for (const char *at = pattern; *at != '\0';) {
        size_t plain = strcspn(at, "{");

        text_append_bytes(&expansion.text, at, plain);
        at += plain;
        if (*at == '{' && !expand_brace(&expansion, &at, err)) {
            text_free(&expansion.text);
            return false;
        }
    }
    expanded = text_take(&expansion.text);
    if (!expanded)
        return error_memory(err);
    *out = expanded;
    return true;
}

/* Lower-case on the way out, either case on the way in. */
void text_from_bytes(const uint8_t *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * length] = '\0';
}

int text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_to_bytes(const char *hex, uint8_t *out, size_t length)
{
    if (strlen(hex) != 2 * length)
        return false;
    for (size_t i = 0; i < length; i++) {
        int high = text_hex_digit(hex[2 * i]), low = text_hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

bool text_list_add(TextList *list, const char *item, Error *err)
{
    size_t slots = list->count + 1; /* with the NULL at the end */
    char *copy = NULL;

    if ((slots & (slots - 1)) == 0) { /* full: slots are 1, then always a power of two */
        char **items = realloc(list->items, 2 * slots * sizeof *items);

        if (!items)
            return error_memory(err);
        list->items = items;
    }
    copy = text_copy(item);
    list->items[list->count] = copy;
    if (!copy)
        return error_memory(err);
    list->items[++list->count] = NULL;
    return true;
}

void text_list_free(TextList *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (TextList){0};
}
