/* page_hashes: the table of page hashes that a program's content would have.
 *
 * A signature may carry, beside the digest of the image, one of each page, so that Windows can
 * check a page when it is loaded. As a table: {uint32 offset in the file, hash of the page filled
 * up with zeros} for the headers, without the bytes that the image digest leaves out, then for each
 * page of each section; at the end {uint32 end of the last section, zeros}. Source: Authenticode
 * specification (SpcPeImagePageHashes1 and 2), and what osslsigncode -ph writes, with which
 * tests/verify/authenticode/test_page_hashes.c compares.
 *
 * Where the layout leaves room for doubt (sections not in the order of the file, over each other or
 * over the headers, pages below 4096 bytes, headers longer than a page) nothing is computed, and
 * the image is refused: no such file is known to carry page hashes. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PAGE_HASHES_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PAGE_HASHES_H

#include "base/cleanup.h"
#include "verify/authenticode/pe_layout.h"

typedef struct PageHashes PageHashes;

/* False with problem->name set: see above. False with err: ERR_MEMORY, ERR_CRYPTO. */
bool page_hashes_new(const PeLayout *layout, ImageHash hash, PageHashes **out, PeProblem *problem,
                     Error *err);
/* The covered bytes of the file in their order; `at` says where they are. */
bool page_hashes_update(PageHashes *pages, uint64_t at, const void *bytes, size_t length,
                        Error *err);
/* The SHA-256 of the table, which may itself be megabytes. */
bool page_hashes_finish(PageHashes *pages, ImageDigest *out, Error *err);
void page_hashes_free(PageHashes *pages);
DEFINE_CLEANUP(PageHashes *, page_hashes_free)

#endif
