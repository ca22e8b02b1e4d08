/* archive_reader: the entries of an archive one after the other, each vetted before it is handed
 * out.
 *
 * What comes from here has an allowed name, is a regular file or a folder, and keeps the limits;
 * when it says that there is no more, every byte of the archive was accounted for. Two entries may
 * still have one name: see archive_names. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_READER_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_READER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "deploy/archive/archive.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ArchiveReader ArchiveReader;

/* `limits` NULL: archive_default_limits(). `progress` NULL: nobody is told. */
bool archive_reader_open(const char *path, const ArchiveLimits *limits,
                         const ArchiveProgress *progress, ArchiveReader **out, Error *err);
void archive_reader_close(ArchiveReader *reader);
DEFINE_CLEANUP(ArchiveReader *, archive_reader_close)

/* Starts anew in front of the first entry, through the same handle. After an error only
 * archive_reader_close() is allowed. */
bool archive_reader_restart(ArchiveReader *reader, Error *err);

typedef struct ArchiveEntry {
    const char *name; /* without "./" in front or a slash behind; borrowed until the next entry */
    bool is_folder;
    bool executable; /* anybody has an x bit */
    uint64_t bytes;  /* as stated; what comes is exactly that, or an error */
} ArchiveEntry;

/* *more is false at the end. Content that was not asked for is passed over. */
bool archive_reader_next(ArchiveReader *reader, ArchiveEntry *out, bool *more, Error *err);

/* The next piece of the entry's content, borrowed until the next call; *length is 0 at its end. */
bool archive_reader_data(ArchiveReader *reader, const void **bytes, size_t *length, Error *err);

#endif
