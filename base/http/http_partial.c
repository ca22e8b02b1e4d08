/* See http_partial.h. */
#include "base/http/http_partial.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

enum { STATE_LIMIT = 64 * 1024, COPY_SIZE = 128 * 1024 };

/* What cannot be read only costs the bytes that are there already. */
static void recall_validator(HttpPartial *partial)
{
    CLEANUP(json_free) Json *state = NULL;
    const char *url = NULL;
    const char *validator = NULL;
    Error ignored = {0};

    partial->validator[0] = '\0';
    if (!partial->download->state_path || !file_exists(partial->download->state_path) ||
        !json_read_file(partial->download->state_path, STATE_LIMIT, &state, &ignored))
        return;
    url = json_get_text(state, "url");
    validator = json_get_text(state, "validator");
    if (!url || !validator || !text_equal(url, partial->shown_url) ||
        strlen(validator) >= sizeof partial->validator || !text_printable(validator))
        return;
    (void)snprintf(partial->validator, sizeof partial->validator, "%s", validator);
}

static bool remember_validator(HttpPartial *partial, const char *validator, Error *err)
{
    CLEANUP(json_free) Json *state = NULL;
    CLEANUP(free) char *line = NULL;

    (void)snprintf(partial->validator, sizeof partial->validator, "%s", validator);
    if (!partial->download->state_path)
        return true;
    if (validator[0] == '\0')
        return file_remove(partial->download->state_path, err);
    state = json_new_object();
    (void)json_put_text(state, "url", partial->shown_url); /* a failure shows in json_line() */
    (void)json_put_text(state, "validator", validator);
    line = json_line(state);
    if (!line)
        return error_memory(err);
    return file_write_atomic(partial->download->state_path, line, strlen(line), 0600, err);
}

static bool tell_content(HttpPartial *partial, const void *bytes, size_t length, bool reset,
                         Error *err)
{
    const HttpDownload *download = partial->download;

    partial->content_has_seen = !reset;
    return !download->content || download->content(download->context, bytes, length, reset, err);
}

static bool read_back(HttpPartial *partial, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    char buffer[COPY_SIZE];
    size_t got = 0;

    if (!file_open(partial->download->path, FILE_READ, &file, err))
        return false;
    for (;;) {
        if (!interrupt_check(err) || !file_read(file, buffer, COPY_SIZE, &got, err))
            return false;
        if (got == 0)
            return true;
        if (!tell_content(partial, buffer, got, false, err))
            return false;
        partial->size_bytes += got;
    }
}

bool http_partial_open(HttpPartial *partial, const HttpDownload *download, const char *shown_url,
                       Error *err)
{
    uint64_t there = 0;

    memset(partial, 0, sizeof *partial);
    partial->download = download;
    partial->shown_url = shown_url;
    if (!file_open(download->path, FILE_CONTINUE, &partial->file, err) ||
        !file_size(partial->file, &there, err))
        return false;
    if (there == 0)
        return true;
    recall_validator(partial);
    if (partial->validator[0] == '\0' || there > download->most_bytes)
        return http_partial_begin_anew(partial, "", err);
    return read_back(partial, err);
}

void http_partial_close(HttpPartial *partial)
{
    file_close(partial->file);
    partial->file = NULL;
}

/* First the bytes, then the validator: if we die between the two, an empty file needs none. */
bool http_partial_begin_anew(HttpPartial *partial, const char *validator, Error *err)
{
    if (!file_truncate(partial->file, 0, err) || !file_seek(partial->file, 0, err))
        return false;
    partial->size_bytes = 0;
    if (!remember_validator(partial, validator, err))
        return false;
    return !partial->content_has_seen || tell_content(partial, "", 0, true, err);
}

bool http_partial_append(HttpPartial *partial, const void *bytes, size_t length, Error *err)
{
    if (!file_write(partial->file, bytes, length, err) ||
        !tell_content(partial, bytes, length, false, err))
        return false;
    partial->size_bytes += length;
    return true;
}

bool http_partial_finish(HttpPartial *partial, Error *err)
{
    CLEANUP(free) char *folder = path_folder(partial->download->path);

    if (!folder)
        return error_memory(err);
    return file_sync(partial->file, err) && folder_sync(folder, err) &&
           (!partial->download->state_path || file_remove(partial->download->state_path, err));
}
