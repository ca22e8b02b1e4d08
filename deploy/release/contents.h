/* contents: the files of a release as verify saw them, and the proof that unpack writes no others.
 *
 * Each file is streamed once, out of the archive and never onto the disk: hashed, held against
 * release.json, and judged as a program (programs.h). What was seen is pinned: the SHA-256 of the
 * release's description (release.json, or for an archive without one the description that verify
 * made of what it saw) is in the journal, every file's SHA-256 is in the description, and unpack
 * compares both. */
#ifndef GODEPLOY_DEPLOY_RELEASE_CONTENTS_H
#define GODEPLOY_DEPLOY_RELEASE_CONTENTS_H

#include "deploy/deployment.h"
#include "deploy/release/incoming.h"
#include "verify/manifest.h"

/* Looks at every file of the archive; `manifest` NULL: it has none, and a description is written to
 * incoming->description and pinned. Nothing is looked at where verify.authenticode.require is none.
 * The verdicts are in the stage's detail in either case. ERR_SIGNATURE, ERR_DIGEST_MISMATCH,
 * ERR_REFUSED (an archive that is not fit to be unpacked). */
bool contents_check_archive(Deployment *deployment, const Incoming *incoming,
                            const Manifest *manifest, Error *err);

/* The same for a release that was unpacked before, by our own copy of its manifest. */
bool contents_check_release(Deployment *deployment, const ReleaseRecord *release, Error *err);

/* Puts the SHA-256 of the description into the stage's detail. */
bool contents_pin(Deployment *deployment, const char *description, size_t length, Error *err);

/* In a later stage: is `description` (NULL: there is none) what was pinned? ERR_DIGEST_MISMATCH.
 * True where nothing was. */
bool contents_check_pin(const Deployment *deployment, const char *description, Error *err);

#endif
