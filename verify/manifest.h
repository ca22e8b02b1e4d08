/* manifest: release.json, the signed statement of what a release is and which files it has.
 *
 *     {"schema": "godeploy-release/1", "name": "shop-api", "version": "2.4.0", "os": "linux",
 *      "arch": "amd64", "created": "2026-11-23T00:00:00.000Z", "expires": "...", "command":
 * ["./x"], "files": [{"path": "shop-api", "size": 5, "sha256": "<64 hex>", "mode": "0755"}]}
 *
 * `expires` and `command` may be missing. Unknown keys are refused: a statement that is only half
 * understood cannot be relied on. `schema` also says that this document is no other kind of signed
 * document. */
#ifndef GODEPLOY_VERIFY_MANIFEST_H
#define GODEPLOY_VERIFY_MANIFEST_H

#include "base/cleanup.h"
#include "base/error.h"
#include "verify/digest.h"

#include <stddef.h>
#include <stdint.h>

#define MANIFEST_SCHEMA    "godeploy-release/1"
#define MANIFEST_FILE_NAME "release.json"

enum {
    MANIFEST_LIMIT = 16 * 1024 * 1024,
    MANIFEST_FILES_MOST = 100000,
    MANIFEST_COMMAND_MOST = 256
};

typedef struct ManifestFile {
    const char *path; /* as entry_name_check() allows */
    uint64_t size_bytes;
    Digest digest;
    int mode; /* permission bits, 0 to 0777 */
} ManifestFile;

/* Open, so that pack can fill one from borrowed parts for manifest_format(). One that came from
 * manifest_parse() owns all it points to and has its files sorted by path. */
typedef struct Manifest {
    const char *name;
    const char *version;
    const char *os;
    const char *arch;
    int64_t created_ms;
    int64_t expires_ms;         /* 0: never */
    const char *const *command; /* NULL-terminated; NULL: not stated */
    const ManifestFile *files;
    size_t file_count;
} Manifest;

/* ERR_MANIFEST with the place and the rule. Free with manifest_free() only what came from here. */
bool manifest_parse(const char *bytes, size_t length, Manifest **out, Error *err);
bool manifest_read_file(const char *path, Manifest **out, Error *err);
void manifest_free(Manifest *manifest);
DEFINE_CLEANUP(Manifest *, manifest_free)

/* NULL if it is not listed. Borrowed from the manifest, which must come from manifest_parse(). */
const ManifestFile *manifest_find(const Manifest *manifest, const char *path);

typedef struct ManifestExpectation {
    const char *name;    /* NULL: any */
    const char *version; /* NULL: any */
    const char *os;      /* NULL: any */
    const char *arch;    /* NULL: any */
    int64_t now_ms;      /* clock_wall_ms() */
} ManifestExpectation;

/* Is it what this host was told to expect, now? ERR_MANIFEST with both values; ERR_EXPIRED, also if
 * it has an expiry and the clock stands before the day this program was built. */
bool manifest_check(const Manifest *manifest, const ManifestExpectation *expected, Error *err);

/* The day this program was built (UTC midnight; SOURCE_DATE_EPOCH counts). No true clock is before
 * it. */
int64_t manifest_earliest_clock_ms(void);

/* The JSON text of it: same manifest, same bytes, files sorted by path. What manifest_parse() would
 * refuse is refused here too. Caller frees. */
bool manifest_format(const Manifest *manifest, char **out, Error *err);

#endif
