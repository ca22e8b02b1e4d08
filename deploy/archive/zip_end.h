/* zip_end: the last record of a zip, which says where its directory is.
 *
 * Source: PKWARE APPNOTE 4.3.16. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ZIP_END_H
#define GODEPLOY_DEPLOY_ARCHIVE_ZIP_END_H

#include "base/error.h"
#include "base/file/file.h"

#include <stdint.h>

enum { ZIP_COMMENT_MOST = 1024 };

typedef struct ZipEnd {
    uint64_t offset; /* of the central directory, which ends where this record begins */
    uint64_t size;
    uint64_t count; /* of its records */
} ZipEnd;

/* ERR_ARCHIVE if there is none, bytes follow it, or it is for several disks or ZIP64. */
bool zip_end_read(File *file, ZipEnd *out, Error *err);

#endif
