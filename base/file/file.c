/* See file.h. Here: one open file, and small files as a whole. Names are in file_name.c, folders in
 * folder.c.
 *
 * libuv's calls with a NULL loop are synchronous. Reads and writes name their offset, so a File
 * keeps its own position and no seek call is needed. */
#include "base/file/file.h"
#include "base/file/file_system.h"
#include "base/path.h"
#include "base/random.h"
#include "base/uv_status.h"

#include <stdio.h>
#include <uv.h>

enum { MOST_AT_ONCE = 1 << 26, FIRST_CHUNK = 4096, ASIDE_LETTERS = 12 };

struct File {
    uv_file descriptor;
    uint64_t offset;
    char *path;
};

static bool failed(int64_t status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno((int)status), "%s %s", doing, path);
}

void file_close(File *file)
{
    uv_fs_t request;

    if (!file)
        return;
    if (file->descriptor >= 0) /* what had to be kept was synced: an error here loses nothing */
        (void)uv_fs_close(NULL, &request, file->descriptor, NULL);
    free(file->path);
    free(file);
}

static bool new_file(const char *path, File **out, Error *err)
{
    CLEANUP(file_close) File *file = calloc(1, sizeof *file);

    if (!file)
        return error_memory(err);
    file->descriptor = -1;
    file->path = text_copy(path);
    if (!file->path)
        return error_memory(err);
    *out = TAKE(file);
    return true;
}

/* No device, socket or pipe: opening one may wait for ever, or do something. */
static bool is_regular(FileKind kind, const char *path, Error *err)
{
    if (kind == FILE_REGULAR)
        return true;
    return error_set(err, ERR_FILE, "%s is %s, not a file", path,
                     kind == FILE_FOLDER ? "a folder" : "a device, pipe or socket");
}

bool file_can_be_written(const char *path, Error *err)
{
    FileLook there;

    return file_system_look(path, true, &there) != 0 || is_regular(there.kind, path, err);
}

static bool open_regular(File *file, FileMode mode, Error *err)
{
    FileKind kind = FILE_OTHER;
    uint64_t size_bytes = 0;
    int status = 0;

    if (mode != FILE_CREATE_NEW && !file_can_be_written(file->path, err))
        return false;
    if (!file_system_open(file->path, mode, &file->descriptor, err))
        return false;
    status = file_system_look_open(file->descriptor, &kind, &size_bytes);
    if (status != 0)
        return failed(status, "looking at", file->path, err);
    if (mode == FILE_CONTINUE)
        file->offset = size_bytes;
    return is_regular(kind, file->path, err);
}

bool file_open(const char *path, FileMode mode, File **out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;

    if (!new_file(path, &file, err) || !open_regular(file, mode, err))
        return false;
    if (mode == FILE_REPLACE && !file_truncate(file, 0, err))
        return false;
    *out = TAKE(file);
    return true;
}

