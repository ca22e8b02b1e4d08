/* See settings_problems.h. */
#include "deploy/settings/settings_problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void settings_problems_free(SettingsProblems *problems)
{
    text_free(&problems->text);
}

static void add_place(SettingsProblems *problems, int line, const char *key)
{
    text_append(&problems->text, problems->count == 1 ? "" : "\n");
    text_append(&problems->text, problems->file);
    if (line > 0)
        text_appendf(&problems->text, ":%d", line);
    text_append(&problems->text, ": ");
    if (key)
        text_appendf(&problems->text, "%s: ", key);
}

void settings_problem(SettingsProblems *problems, int line, const char *key, const char *format,
                      ...)
{
    char message[512];
    va_list arguments;

    if (++problems->count > SETTINGS_PROBLEMS_SHOWN)
        return;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments); /* values in it are short */
    va_end(arguments);
    add_place(problems, line, key);
    text_append(&problems->text, message);
}

void settings_problem_hint(SettingsProblems *problems, const char *format, ...)
{
    va_list arguments;

    if (problems->count != 1)
        return;
    va_start(arguments, format);
    (void)vsnprintf(problems->hint, sizeof problems->hint, format, arguments);
    va_end(arguments);
}

bool settings_problems_none(const SettingsProblems *problems, Error *err)
{
    if (problems->out_of_memory || problems->text.failed)
        return error_memory(err);
    if (problems->count == 0)
        return true;
    if (problems->count > SETTINGS_PROBLEMS_SHOWN)
        error_set(err, ERR_SETTINGS, "%s\n%s: and %zu more", text_chars(&problems->text),
                  problems->file, problems->count - SETTINGS_PROBLEMS_SHOWN);
    else
        error_set(err, ERR_SETTINGS, "%s", text_chars(&problems->text));
    if (problems->hint[0] != '\0')
        error_hint(err, "%s", problems->hint);
    return false;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

const char *settings_shown(const char *value, char out[SETTINGS_SHOWN_SIZE])
{
    enum { ROOM = SETTINGS_SHOWN_SIZE - 4 };
    size_t length = strlen(value);
    bool cut = length > ROOM;

    if (!text_printable(value)) /* what it would do to the terminal is not worth showing */
        value = "(unprintable)", length = strlen(value), cut = false;
    if (cut)
        length = ROOM;
    while (cut && length > 0 && is_continuation(value[length]))
        length--;
    (void)snprintf(out, SETTINGS_SHOWN_SIZE, "%.*s%s", (int)length, value, cut ? "..." : "");
    return out;
}
