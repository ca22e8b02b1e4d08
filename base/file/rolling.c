/* See rolling.h. */
#include "base/file/rolling.h"

#include "base/file/file.h"
#include "base/file/file_system.h"
#include "base/file/rolling_cut.h"

#include <string.h>

enum { CHUNK_SIZE = 64 * 1024 };

static bool rename_if_there(const char *from, const char *to, Error *err)
{
    return file_kind(from) == FILE_MISSING || file_system_rename(from, to, err);
}

static char *rolled_name(const Rolling *rolling, int number)
{
    return text_formatted("%s.%d", rolling->path, number);
}

static int files_kept(const Rolling *rolling)
{
    return rolling->files > 0 ? rolling->files : 1;
}

/* Before the copy, not after it: where the disk is full, this is what makes room. */
static bool remove_oldest(const Rolling *rolling, Error *err)
{
    CLEANUP(free) char *oldest = rolled_name(rolling, files_kept(rolling));

    if (!oldest)
        return error_memory(err);
    return file_remove(oldest, err);
}

/* LOG.7 to LOG.8 ... LOG.1 to LOG.2, then `copy` to LOG.1. */
static bool move_up(const Rolling *rolling, const char *copy, Error *err)
{
    CLEANUP(free) char *first = rolled_name(rolling, 1);

    for (int number = files_kept(rolling); number > 1; number--) {
        CLEANUP(free) char *from = rolled_name(rolling, number - 1);
        CLEANUP(free) char *to = rolled_name(rolling, number);

        if (!from || !to)
            return error_memory(err);
        if (!rename_if_there(from, to, err))
            return false;
    }
    if (!first)
        return error_memory(err);
    return rename_if_there(copy, first, err);
}

/* Copies at most `length` bytes from where `from` stands; *copied may be less at its end. */
static bool copy_bytes(File *from, File *to, uint64_t length, uint64_t *copied, Error *err)
{
    char chunk[CHUNK_SIZE];

    *copied = 0;
    while (*copied < length) {
        uint64_t left = length - *copied;
        size_t got;

        if (!file_read(from, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk, &got, err))
            return false;
        if (got == 0)
            break;
        if (!file_write(to, chunk, got, err))
            return false;
        *copied += got;
    }
    return true;
}

static bool copy_head(const Rolling *rolling, const char *copy, uint64_t length, Error *err)
{
    CLEANUP(file_close) File *from = NULL;
    CLEANUP(file_close) File *to = NULL;
    uint64_t copied;

    if (!file_open(rolling->path, FILE_READ, &from, err) ||
        !file_open(copy, FILE_REPLACE, &to, err) || !copy_bytes(from, to, length, &copied, err))
        return false;
    if (copied != length)
        return error_set(err, ERR_FILE, "%s became smaller while it was copied", rolling->path);
    return true;
}

/* The way of file systems that cannot cut: what was appended since goes behind the copy, again
 * until nothing more comes (but not for ever: a program may write faster), then the file is
 * emptied. */
static bool copy_rest_and_empty(const Rolling *rolling, const char *copy, uint64_t at,
                                uint64_t *freed_bytes, Error *err)
{
    enum { MOST_ROUNDS = 100 };
    CLEANUP(file_close) File *from = NULL;
    CLEANUP(file_close) File *to = NULL;
    uint64_t more = 1;

    if (!file_open(rolling->path, FILE_READ, &from, err) || !file_seek(from, at, err) ||
        !file_open(copy, FILE_CONTINUE, &to, err))
        return false;
    for (int round = 0; more > 0 && round < MOST_ROUNDS; round++) {
        if (!copy_bytes(from, to, UINT64_MAX, &more, err))
            return false;
        at += more;
    }
    if (!rolling_cut_all(rolling->path, err))
        return false;
    *freed_bytes = at;
    return true;
}

static bool roll(const Rolling *rolling, uint64_t size, uint64_t *freed_bytes, Error *err)
{
    CLEANUP(free) char *copy = text_formatted("%s.rolling", rolling->path);
    CLEANUP(free) char *first = rolled_name(rolling, 1);
    uint64_t unit = rolling_cut_unit(rolling->path);
    uint64_t head = unit > 0 ? (size - 1) / unit * unit : 0; /* a cut may not reach the end */
    Error ignored = {0};

    if (!copy || !first)
        return error_memory(err);
    if (!remove_oldest(rolling, err))
        return false;
    if (!copy_head(rolling, copy, head, err) || !move_up(rolling, copy, err)) {
        (void)file_remove(copy, &ignored); /* the live file still has it all */
        return false;
    }
    if (head > 0 && rolling_cut_head(rolling->path, head)) {
        *freed_bytes = head;
        return true;
    }
    return copy_rest_and_empty(rolling, first, head, freed_bytes, err);
}

bool rolling_run(const Rolling *rolling, uint64_t *freed_bytes, Error *err)
{
    uint64_t size = 0;

    *freed_bytes = 0;
    if (!file_exists(rolling->path))
        return true;
    if (!file_size_of(rolling->path, &size, err))
        return error_while(err, "rolling %s", rolling->path);
    if (size == 0 || size <= rolling->most_bytes)
        return true;
    if (!roll(rolling, size, freed_bytes, err))
        return error_while(err, "rolling %s", rolling->path);
    return true;
}
