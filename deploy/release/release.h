/* release: the verified, unpacked, immutable versions on this host. */
#ifndef GODEPLOY_DEPLOY_RELEASE_RELEASE_H
#define GODEPLOY_DEPLOY_RELEASE_RELEASE_H

#include "deploy/app.h"
#include "verify/manifest.h"

/* ROOT/APP/releases/VERSION and ROOT/APP/manifests/VERSION.json; NULL if out of memory; caller
 * frees. */
char *release_folder(const App *app, const char *version);
char *release_manifest_path(const App *app, const char *version);

/* ERR_USAGE where no release can have this version, said by an operator. */
bool release_version_is_possible(const char *version, Error *err);

/* Finds the record of a release that is on disk. *found false: none, or removed. */
bool release_find(const App *app, const char *version, ReleaseRecord *out, bool *found, Error *err);

/* The release to go back to: `version`, or, where that is NULL, the good one that served last
 * before the one that serves now. ERR_NO_RELEASE, with what there is, if none. */
bool release_pick_rollback(const App *app, const char *version, ReleaseRecord *out, Error *err);

/* Hashes the tree again and compares it with our own copy of its manifest, itself compared with the
 * journal. Files that the release does not name are an error too. */
bool release_check_tree(const App *app, const ReleaseRecord *release, Error *err);

/* A manifest of what stands in `folder`, for a release that came without one. Caller frees. */
bool release_describe(const App *app, const char *version, const char *folder, char **json,
                      Error *err);

typedef struct PruneReport {
    size_t removed;
    uint64_t bytes;
    size_t kept;
    char last[JOURNAL_VERSION_SIZE]; /* the one removed last */
} PruneReport;
/* Removes what release.keep and release.keep_bytes do not cover: never what serves, what stands in
 * a slot, what an open deployment needs, nor the newest good release besides the serving one. Bad
 * and unproven ones go first. Then whatever earlier runs left half done. */
bool release_prune(const App *app, PruneReport *out, Error *err);

#endif
