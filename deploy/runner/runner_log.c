/* See runner_log.h. */
#include "deploy/runner/runner_log.h"

#include "base/file/file.h"
#include "deploy/runner/instance_record.h"

#include <stdlib.h>

enum { TAIL_LIMIT = 64 * 1024 };

char *runner_log_path(const InstancePlace *place)
{
    return text_formatted("%s/%s.log", place->log_folder, place->slot);
}

static uint64_t log_start(const InstancePlace *place)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};
    InstanceRecord record;
    Error ignored = {0};

    if (!instance_files(place->run_folder, place->slot, &files, &ignored) ||
        !instance_record_read(files.state, &record, &ignored))
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

/* Control characters are replaced: an escape could hide what follows. */
static void make_printable(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\n') || bytes[i] == '\x7f')
            bytes[i] = bytes[i] == '\t' ? ' ' : '?';
}

typedef struct LogPart {
    const char *path;
    uint64_t start; /* what is before it is another instance's */
} LogPart;

/* `end` may be NULL. */
static bool last_lines(const LogPart *part, int lines, Text *out, LogPosition *end, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    Tail tail = {0};
    size_t from;

    if (end)
        *end = (LogPosition){0};
    if (!file_exists(part->path) || lines <= 0)
        return true;
    if (!read_tail(part->path, part->start, &tail, err))
        return error_while(err, "reading the last lines of %s", part->path);
    bytes = tail.bytes;
    from = find_lines(bytes, tail.length, lines);
    make_printable(bytes + from, tail.length - from);
    text_append_bytes(out, bytes + from, tail.length - from);
    if (end)
        end->offset = tail.end;
    return text_ok(out, err);
}

bool runner_log_file_last_lines(const char *path, int lines, Text *out, Error *err)
{
    const LogPart whole = {.path = path};

    return last_lines(&whole, lines, out, NULL, err);
}

bool runner_log_last_lines(const InstancePlace *place, int lines, Text *out, LogPosition *end,
                           Error *err)
{
    CLEANUP(free) char *path = runner_log_path(place);
    const LogPart part = {.path = path, .start = log_start(place)};

    return path ? last_lines(&part, lines, out, end, err) : error_memory(err);
}

/* How much of a chunk ends with a line; a line longer than a chunk is shown in pieces. */
static size_t whole_lines(const char *chunk, size_t length)
{
    size_t whole = length;

    while (whole > 0 && chunk[whole - 1] != '\n')
        whole--;
    return whole > 0 || length < TAIL_LIMIT ? whole : length;
}

bool runner_log_new_lines(const InstancePlace *place, LogPosition *from, Text *out, Error *err)
{
    CLEANUP(free) char *path = runner_log_path(place);
    CLEANUP(free) char *chunk = malloc(TAIL_LIMIT);
    CLEANUP(file_close) File *file = NULL;
    uint64_t size = 0;
    size_t got = 0;

    if (!path || !chunk)
        return error_memory(err);
    if (!file_exists(path))
        return true; /* rolled this instant */
    if (!file_open(path, FILE_READ, &file, err) || !file_size(file, &size, err))
        return false;
    if (size < from->offset)
        from->offset = 0;
    if (!file_seek(file, from->offset, err) || !file_read(file, chunk, TAIL_LIMIT, &got, err))
        return false;
    got = whole_lines(chunk, got);
    from->offset += got;
    text_append_bytes(out, chunk, got);
    return text_ok(out, err);
}
