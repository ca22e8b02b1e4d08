/* tree: is the unpacked release on disk still what its manifest promises?
 *
 * Asked right before a release is started and at rollback: days may lie between unpack and now. */
#ifndef GODEPLOY_VERIFY_TREE_H
#define GODEPLOY_VERIFY_TREE_H

#include "base/error.h"
#include "verify/manifest.h"

/* Every listed file is there with its size and digest, and nothing else is, except release.json at
 * the top and folders. Links and devices are refused. Permission bits are not looked at.
 * ERR_DIGEST_MISMATCH for wrong content, ERR_REFUSED for a missing, unlisted or special file. */
bool tree_check(const char *folder, const Manifest *manifest, Error *err);

#endif
