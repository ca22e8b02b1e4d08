/* See http_file.h. Source: RFC 8089. libcurl is not asked: copying needs no network library, and
 * our own open tells the reason when there is no such file. */
#include "base/http/http_file.h"
#include "base/clock.h"
#include "base/http/http_partial.h"
#include "base/http/http_verdict.h"
#include "base/interrupt.h"
#include "base/path.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COPY_SIZE = 128 * 1024, PROGRESS_EVERY_MS = 100 };

bool http_is_file_url(const char *url)
{
    return http_same_name(url, "file:", strlen("file:"));
}

/* "%20" to " ", in place; false if it is not well formed or hides a NUL. */
static bool decode_percents(char *text)
{
    char *to = text;
    uint8_t byte = 0;

    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        if (!isxdigit((unsigned char)from[1]) || !isxdigit((unsigned char)from[2]) ||
            !text_to_bytes((const char[]){from[1], from[2], '\0'}, &byte, 1) || byte == 0)
            return false;
        *to++ = (char)byte;
        from += 2;
    }
    *to = '\0';
    return true;
}

bool http_file_path(const char *url, char **out, Error *err)
{
    const char *at = url + strlen("file:");
    CLEANUP(free) char *path = NULL;

    if (http_same_name(at, "//localhost/", strlen("//localhost/")))
        at += strlen("//localhost");
    else if (strncmp(at, "///", 3) == 0)
        at += 2;
    if (at[0] != '/' || (at[1] == '/' && path_root_length(at) == 1))
        return error_set(err, ERR_FETCH,
                         "a file URL is file:///PATH; another host cannot be asked");
    path = text_copy(at);
    if (!path)
        return error_memory(err);
    if (!decode_percents(path))
        return error_set(err, ERR_FETCH, "a %% in a file URL must be followed by two hex digits");
    if (path_root_length(path + 1) > 1) /* file:///C:/releases/x.zip on Windows */
        memmove(path, path + 1, strlen(path));
    *out = TAKE(path);
    return true;
}

static bool tell_progress(const HttpPartial *partial, uint64_t total_bytes, int64_t *told_ms,
                          Error *err)
{
    const HttpDownload *download = partial->download;
    int64_t now_ms = clock_monotonic_ms();

    if (!download->progress ||
        (now_ms - *told_ms < PROGRESS_EVERY_MS && partial->size_bytes < total_bytes))
        return true;
    *told_ms = now_ms;
    if (download->progress(download->context, partial->size_bytes, total_bytes))
        return true;
    return error_set(err, ERR_INTERRUPTED, "interrupted");
}

static bool copy_all(File *from, HttpPartial *to, uint64_t total_bytes, Error *err)
{
    char buffer[COPY_SIZE];
    int64_t told_ms = 0;
    size_t got = 0;

    for (;;) {
        if (!interrupt_check(err) || !file_read(from, buffer, COPY_SIZE, &got, err))
            return false;
        if (got == 0)
            return true;
        if (got > to->download->most_bytes - to->size_bytes) /* it grew meanwhile */
            return http_refuse_size(to->download, false, to->size_bytes, err);
        if (!http_partial_append(to, buffer, got, err) ||
            !tell_progress(to, total_bytes, &told_ms, err))
            return false;
    }
}

static bool copy_from(const char *path, const HttpDownload *download, HttpDownloaded *out,
                      Error *err)
{
    CLEANUP_HTTP_PARTIAL HttpPartial partial = {0};
    CLEANUP(file_close) File *from = NULL;
    uint64_t total_bytes = 0;

    if (!file_exists(path)) {
        (void)error_set(err, ERR_NOT_FOUND, "%s does not exist", path);
        return error_hint(err, "Check release.source and the version.");
    }
    if (!file_open(path, FILE_READ, &from, err)) {
        (void)error_hint(err, "Check release.source and the version: %s cannot be read.", path);
        return error_as(err, ERR_FETCH);
    }
    if (!file_size(from, &total_bytes, err))
        return false;
    if (total_bytes > download->most_bytes)
        return http_refuse_size(download, true, total_bytes, err);
    if (!http_partial_open(&partial, download, download->url, err) ||
        (partial.size_bytes > 0 && !http_partial_begin_anew(&partial, "", err)) ||
        !copy_all(from, &partial, total_bytes, err) || !http_partial_finish(&partial, err))
        return false;
    *out = (HttpDownloaded){.size_bytes = partial.size_bytes, .tries = 1};
    (void)snprintf(out->final_url, sizeof out->final_url, "%s", download->url);
    return true;
}

bool http_copy_file(const HttpDownload *download, HttpDownloaded *out, Error *err)
{
    CLEANUP(free) char *path = NULL;

    if (!http_file_path(download->url, &path, err) || !copy_from(path, download, out, err))
        return error_while(err, "fetching a file");
    return true;
}
