/* See archive_walk.h. */
#include "deploy/archive/archive_walk.h"

#include "base/text.h"
#include "deploy/archive/archive_names.h"
#include "verify/entry_name.h"

#include <string.h>

/* Read a second time (page hashes, another digest) mostly are drivers and small DLLs. */
enum { REMEMBERED_MOST = 4 * 1024 * 1024 };

struct ArchiveWalk {
    ArchiveReader *reader;
    ArchiveNames *names;
    ArchiveEntry entry;
    char *name;           /* of the entry; owned: the reader's own is gone after a restart */
    uint64_t taken;       /* entries that the reader has handed out, up to this one */
    bool at_end;          /* the reader has no more of this entry */
    const uint8_t *piece; /* of the reader's, not yet handed out */
    size_t piece_length;
    uint8_t *memory; /* all that came so far, where the file is small; NULL: it is not */
    size_t memory_length;
    size_t memory_at; /* how much of it was handed out */
};

void archive_walk_close(ArchiveWalk *walk)
{
    if (!walk)
        return;
    archive_reader_close(walk->reader);
    archive_names_free(walk->names);
    free(walk->memory);
    free(walk->name);
    free(walk);
}

bool archive_walk_open(const char *path, const ArchiveLimits *limits,
                       const ArchiveProgress *progress, ArchiveWalk **out, Error *err)
{
    CLEANUP(archive_walk_close) ArchiveWalk *walk = calloc(1, sizeof *walk);

    if (!walk)
        return error_memory(err);
    if (!archive_names_new(&walk->names, err) ||
        !archive_reader_open(path, limits, progress, &walk->reader, err))
        return error_while(err, "looking into %s", path);
    *out = TAKE(walk);
    return true;
}

/* ---- the next file ---- */

static bool add_name(ArchiveWalk *walk, const ArchiveEntry *entry, Error *err)
{
    return entry->is_folder ? archive_names_add_folder(walk->names, entry->name, err)
                            : archive_names_add_file(walk->names, entry->name, err);
}

static void forget_content(ArchiveWalk *walk)
{
    free(walk->memory);
    walk->memory = NULL;
    walk->memory_length = 0;
    walk->memory_at = 0;
    walk->piece_length = 0;
    walk->at_end = false;
}

static bool enter_file(ArchiveWalk *walk, const ArchiveEntry *entry, Error *err)
{
    free(walk->name);
    walk->name = text_copy(entry->name);
    if (!walk->name)
        return error_memory(err);
    walk->entry = *entry;
    walk->entry.name = walk->name;
    if (entry->bytes > REMEMBERED_MOST)
        return true;
    walk->memory = malloc((size_t)entry->bytes + 1);
    return walk->memory || error_memory(err);
}

bool archive_walk_next(ArchiveWalk *walk, ArchiveEntry *out, bool *more, Error *err)
{
    ArchiveEntry entry = {.is_folder = true};

    forget_content(walk);
    while (entry.is_folder) {
        if (!archive_reader_next(walk->reader, &entry, more, err))
            return false;
        if (!*more)
            return true;
        walk->taken++;
        if (!add_name(walk, &entry, err))
            return false;
    }
    if (!enter_file(walk, &entry, err))
        return false;
    *out = walk->entry;
    return true;
}

/* ---- its content ---- */

static bool next_piece(ArchiveWalk *walk, Error *err)
{
    const void *bytes = NULL;

    if (walk->at_end)
        return true;
    if (!archive_reader_data(walk->reader, &bytes, &walk->piece_length, err))
        return false;
    walk->piece = bytes;
    walk->at_end = walk->piece_length == 0;
    return true;
}

static size_t take(void *buffer, size_t size, const uint8_t *from, size_t length)
{
    length = length < size ? length : size;
    if (length > 0)
        memcpy(buffer, from, length);
    return length;
}

static bool remember_piece(ArchiveWalk *walk, Error *err)
{
    if (!next_piece(walk, err))
        return false;
    /* Never more than the entry states: the reader sees to it. */
    walk->memory_length += take(walk->memory + walk->memory_length, walk->piece_length, walk->piece,
                                walk->piece_length);
    walk->piece_length = 0;
    return true;
}

bool archive_walk_read(ArchiveWalk *walk, void *buffer, size_t size, size_t *got, Error *err)
{
    if (walk->memory) {
        if (walk->memory_at == walk->memory_length && !remember_piece(walk, err))
            return false;
        *got = take(buffer, size, walk->memory + walk->memory_at,
                    walk->memory_length - walk->memory_at);
        walk->memory_at += *got;
        return true;
    }
    if (walk->piece_length == 0 && !next_piece(walk, err))
        return false;
    *got = take(buffer, size, walk->piece, walk->piece_length);
    walk->piece += *got;
    walk->piece_length -= *got;
    return true;
}

/* ---- once more ---- */

static bool changed(const ArchiveWalk *walk, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, ERR_ARCHIVE, "entry %s was another one when it was read again",
                     entry_name_printable(walk->name, strlen(walk->name), shown));
}

static bool find_again(ArchiveWalk *walk, Error *err)
{
    ArchiveEntry entry = {0};
    bool more = true;

    if (!archive_reader_restart(walk->reader, err))
        return false;
    for (uint64_t i = 0; i < walk->taken; i++) {
        if (!archive_reader_next(walk->reader, &entry, &more, err))
            return false;
        if (!more)
            return changed(walk, err);
    }
    return (text_equal(entry.name, walk->name) && entry.bytes == walk->entry.bytes) ||
           changed(walk, err);
}

bool archive_walk_rewind(ArchiveWalk *walk, Error *err)
{
    walk->memory_at = 0;
    if (walk->memory)
        return true;
    walk->piece_length = 0;
    walk->at_end = false;
    return find_again(walk, err);
}
