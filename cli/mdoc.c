/* See mdoc.h. */
#include "cli/mdoc.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 80 };

/* ---- characters ---- */

/* groff would print a lone hyphen, backtick, caret or tilde as what typesetters mean by it, and not
 * as what is typed. */
static void append_character(Text *out, char c)
{
    static const struct {
        char plain;
        const char *written;
    } special[] = {
        {'\\', "\\e"  },
        {'-',  "\\-"  },
        {'`',  "\\(ga"},
        {'\'', "\\(aq"},
        {'^',  "\\(ha"},
        {'~',  "\\(ti"}
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (special[i].plain == c) {
            text_append(out, special[i].written);
            return;
        }
    }
    text_append_bytes(out, &c, 1);
}

static void append_characters(Text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        append_character(out, text[i]);
}

void mdoc_line(Text *out, const char *text)
{
    if (text[0] == '.')
        text_append(out, "\\&");
    append_characters(out, text, strlen(text));
    text_append(out, "\n");
}

void mdoc_argument(Text *out, const char *text)
{
    text_append(out, "\"\\&");
    for (; *text; text++) {
        if (*text == '"')
            text_append(out, "\\(dq");
        else
            append_character(out, *text);
    }
    text_append(out, "\"");
}

/* ---- paragraphs ---- */

/* A paragraph that is being set. */
typedef struct Setting {
    Text *out;
    size_t line; /* where it begins in `out` */
    bool bold;   /* between backticks */
} Setting;

static size_t column(const Setting *setting)
{
    return setting->out->length - setting->line;
}

static void end_line(Setting *setting)
{
    if (column(setting) > 0)
        text_append(setting->out, "\n");
    setting->line = setting->out->length;
}

static bool ends_sentence(const char *word, size_t length)
{
    while (length > 0 && strchr(")\"`", word[length - 1]))
        length--;
    return length > 0 && strchr(".?!", word[length - 1]) &&
           !(length > 2 && word[length - 2] == '.');
}

/* Writes a word out; backticks turn bold on and off. */
static void write_word(Setting *setting, const char *word, size_t length, Text *out)
{
    if (word[0] == '.')
        text_append(out, "\\&"); /* at the beginning of a line it would be a macro */
    for (size_t i = 0; i < length; i++) {
        if (word[i] != '`') {
            append_character(out, word[i]);
            continue;
        }
        setting->bold = !setting->bold;
        text_append(out, setting->bold ? "\\fB" : "\\fR");
    }
}

static void set_word(Setting *setting, const char *word, size_t length)
{
    CLEANUP_TEXT Text written = {0};

    write_word(setting, word, length, &written);
    if (column(setting) + 1 + written.length > WIDTH)
        end_line(setting);
    else if (column(setting) > 0)
        text_append(setting->out, " ");
    text_append(setting->out, text_chars(&written));
    if (ends_sentence(word, length))
        end_line(setting);
    setting->out->failed = setting->out->failed || written.failed;
}

static void set_paragraph(Text *out, const char *text, size_t length)
{
    Setting setting = {.out = out, .line = out->length};

    for (const char *end = text + length; text < end;) {
        size_t word = strcspn(text, " \n");

        word = word < (size_t)(end - text) ? word : (size_t)(end - text);
        set_word(&setting, text, word);
        text += word;
        text += text < end ? strspn(text, " \n") : 0;
    }
    end_line(&setting);
}

static void set_example(Text *out, const char *text, size_t length)
{
    const char *end = text + length;

    text_append(out, ".Bd -literal -compact\n");
    while (text < end) {
        size_t line = strcspn(text, "\n");

        append_characters(out, text, line);
        text_append(out, "\n");
        text += line + (text[line] == '\n');
    }
    text_append(out, ".Ed\n");
}

void mdoc_paragraphs(Text *out, const char *text)
{
    for (bool first = true; *text; first = false) {
        const char *blank = strstr(text, "\n\n");
        size_t length = blank ? (size_t)(blank - text) : strlen(text);

        if (!first)
            text_append(out, ".Pp\n");
        if (text[0] == ' ')
            set_example(out, text, length);
        else
            set_paragraph(out, text, length);
        text += length;
        while (*text == '\n')
            text++;
    }
}

/* ---- the page ---- */

void mdoc_begin(Text *out, const char *name, int section, const char *what)
{
    text_append(out, ".Dd " GODEPLOY_RELEASED "\n.Dt ");
    for (const char *c = name; *c; c++) {
        char big = (char)toupper((unsigned char)*c);

        text_append_bytes(out, &big, 1);
    }
    text_appendf(out, " %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", section, name, what);
}
