/* See command_line.h. */
#include "base/process/command_line.h"

#include "base/text.h"

#include <string.h>

/* CreateProcessW counts UTF-16 units, of which UTF-8 never has fewer bytes. */
enum { MOST_BYTES = 32766 };

static void append_backslashes(Text *line, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_append(line, "\\");
}

/* Backslashes are plain text except before a quote, where each pair stands for one. */
static void append_quoted(Text *line, const char *word)
{
    size_t backslashes = 0;

    text_append(line, "\"");
    for (; *word; word++) {
        if (*word == '\\') {
            backslashes++;
            continue;
        }
        append_backslashes(line, *word == '"' ? 2 * backslashes + 1 : backslashes);
        text_append_bytes(line, word, 1);
        backslashes = 0;
    }
    append_backslashes(line, 2 * backslashes); /* the closing quote follows */
    text_append(line, "\"");
}

static void append_word(Text *line, const char *word)
{
    text_append(line, " ");
    if (word[0] == '\0' || strpbrk(word, " \t\n\v\""))
        append_quoted(line, word);
    else
        text_append(line, word);
}

bool command_line_join(const char *const *argv, char **out, Error *err)
{
    CLEANUP_TEXT Text line = {0};

    if (strchr(argv[0], '"'))
        return error_set(err, ERR_USAGE, "the path of a program has a quote in it: %s", argv[0]);
    text_append(&line, "\"");
    text_append(&line, argv[0]); /* here, and only here, every backslash is one */
    text_append(&line, "\"");
    for (size_t i = 1; argv[i]; i++)
        append_word(&line, argv[i]);
    if (!text_ok(&line, err))
        return false;
    if (line.length > MOST_BYTES)
        return error_set(err, ERR_USAGE, "a command of %zu bytes is longer than Windows takes (%d)",
                         line.length, MOST_BYTES);
    *out = text_take(&line);
    return *out || error_memory(err);
}

bool command_line_runs_a_shell(const char *program)
{
    size_t length = strlen(program);

    while (length > 0 && (program[length - 1] == '.' || program[length - 1] == ' '))
        length--; /* Windows drops them, and only then looks at the ending */
    return length >= 4 && (text_starts_with_ignoring_case(program + length - 4, ".bat") ||
                           text_starts_with_ignoring_case(program + length - 4, ".cmd"));
}
