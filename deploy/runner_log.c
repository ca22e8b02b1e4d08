/* See runner.h: what an instance said last, for the error that says that it ended. */
#include "deploy/runner.h"

#include "base/file.h"
#include "base/path.h"
#include "deploy/instance_record.h"

#include <string.h>

enum { TAIL_LIMIT = 64 * 1024, REPORTED_LINES = 10, REPORTED_BYTES = 1200 };

char *runner_log_path(const char *log_folder, const char *slot)
{
    CLEANUP(free) char *name = text_formatted("%s.log", slot);

    return name ? path_join(log_folder, name) : NULL;
}

/* ROOT/APP/logs/SLOT.log -> ROOT/APP/run/SLOT.state.json. NULL if out of memory or no such name. */
static char *state_path_of(const char *log_path)
{
    CLEANUP(free) char *logs = path_folder(log_path);
    CLEANUP(free) char *app = logs ? path_folder(logs) : NULL;
    const char *name = path_file_name(log_path);

    if (!app || !text_ends_with(name, ".log"))
        return NULL;
    return text_formatted("%s/run/%.*s.state.json", app, (int)(strlen(name) - strlen(".log")),
                          name);
}

static uint64_t log_start(const char *log_path)
{
    CLEANUP(free) char *state_path = state_path_of(log_path);
    InstanceRecord record;
    Error ignored = {0};

    if (!state_path || !instance_record_read(state_path, &record, &ignored))
        return 0; /* more lines than wanted are better than none */
    return record.log_start;
}

/* What was read of a log, and where that ends in it. */
typedef struct Tail {
    char *bytes; /* owned */
    size_t length;
    uint64_t end;
} Tail;

/* The last TAIL_LIMIT bytes behind `start`. */
static bool read_tail(const char *path, uint64_t start, Tail *out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    CLEANUP(free) char *bytes = malloc(TAIL_LIMIT);
    uint64_t size;
    size_t length = 0;
    size_t got = 1;

    if (!bytes)
        return error_memory(err);
    if (!file_open(path, FILE_READ, &file, err) || !file_size(file, &size, err))
        return false;
    if (start > size)
        start = 0; /* it was emptied meanwhile */
    if (size - start > TAIL_LIMIT)
        start = size - TAIL_LIMIT;
    if (!file_seek(file, start, err))
        return false;
    while (got > 0 && length < TAIL_LIMIT) {
        if (!file_read(file, bytes + length, TAIL_LIMIT - length, &got, err))
            return false;
        length += got;
    }
    *out = (Tail){.bytes = TAKE(bytes), .length = length, .end = start + length};
    return true;
}

/* Where the last `lines` lines begin. A last line without its end counts too. */
static size_t find_lines(const char *bytes, size_t length, int lines)
{
    size_t at = length;

    if (at > 0 && bytes[at - 1] == '\n')
        at--;
    while (at > 0) {
        if (bytes[at - 1] == '\n' && --lines <= 0)
            return at;
        at--;
    }
    return 0;
}

bool runner_last_lines(const char *log_path, int lines, Text *out, uint64_t *end, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    Tail tail = {0};
    size_t from;

    if (end)
        *end = 0;
    if (!file_exists(log_path) || lines <= 0)
        return true;
    if (!read_tail(log_path, log_start(log_path), &tail, err))
        return error_while(err, "reading the last lines of %s", log_path);
    bytes = tail.bytes;
    from = find_lines(bytes, tail.length, lines);
    for (size_t i = from; i < tail.length; i++)
        if ((bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\n') || bytes[i] == '\x7f')
            bytes[i] = bytes[i] == '\t' ? ' ' : '?'; /* an escape could hide what follows */
    text_append_bytes(out, bytes + from, tail.length - from);
    if (end)
        *end = tail.end;
    return text_ok(out, err);
}

bool runner_report_end(const char *log_folder, const char *slot, const InstanceState *state,
                       Error *err)
{
    CLEANUP(free) char *log = runner_log_path(log_folder, slot);
    CLEANUP_TEXT Text lines = {0};
    const char *said;
    Error ignored = {0};

    if (log)
        (void)runner_last_lines(log, REPORTED_LINES, &lines, NULL,
                                &ignored); /* the end matters more */
    said = text_chars(&lines);
    if (strlen(said) > REPORTED_BYTES)
        said += strlen(said) - REPORTED_BYTES;
    error_set(err, ERR_START, "release %s in slot %s %s: %s%s%s", state->release, slot,
              text_starts_with(state->last_exit, "starting ") ? "did not start" : "ended",
              state->last_exit[0] ? state->last_exit : "how is not known",
              said[0] ? "; its last lines:\n" : "; it wrote nothing", said);
    if (text_ends_with(err->message, "\n"))
        err->message[strlen(err->message) - 1] = '\0';
    return error_hint(err, "Run its command by hand in its folder, or read %s.",
                      log ? log : log_folder);
}
