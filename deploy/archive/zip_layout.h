/* zip_layout: does this zip file mean the same to every reader?
 *
 * A zip says everything twice (beside each file and in the directory at the end) and may hold bytes
 * that neither accounts for; readers differ in which they believe. Here both must agree, and the
 * entries must cover the file from its first byte to the directory without gap or overlap, so that
 * whoever checks the archive and whoever unpacks it see the same files. It is a strict reader on
 * purpose: ZIP64, encryption, methods other than stored and deflate, several disks, an alternative
 * name in an extra field and a comment of more than 1 KiB are refused.
 * Source: PKWARE APPNOTE 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ZIP_LAYOUT_H
#define GODEPLOY_DEPLOY_ARCHIVE_ZIP_LAYOUT_H

#include "base/error.h"
#include "base/file/file.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ZipEntry {
    const char *name;      /* as it stands there, not vetted; no NUL inside; a folder ends in "/" */
    uint64_t offset;       /* of its local header */
    uint64_t packed_bytes; /* as stored in the archive */
    uint64_t bytes;        /* unpacked */
    uint32_t crc32;
    uint16_t flags;
    uint16_t method; /* 0 stored, 8 deflate */
} ZipEntry;

typedef struct ZipLayout {
    ZipEntry *entries; /* by offset: the order in which they stand in the file */
    size_t count;
    char *names;
} ZipLayout;

/* Reads headers only, no content. ERR_ARCHIVE with the rule that is broken, and the entry's name
 * where there is one. Free with zip_layout_free() after success. */
bool zip_layout_read(File *file, uint64_t max_entries, ZipLayout *out, Error *err);
void zip_layout_free(ZipLayout *layout);

#endif
