/* pack: a folder becomes a release archive with its release.json, the same bytes every time.
 *
 * Files are sorted, release.json stands first; dates, owners and the host leave no trace, the
 * compressors' settings are fixed. Modes are 0755 for what anybody may execute, else 0644. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_PACK_H
#define GODEPLOY_DEPLOY_ARCHIVE_PACK_H

#include "base/error.h"

#include <stdint.h>

typedef struct PackRequest {
    const char *folder;   /* what is packed */
    const char *out_path; /* ends in .zip, .tar.gz, .tgz or .tar.zst; replaced if it exists */
    const char *name;     /* of the app */
    const char *version;
    const char *os;             /* as Go says it: linux, windows */
    const char *arch;           /* amd64, arm64 */
    int64_t created_ms;         /* 0: SOURCE_DATE_EPOCH, or 1980-01-01 if that is not set */
    int64_t expires_ms;         /* 0: never */
    const char *const *command; /* NULL-terminated; NULL: not stated */
} PackRequest;

typedef struct PackReport {
    uint64_t files; /* without release.json */
    uint64_t bytes; /* of those files */
    uint64_t archive_bytes;
    uint64_t empty_folders; /* left out: a release is a set of files */
} PackReport;

/* A `release.json` at the top of the folder is left alone and replaced, in the archive, by the one
 * that is made here. Links, special files and names that entry_name_check() refuses are errors, and
 * so are two names that some system takes for one (ERR_ARCHIVE, ERR_REFUSED); ERR_USAGE for a name
 * of no known format or an archive inside the folder itself. The archive is written aside, read
 * back and renamed, durable: what stood at out_path is whole until then. */
bool pack_release(const PackRequest *request, PackReport *out, Error *err);

#endif
