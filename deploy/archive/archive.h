/* archive: a release as one file: zip, tar.gz or tar.zst, told apart by content, never by name.
 *
 * Who reads an archive trusts nothing in it. Every name passes entry_name_check() (a "./" in front
 * is dropped first, as `tar -C dir .` writes it); only regular files and folders exist: links of
 * either kind, devices and pipes are refused wherever they point, which no service needs and which
 * leaves nothing to get wrong. Two names that some system takes for one, a file used as a folder,
 * encrypted or sparse entries, bytes that no entry accounts for, and whatever exceeds the limits
 * are refused with the entry named. Owners, extended attributes, ACLs and dates are ignored. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_H

#include "base/error.h"
#include "verify/digest.h"
#include "verify/manifest.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ArchiveLimits {
    uint64_t max_total_bytes; /* of all files together, unpacked */
    uint64_t max_entry_bytes; /* of one file */
    uint64_t max_entries;     /* files and folders */
    uint64_t max_ratio;       /* unpacked by packed bytes; the first MiB is not counted */
} ArchiveLimits;

/* 4 GiB, 2 GiB, 100000 and 200: far above any service, far below what fills a disk unseen. */
ArchiveLimits archive_default_limits(void); /* taken wherever `limits` is NULL */

/* Called every few hundred KiB; both are bytes of the archive. Returning false ends the work with
 * ERR_INTERRUPTED. A NULL ArchiveProgress, or one with a NULL function, reports nothing. */
typedef struct ArchiveProgress {
    bool (*progress)(void *context, uint64_t done_bytes, uint64_t total_bytes);
    void *context;
} ArchiveProgress;

/* Finds `release.json` at the top and reads it (at most MANIFEST_LIMIT). *json is NULL, with
 * success, if there is none; else it has a NUL behind it and the caller frees it. Quick if it
 * stands first, as pack_release() puts it. ERR_ARCHIVE if the archive is not fit to be unpacked as
 * far as it was read. */
bool archive_read_manifest(const char *path, const ArchiveLimits *limits, char **json,
                           size_t *length, Error *err);

/* What the unpacked files will take on disk: from the manifest if there is one (NULL: none), else
 * counted in the archive, which for tar means to decompress it. */
bool archive_space_needed(const char *path, const ArchiveLimits *limits, const Manifest *manifest,
                          uint64_t *out_bytes, Error *err);

typedef struct ArchiveUnpack {
    const char *path; /* the archive */
    const char *into; /* an existing empty folder that only we can write */
    const ArchiveLimits *limits;
    const Manifest *manifest;  /* from manifest_parse(); NULL: there is none */
    const Digest *description; /* of `release.json` itself, if there is one; NULL: not looked at */
    const ArchiveProgress *progress;
} ArchiveUnpack;

typedef struct ArchiveReport {
    uint64_t entries; /* files and folders in the archive */
    uint64_t files;   /* release.json too */
    uint64_t bytes;   /* of the files */
} ArchiveReport;

/* Unpacks, hashing what is written. With a manifest every file must be listed with its size and
 * digest, and every listed file must come; `release.json` itself is not listed, and has a digest of
 * its own in the request. Files get 0755 if
 * the manifest (without one: the archive) gives anybody an x bit, else 0644; folders 0755; the
 * umask does not matter. All of it is on disk, fsynced, when this returns true. After an error
 * nothing is open, and the caller removes what is in `into`. ERR_ARCHIVE names the entry and the
 * rule; ERR_DIGEST_MISMATCH a file that is not what the manifest promises; ERR_FILE or
 * ERR_PERMISSION what the system refused; ERR_INTERRUPTED. */
bool archive_unpack(const ArchiveUnpack *request, ArchiveReport *out, Error *err);

#endif
