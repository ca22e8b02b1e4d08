/* archive_write: makes an archive whose bytes depend on nothing but names, modes and contents.
 *
 * Dates, owners and compressor settings are fixed; a zip's dates are 1980-01-01, the earliest it
 * can state, because any later one would depend on the packer's time zone. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_WRITE_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_WRITE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file/file.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ArchiveWriter ArchiveWriter;

/* NULL if the name ends in .zip, .tar.gz, .tgz or .tar.zst; else why not (static). */
const char *archive_writer_name_problem(const char *name);

/* Writes into `file` (borrowed) the kind of archive that `name` ends like. */
bool archive_writer_open(File *file, const char *name, ArchiveWriter **out, Error *err);
void archive_writer_close(ArchiveWriter *writer);
DEFINE_CLEANUP(ArchiveWriter *, archive_writer_close)

/* Begins a file of exactly `bytes`, which archive_writer_write() then brings. */
bool archive_writer_begin(ArchiveWriter *writer, const char *name, uint64_t bytes, bool executable,
                          Error *err);
bool archive_writer_write(ArchiveWriter *writer, const void *bytes, size_t length, Error *err);

/* Writes the end; without it the archive is not one. */
bool archive_writer_finish(ArchiveWriter *writer, Error *err);

#endif
