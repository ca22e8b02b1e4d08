/* archive_source: the bytes of an archive file as libarchive asks for them.
 *
 * Behind the door: only archive_*.c include this. What goes wrong inside a callback is kept here,
 * because libarchive carries no Error, and told by archive_source_failed(). */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_SOURCE_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_SOURCE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file/file.h"
#include "deploy/archive/archive.h"
#include "deploy/archive/archive_library.h"

#include <stdint.h>

typedef struct ArchiveSource ArchiveSource;

typedef enum ArchiveKind { ARCHIVE_ZIP, ARCHIVE_TAR_GZIP, ARCHIVE_TAR_ZSTD } ArchiveKind;

/* Opens `path` and tells its kind by its first bytes; ERR_ARCHIVE, with what it is instead, if it
 * is none of them; ERR_SYSTEM without libarchive. `progress` is borrowed and may be NULL. */
bool archive_source_open(const char *path, const ArchiveProgress *progress, ArchiveSource **out,
                         Error *err);
void archive_source_close(ArchiveSource *source);
DEFINE_CLEANUP(ArchiveSource *, archive_source_close)

ArchiveKind archive_source_kind(const ArchiveSource *source);
uint64_t archive_source_bytes(const ArchiveSource *source);
File *archive_source_file(ArchiveSource *source); /* borrowed; for reading at any offset */
const ArchiveLibrary *archive_source_library(const ArchiveSource *source); /* borrowed */

/* Back to the first byte, through the same handle: nobody can put another file in its place. */
bool archive_source_rewind(ArchiveSource *source, Error *err);

/* Sets read, skip and seek callbacks of `archive`, which starts at the first byte. */
void archive_source_attach(ArchiveSource *source, struct archive *archive);

/* Always false: the failure of our own callback, or what libarchive says is wrong with the archive
 * (ERR_ARCHIVE: "the archive is damaged: ..."). */
bool archive_source_failed(const ArchiveSource *source, struct archive *archive, Error *err);

#endif
