/* See journald.h. journalctl writes JSON, an entry a line: a message that holds line breaks, or is
 * no UTF-8, stays one message. */
#include "base/service/journald.h"

#include "base/json.h"
#include "base/process/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_TIMEOUT_MS = 20000, SETTLE_TIMEOUT_MS = 5000, ENTRY_OVERHEAD = 16 };

void journald_settle(void)
{
    const char *const argv[] = {"journalctl", "--sync", NULL};
    const Spawn spawn = {.argv = argv};
    ProcessResult result = {0};
    Error ignored = {0};

    (void)process_run(&spawn, SETTLE_TIMEOUT_MS, &result, &ignored); /* then less is read */
}

/* ---- asking ---- */

/* Either from a time on, or from behind a cursor: journalctl takes one of the two. */
static bool add_begin(const JournaldQuery *query, const char *cursor, TextList *words, Error *err)
{
    CLEANUP(free) char *begin = NULL;

    if (cursor[0] == '\0' && query->since_ms <= 0)
        return true;
    begin = cursor[0] != '\0'
                ? text_formatted("--after-cursor=%s", cursor)
                : text_formatted("--since=@%lld.%03d", (long long)(query->since_ms / 1000),
                                 (int)(query->since_ms % 1000));
    return begin ? text_list_add(words, begin, err) : error_memory(err);
}

static bool add_question(const JournaldQuery *query, const char *cursor, TextList *words,
                         Error *err)
{
    static const char *const always[] = {"--quiet", "--no-pager", "--all", "--output=json",
                                         "--output-fields=MESSAGE"};

    if (!systemd_program(query->scope, "journalctl", words, err))
        return false;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (!text_list_add(words, always[i], err))
            return false;
    for (size_t i = 0; query->matches[i]; i++)
        if (!text_list_add(words, query->matches[i], err))
            return false;
    return add_begin(query, cursor, words, err);
}

/* About `most` bytes of messages are this much JSON, or a little more. */
static bool ask(const TextList *words, size_t most, Text *out, Error *err)
{
    const Spawn spawn = {.argv = (const char *const *)words->items};

    return process_read(&spawn, READ_TIMEOUT_MS, most * ENTRY_OVERHEAD, out, err) ||
           error_while(err, "reading the journal of systemd");
}

/* ---- entries ---- */

/* What is no UTF-8 comes as an array of numbers. */
static void append_bytes_of(const Json *message, Text *out)
{
    for (size_t i = 0; i < json_count(message); i++) {
        char byte = (char)json_as_integer(json_item(message, i), '?');

        text_append_bytes(out, byte ? &byte : "?", 1);
    }
}

/* False if the line is no entry: a warning of journalctl, or cut by our limit. */
static bool read_entry(const char *line, size_t length, Text *message,
                       char cursor[JOURNALD_CURSOR_SIZE])
{
    CLEANUP(json_free) Json *entry = NULL;
    const Json *value = NULL;
    const char *here = NULL;
    Error ignored = {0};

    if (!json_parse(line, length, &entry, &ignored))
        return false;
    here = json_get_text(entry, "__CURSOR");
    if (!here || strlen(here) >= JOURNALD_CURSOR_SIZE)
        return false;
    value = json_get(entry, "MESSAGE");
    if (json_kind(value) == JSON_KIND_ARRAY)
        append_bytes_of(value, message);
    else if (json_as_text(value))
        text_append(message, json_as_text(value));
    text_append(message, "\n");
    (void)snprintf(cursor, JOURNALD_CURSOR_SIZE, "%s", here);
    return true;
}

/* The next whole line; false at the end. */
static bool next_line(const Text *lines, size_t *at, const char **line, size_t *length)
{
    const char *begin = text_chars(lines) + *at;
    const char *end = memchr(begin, '\n', lines->length - *at);

    if (!end)
        return false;
    *line = begin;
    *length = (size_t)(end - begin);
    *at += *length + 1;
    return true;
}

/* ---- reading ---- */

/* The entries came newest first. */
static bool turn_around(const TextList *messages, Text *out, Error *err)
{
    for (size_t i = messages->count; i-- > 0;)
        text_append(out, messages->items[i]);
    return text_ok(out, err);
}

bool journald_last(const JournaldQuery *query, int lines, Text *out,
                   char cursor[JOURNALD_CURSOR_SIZE], Error *err)
{
    CLEANUP_TEXT_LIST TextList words = {0};
    CLEANUP_TEXT_LIST TextList messages = {0};
    CLEANUP_TEXT Text answer = {0};
    char number[32];
    char here[JOURNALD_CURSOR_SIZE];
    const char *line = NULL;
    size_t at = 0, length = 0, bytes = 0;

    (void)snprintf(number, sizeof number, "--lines=%d", lines);
    if (!add_question(query, "", &words, err) || !text_list_add(&words, "--reverse", err) ||
        !text_list_add(&words, number, err) || !ask(&words, query->most_bytes, &answer, err))
        return false;
    cursor[0] = '\0';
    while (bytes < query->most_bytes && next_line(&answer, &at, &line, &length)) {
        CLEANUP_TEXT Text message = {0};

        if (!read_entry(line, length, &message, here))
            continue;
        if (cursor[0] == '\0')
            (void)snprintf(cursor, JOURNALD_CURSOR_SIZE, "%s", here);
        bytes += message.length;
        if (!text_list_add(&messages, text_chars(&message), err))
            return false;
    }
    return turn_around(&messages, out, err);
}

bool journald_next(const JournaldQuery *query, Text *out, char cursor[JOURNALD_CURSOR_SIZE],
                   Error *err)
{
    CLEANUP_TEXT_LIST TextList words = {0};
    CLEANUP_TEXT Text answer = {0};
    const char *line = NULL;
    size_t at = 0, length = 0;

    if (!add_question(query, cursor, &words, err) || !ask(&words, query->most_bytes, &answer, err))
        return false;
    while (out->length < query->most_bytes && next_line(&answer, &at, &line, &length))
        (void)read_entry(line, length, out, cursor); /* what is no entry is passed over */
    return text_ok(out, err);
}
