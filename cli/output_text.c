/* See output_text.h. */
#include "cli/output_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_CHARACTER = 4, NARROWEST = 40, WORD_SIZE = 512 };

/* Bytes of the UTF-8 character at `text` by its first byte; 1 for what is none. */
static size_t character_length(const char *text)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    return strnlen(text, length) < length ? 1 : length;
}

static bool is_printable(const char *text, size_t length)
{
    char character[LONGEST_CHARACTER + 1] = {0};

    memcpy(character, text, length);
    return text_printable(character);
}

/* ESC [ 1 ; 3 1 m: colors of a log. They may go without a word; everything else is shown. */
static size_t color_length(const char *text)
{
    size_t length = 2;

    if (text[0] != '\x1b' || text[1] != '[')
        return 0;
    length += strspn(text + 2, "0123456789;");
    return text[length] == 'm' ? length + 1 : 0;
}

static void append_blank(Text *out, char blank, LineEnds ends)
{
    if (ends == LINES_KEPT)
        text_append_bytes(out, &blank, 1);
    else if (blank != '\r')
        text_append(out, " ");
}

static bool is_line_end(const char *text)
{
    return *text == '\n' || *text == '\t' || (text[0] == '\r' && text[1] == '\n');
}

void output_append_printable(Text *out, const char *text, LineEnds ends)
{
    while (*text) {
        size_t length = character_length(text);
        size_t color = color_length(text);

        if (color > 0) {
            text += color;
            continue;
        }
        if (is_line_end(text)) {
            if (*text != '\r')
                append_blank(out, *text, ends);
        } else if (is_printable(text, length)) {
            text_append_bytes(out, text, length);
        } else {
            length = 1;
            text_appendf(out, "\\x%02x", (unsigned)(unsigned char)*text);
        }
        text += length;
    }
}

static uint32_t character_at(const char *text, size_t length)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = (unsigned char)text[0] & masks[length];

    for (size_t i = 1; i < length; i++)
        value = value << 6 | ((unsigned char)text[i] & 0x3F);
    return value;
}

/* East Asian wide and emoji. Unsure ones count as wide: a line cut early harms nobody. */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
           (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
           (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F000 && c <= 0x1FAFF) || c >= 0x20000;
}

int output_columns(const char *text)
{
    int columns = 0;

    for (size_t length = 0; *text; text += length) {
        length = character_length(text);
        columns += is_wide(character_at(text, length)) ? 2 : 1;
    }
    return columns;
}

static void append_start(Text *out, const char *text, int most)
{
    for (size_t length = 0; *text && most > 0; text += length) {
        length = character_length(text);
        most -= is_wide(character_at(text, length)) ? 2 : 1;
        if (most >= 0)
            text_append_bytes(out, text, length);
    }
}

int output_append_cut(Text *out, const char *text, int most)
{
    static const int dots = 3;
    size_t before = out->length;

    if (most <= 0)
        return 0;
    if (output_columns(text) <= most) {
        text_append(out, text);
    } else {
        append_start(out, text, most > dots ? most - dots : most);
        text_append(out, most > dots ? "..." : "");
    }
    return out->failed || !out->bytes ? 0 : output_columns(out->bytes + before);
}

void output_append_wrapped(Text *out, const char *words, int indent, int column, int width)
{
    bool is_first = true;

    width = width < NARROWEST ? NARROWEST : width;
    while (*words) {
        char word[WORD_SIZE];
        size_t length = strcspn(words, " ");
        int columns = 0;

        (void)snprintf(word, sizeof word, "%.*s", (int)length, words);
        columns = output_columns(word);
        if (!is_first && column + 1 + columns > width) {
            text_appendf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!is_first) {
            text_append(out, " ");
            column++;
        }
        text_append_bytes(out, words, length);
        column += columns;
        words += length;
        words += strspn(words, " ");
        is_first = false;
    }
    text_append(out, "\n");
}
