/* See event_log.h. */
#include "proxy/server/parent/event_log.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/process/process.h"

#include <stdarg.h>
#include <stdio.h>
#include <uv.h>

enum { LOG_MAX_BYTES = 10 * 1000 * 1000, LOG_FILES = 8, EVENT_BYTES = 2048 };

static void rename_quietly(const char *from, const char *to)
{
    uv_fs_t request;

    (void)uv_fs_rename(NULL, &request, from, to, NULL); /* a missing one is normal */
    uv_fs_req_cleanup(&request);
}

static void roll(const char *path)
{
    for (int i = LOG_FILES - 1; i >= 0; i--) {
        CLEANUP(free) char *from = i > 0 ? text_formatted("%s.%d", path, i) : text_copy(path);
        CLEANUP(free) char *to = text_formatted("%s.%d", path, i + 1);

        if (from && to)
            rename_quietly(from, to);
    }
}

static void append(const EventLog *log, const char *line, size_t length)
{
    CLEANUP(file_close) File *file = NULL;
    uint64_t size = 0;
    Error err = {0};

    if (file_size_of(log->path, &size, &err) && size + length > LOG_MAX_BYTES)
        roll(log->path);
    if (file_open(log->path, FILE_CONTINUE, &file, &err))
        (void)file_write(file, line, length, &err); /* see event_log.h */
}

static void write_event(const EventLog *log, const char *event)
{
    char time[CLOCK_ISO_SIZE];
    CLEANUP_TEXT Text line = {0};

    text_appendf(&line, "%s [%lld] %s\n", clock_format_iso(clock_wall_ms(), time),
                 (long long)process_own_pid(), event);
    if (line.failed)
        return;
    append(log, line.bytes, line.length);
    if (log->foreground)
        (void)fputs(line.bytes, stderr);
}

void event_log(const EventLog *log, const char *format, ...)
{
    char event[EVENT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started right above */
    (void)vsnprintf(event, sizeof event, format, arguments); /* a cut line is good enough */
    va_end(arguments);
    write_event(log, event);
}
