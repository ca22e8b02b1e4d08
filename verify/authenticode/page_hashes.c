/* See page_hashes.h. */
#include "verify/authenticode/page_hashes.h"

#include "verify/authenticode/little_endian.h"
#include "verify/openssl.h"

#include <inttypes.h>
#include <string.h>

enum { PAGE_SIZE_LEAST = 4096, PAGE_SIZE_MOST = 4 * 1024 * 1024 };

typedef struct Region {
    uint64_t at;
    uint64_t end;
} Region;

struct PageHashes {
    uint32_t page_size;
    const EVP_MD *digest;
    EVP_MD_CTX *page;
    EVP_MD_CTX *table;
    uint64_t page_at; /* of the page that is being hashed */
    size_t region;    /* that it is in */
    size_t count;
    Region regions[]; /* the headers, then the sections: ascending, none over another */
};

static bool hash_failed(Error *err)
{
    return openssl_error(err, ERR_CRYPTO, "hashing pages failed");
}

/* ---- the regions ---- */

static bool pages_are_sane(const PeLayout *layout, PeProblem *problem)
{
    const uint32_t size = layout->section_alignment;

    if (size < PAGE_SIZE_LEAST || size > PAGE_SIZE_MOST || (size & (size - 1)) != 0)
        return pe_problem_set(problem, PE_PAGES_UNCHECKABLE,
                              "pages of %" PRIu32 " bytes; %d to %d and a power of 2 are checked",
                              size, PAGE_SIZE_LEAST, PAGE_SIZE_MOST);
    if (layout->size_of_headers < layout->headers_end || layout->size_of_headers > size)
        return pe_problem_set(problem, PE_PAGES_UNCHECKABLE,
                              "SizeOfHeaders is %" PRIu32
                              ", its parts end at %zu, a page has %" PRIu32,
                              layout->size_of_headers, layout->headers_end, size);
    return true;
}

static bool collect_regions(const PeLayout *layout, PageHashes *pages, PeProblem *problem)
{
    pages->regions[pages->count++] = (Region){0, layout->size_of_headers};
    for (size_t i = 0; i < layout->section_count; i++) {
        const PeSection section = pe_layout_section(layout, i);
        const uint64_t before = pages->regions[pages->count - 1].end;

        if (section.raw_size == 0)
            continue;
        if (section.raw_at < before)
            return pe_problem_set(problem, PE_PAGES_UNCHECKABLE,
                                  "section %zu begins at byte %" PRIu32
                                  ", what stands before it ends at %" PRIu64,
                                  i, section.raw_at, before);
        pages->regions[pages->count++] =
            (Region){section.raw_at, (uint64_t)section.raw_at + section.raw_size};
    }
    return true;
}

bool page_hashes_new(const PeLayout *layout, ImageHash hash, PageHashes **out, PeProblem *problem,
                     Error *err)
{
    CLEANUP(page_hashes_free)
    PageHashes *pages = calloc(1, sizeof *pages + (1 + layout->section_count) * sizeof(Region));

    if (!pages)
        return error_memory(err);
    if (!pages_are_sane(layout, problem) || !collect_regions(layout, pages, problem))
        return false;
    pages->page_size = layout->section_alignment;
    pages->digest = hash == IMAGE_HASH_SHA1 ? EVP_sha1() : EVP_sha256();
    pages->page = EVP_MD_CTX_new();
    pages->table = EVP_MD_CTX_new();
    if (!pages->page || !pages->table)
        return error_memory(err);
    if (EVP_DigestInit_ex(pages->page, pages->digest, NULL) != 1 ||
        EVP_DigestInit_ex(pages->table, EVP_sha256(), NULL) != 1)
        return hash_failed(err);
    *out = TAKE(pages);
    return true;
}

/* ---- page by page ---- */

static bool fill_with_zeros(PageHashes *pages, uint64_t count, Error *err)
{
    static const uint8_t zeros[PAGE_SIZE_LEAST];

    while (count > 0) {
        const size_t step = count < sizeof zeros ? (size_t)count : sizeof zeros;

        if (EVP_DigestUpdate(pages->page, zeros, step) != 1)
            return hash_failed(err);
        count -= step;
    }
    return true;
}

/* Puts one entry into the table; `hash` may be NULL for the last one. */
static bool add_entry(PageHashes *pages, uint64_t at, const uint8_t *hash, Error *err)
{
    uint8_t entry[4 + EVP_MAX_MD_SIZE] = {0};
    const size_t size = (size_t)EVP_MD_get_size(pages->digest);

    le32_put(entry, (uint32_t)at);
    if (hash)
        memcpy(entry + 4, hash, size);
    return EVP_DigestUpdate(pages->table, entry, 4 + size) == 1 || hash_failed(err);
}

/* The page ends at `end`, before its full size where the region does. */
static bool end_page(PageHashes *pages, uint64_t end, Error *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE];

    if (!fill_with_zeros(pages, pages->page_at + pages->page_size - end, err))
        return false;
    if (EVP_DigestFinal_ex(pages->page, hash, NULL) != 1 ||
        EVP_DigestInit_ex(pages->page, pages->digest, NULL) != 1)
        return hash_failed(err);
    if (!add_entry(pages, pages->page_at, hash, err))
        return false;
    pages->page_at = end;
    if (end == pages->regions[pages->region].end && ++pages->region < pages->count)
        pages->page_at = pages->regions[pages->region].at;
    return true;
}

static uint64_t page_end(const PageHashes *pages)
{
    const uint64_t end = pages->page_at + pages->page_size;

    return end < pages->regions[pages->region].end ? end : pages->regions[pages->region].end;
}

bool page_hashes_update(PageHashes *pages, uint64_t at, const void *bytes, size_t length,
                        Error *err)
{
    const uint64_t end = at + length;

    while (at < end && pages->region < pages->count) {
        const uint64_t from = at < pages->page_at ? pages->page_at : at;
        const uint64_t to = page_end(pages) < end ? page_end(pages) : end;

        if (from >= end)
            return true;
        if (EVP_DigestUpdate(pages->page, (const uint8_t *)bytes + (from - (end - length)),
                             (size_t)(to - from)) != 1)
            return hash_failed(err);
        if (to == page_end(pages) && !end_page(pages, to, err))
            return false;
        at = to;
    }
    return true;
}

bool page_hashes_finish(PageHashes *pages, ImageDigest *out, Error *err)
{
    ImageDigest digest = {.size = 0};
    unsigned size = 0;

    if (!add_entry(pages, pages->regions[pages->count - 1].end, NULL, err))
        return false;
    if (EVP_DigestFinal_ex(pages->table, digest.bytes, &size) != 1)
        return hash_failed(err);
    digest.size = size;
    *out = digest;
    return true;
}

void page_hashes_free(PageHashes *pages)
{
    if (!pages)
        return;
    EVP_MD_CTX_free(pages->page);
    EVP_MD_CTX_free(pages->table);
    free(pages);
}
