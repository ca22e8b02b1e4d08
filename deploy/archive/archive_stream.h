/* archive_stream: the tar inside a tar.gz or tar.zst: decompressed, counted and watched.
 *
 * A reader of its own in front of libarchive's tar reader, so that a bomb is stopped wherever it
 * hides (headers too), and so that we know what stands behind the end of the tar. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_STREAM_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_STREAM_H

#include "base/cleanup.h"
#include "base/error.h"
#include "deploy/archive/archive.h"
#include "deploy/archive/archive_source.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ArchiveStream ArchiveStream;

/* `source`, one of the two tar kinds, and `limits` are borrowed. */
bool archive_stream_open(ArchiveSource *source, const ArchiveLimits *limits, ArchiveStream **out,
                         Error *err);
void archive_stream_close(ArchiveStream *stream);
DEFINE_CLEANUP(ArchiveStream *, archive_stream_close)

/* The next block, borrowed until the next call; *length is 0 at the end. The end is one only if the
 * compressed data fills the file, and if a gzip checksum over all of it is right. */
bool archive_stream_read(ArchiveStream *stream, const void **block, size_t *length, Error *err);

/* Of what was read so far: its length, and the offset behind the last byte that is not zero. */
uint64_t archive_stream_length(const ArchiveStream *stream);
uint64_t archive_stream_content_end(const ArchiveStream *stream);

#endif