bool file_read(File *file, void *buffer, size_t size, size_t *got, Error *err)
{
    uv_buf_t piece = uv_buf_init(buffer, size < MOST_AT_ONCE ? (unsigned)size : MOST_AT_ONCE);
    ssize_t status = UV_EINTR;
    uv_fs_t request;

    while (status == UV_EINTR) {
        status =
            uv_fs_read(NULL, &request, file->descriptor, &piece, 1, (int64_t)file->offset, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (status < 0)
        return failed(status, "reading", file->path, err);
    file->offset += (uint64_t)status;
    *got = (size_t)status;
    return true;
}

static uv_buf_t piece_of(const char *bytes, size_t length)
{
    union { /* libuv has one type for both ways */
        const char *read;
        char *write;
    } view = {.read = bytes};

    return uv_buf_init(view.write, length < MOST_AT_ONCE ? (unsigned)length : MOST_AT_ONCE);
}

bool file_write(File *file, const void *bytes, size_t length, Error *err)
{
    const char *at = bytes;

    while (length > 0) {
        uv_buf_t piece = piece_of(at, length);
        uv_fs_t request;
        ssize_t status =
            uv_fs_write(NULL, &request, file->descriptor, &piece, 1, (int64_t)file->offset, NULL);

        uv_fs_req_cleanup(&request);
        if (status < 0 && status != UV_EINTR)
            return failed(status, "writing", file->path, err);
        status = status < 0 ? 0 : status;
        file->offset += (uint64_t)status;
        at += status;
        length -= (size_t)status;
    }
    return true;
}

bool file_sync(File *file, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_fsync(NULL, &request, file->descriptor, NULL);

    return status == 0 || failed(status, "writing to disk", file->path, err);
}

bool file_truncate(File *file, uint64_t size, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_ftruncate(NULL, &request, file->descriptor, (int64_t)size, NULL);

    if (status != 0)
        return failed(status, "cutting", file->path, err);
    if (file->offset > size)
        file->offset = size;
    return true;
}

bool file_seek(File *file, uint64_t offset, Error *err)
{
    if (offset > INT64_MAX)
        return error_set(err, ERR_FILE, "%s cannot be that long", file->path);
    file->offset = offset;
    return true;
}

bool file_size(File *file, uint64_t *out, Error *err)
{
    FileKind kind = FILE_OTHER;
    uint64_t size_bytes = 0;
    int status = file_system_look_open(file->descriptor, &kind, &size_bytes);

    if (status != 0)
        return failed(status, "looking at", file->path, err);
    *out = size_bytes;
    return true;
}

bool file_set_open_mode(File *file, int mode, Error *err)
{
    return file_system_set_open_mode(file->descriptor, file->path, mode, err);
}

/* The size is not asked for: a file may grow meanwhile, and those of /proc say 0. */
bool file_read_all(const char *path, size_t limit, char **out, size_t *length, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    CLEANUP_TEXT Text text = {0};
    size_t got = 1, all = 0;
    char chunk[FIRST_CHUNK];

    if (!file_open(path, FILE_READ, &file, err))
        return false;
    while (got > 0) {
        if (!file_read(file, chunk, sizeof chunk, &got, err))
            return false;
        if (got > limit - text.length)
            return error_set(err, ERR_FILE, "%s is larger than the %zu bytes it may have", path,
                             limit);
        text_append_bytes(&text, chunk, got);
        if (!text_ok(&text, err))
            return false;
    }
    all = text.length;
    *out = text_take(&text);
    *length = all;
    return *out ? true : error_memory(err);
}

/* In the same folder, for only there can it be renamed. A name of its own, so that two writers
 * never share it, and short, so that any name that fits can be written. */
static bool open_beside(const char *path, File **out, Error *err)
{
    CLEANUP(free) char *folder = path_folder(path);
    CLEANUP(free) char *aside = NULL;
    char token[ASIDE_LETTERS + 1];

    if (!folder)
        return error_memory(err);
    if (!random_token(token, ASIDE_LETTERS, err))
        return false;
    aside = text_formatted("%s/.godeploy-%s", folder, token);
    return aside ? file_open(aside, FILE_CREATE_NEW, out, err) : error_memory(err);
}

typedef struct Content {
    const void *bytes;
    size_t length;
    int mode;
    bool durable;
    bool like_before; /* owner and permissions are those of the file in whose place it comes */
} Content;

static bool fill_aside(File *file, const char *path, const Content *content, Error *err)
{
    bool is_like_before = false;

    if (content->like_before && !file_system_be_like(file->descriptor, path, &is_like_before, err))
        return false;
    if (!is_like_before &&
        !file_system_set_open_mode(file->descriptor, file->path, content->mode, err))
        return false;
    if (!file_write(file, content->bytes, content->length, err))
        return false;
    return !content->durable || file_sync(file, err);
}

static bool write_aside(const char *path, const Content *content, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    Error ignored;

    /* Root could put a file in place of a device that every program needs. */
    if (!file_can_be_written(path, err) || !open_beside(path, &file, err))
        return error_while(err, "writing %s", path);
    if (fill_aside(file, path, content, err) && file_system_rename(file->path, path, err))
        return true;
    (void)file_remove(file->path, &ignored); /* the first failure is the one to tell */
    return error_while(err, "writing %s", path);
}

static bool write_aside_durable(const char *path, const Content *content, Error *err)
{
    CLEANUP(free) char *folder = path_folder(path);

    if (!folder)
        return error_memory(err);
    return write_aside(path, content, err) && folder_sync(folder, err);
}

bool file_write_durable(const char *path, const void *bytes, size_t length, int mode, Error *err)
{
    Content content = {.bytes = bytes, .length = length, .mode = mode, .durable = true};

    return write_aside_durable(path, &content, err);
}

bool file_replace_durable(const char *path, const void *bytes, size_t length, int mode, Error *err)
{
    Content content = {
        .bytes = bytes, .length = length, .mode = mode, .durable = true, .like_before = true};

    return write_aside_durable(path, &content, err);
}

bool file_write_atomic(const char *path, const void *bytes, size_t length, int mode, Error *err)
{
    Content content = {.bytes = bytes, .length = length, .mode = mode};

    return write_aside(path, &content, err);
}
