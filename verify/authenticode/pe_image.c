/* See pe_image.h. Headers are kept until they can be read as a whole; from then on bytes pass
 * through: into the digests, but for the two holes and the certificate table, which is kept. What
 * is refused, and with which code: pe_problem.h. */
#include "verify/authenticode/pe_image.h"

#include "verify/authenticode/certificate_table.h"
#include "verify/authenticode/image_hash.h"
#include "verify/authenticode/page_hashes.h"
#include "verify/authenticode/pe_checksum.h"
#include "verify/authenticode/pe_layout.h"

#include <inttypes.h>
#include <string.h>

enum { COVERED_SPANS = 3, UNSIGNED_ALIGNMENT = 8 };

typedef struct Range {
    uint64_t at;
    uint64_t end;
} Range;

struct PeScan {
    PeScanOptions options;
    PeProblem problem; /* once it is one, nothing that follows is looked at */
    uint64_t received;
    uint8_t *head; /* the first bytes, up to the end of the headers */
    size_t head_length;
    size_t head_needed;
    bool layout_known;
    PeLayout layout; /* borrows from `head` */
    Range covered[COVERED_SPANS];
    Range table;
    uint64_t at; /* of the next byte that passes through */
    ImageHasher *hasher;
    PageHashes *pages_sha1; /* NULL: not asked for */
    PageHashes *pages_sha256;
    PeChecksum checksum;
    uint8_t *table_bytes;
};

void pe_image_free(PeImage *image)
{
    free(image->signature);
    image->signature = NULL;
    image->signature_length = 0;
}

bool pe_scan_new(const PeScanOptions *options, PeScan **out, Error *err)
{
    CLEANUP(pe_scan_free) PeScan *scan = calloc(1, sizeof *scan);

    if (!scan)
        return error_memory(err);
    scan->options = *options;
    if (!image_hasher_new(options->hashes, &scan->hasher, err))
        return false;
    *out = TAKE(scan);
    return true;
}

void pe_scan_free(PeScan *scan)
{
    if (!scan)
        return;
    image_hasher_free(scan->hasher);
    page_hashes_free(scan->pages_sha1);
    page_hashes_free(scan->pages_sha256);
    free(scan->head);
    free(scan->table_bytes);
    free(scan);
}

bool pe_scan_is_pointless(const PeScan *scan)
{
    return scan->problem.name != PE_OK;
}

/* ---- bytes that pass through ---- */

/* The part of `range` that lies in the `length` bytes at `at`; empty if there is none. */
static Range common_part(Range range, uint64_t at, size_t length)
{
    const Range part = {range.at > at ? range.at : at,
                        range.end < at + length ? range.end : at + length};

    return part.at < part.end ? part : (Range){at, at};
}

static bool hash_piece(PeScan *scan, uint64_t at, const uint8_t *bytes, size_t length, Error *err)
{
    return image_hasher_update(scan->hasher, bytes, length, err) &&
           (!scan->pages_sha1 || page_hashes_update(scan->pages_sha1, at, bytes, length, err)) &&
           (!scan->pages_sha256 || page_hashes_update(scan->pages_sha256, at, bytes, length, err));
}

static bool pass_through(PeScan *scan, const uint8_t *bytes, size_t length, Error *err)
{
    const Range table = common_part(scan->table, scan->at, length);

    if (scan->layout.checksum != 0) /* a linker that writes none writes zero */
        pe_checksum_update(&scan->checksum, bytes, length);
    for (int i = 0; i < COVERED_SPANS; i++) {
        const Range part = common_part(scan->covered[i], scan->at, length);

        if (part.at < part.end && !hash_piece(scan, part.at, bytes + (part.at - scan->at),
                                              (size_t)(part.end - part.at), err))
            return false;
    }
    if (table.at < table.end)
        memcpy(scan->table_bytes + (table.at - scan->table.at), bytes + (table.at - scan->at),
               (size_t)(table.end - table.at));
    scan->at += length;
    return true;
}

/* ---- the headers ---- */

static void set_ranges(PeScan *scan)
{
    const PeLayout *layout = &scan->layout;
    const uint64_t file_end = scan->options.size_bytes;
    const uint64_t end = layout->table_at ? layout->table_at : file_end;
    const uint64_t directory_at = layout->directory_at ? layout->directory_at : end;
    const uint64_t behind = layout->directory_at ? directory_at + PE_DIRECTORY_SIZE : end;

    scan->covered[0] = (Range){0, layout->checksum_at};
    scan->covered[1] = (Range){layout->checksum_at + PE_CHECKSUM_SIZE, directory_at};
    scan->covered[2] = (Range){behind, end};
    scan->table = (Range){end, file_end};
}

/* Called when the layout is known. False with scan->problem set is a refusal, not an error. */
static bool prepare(PeScan *scan, Error *err)
{
    scan->layout_known = true;
    set_ranges(scan);
    if (scan->layout.table_size == 0)
        return true;
    scan->table_bytes = malloc(scan->layout.table_size);
    if (!scan->table_bytes)
        return error_memory(err);
    return (!scan->options.page_sha1 || page_hashes_new(&scan->layout, IMAGE_HASH_SHA1,
                                                        &scan->pages_sha1, &scan->problem, err)) &&
           (!scan->options.page_sha256 ||
            page_hashes_new(&scan->layout, IMAGE_HASH_SHA256, &scan->pages_sha256, &scan->problem,
                            err));
}

/* Looks at what there is of the headers; if that is all of them, they pass through. */
static bool look_at_head(PeScan *scan, Error *err)
{
    const PeHead head = {scan->head, scan->head_length, scan->options.size_bytes};
    uint8_t *larger;

    switch (pe_layout_read(&head, &scan->layout, &scan->head_needed, &scan->problem)) {
    case PE_LAYOUT_BAD:
        return true;
    case PE_LAYOUT_MORE:
        larger = realloc(scan->head, scan->head_needed);
        if (!larger)
            return error_memory(err);
        scan->head = larger;
        return true;
    case PE_LAYOUT_READ:
        break;
    }
    if (!prepare(scan, err))
        return pe_scan_is_pointless(scan);
    return pass_through(scan, scan->head, scan->head_length, err);
}

/* Takes from the front of `bytes` what the headers need. *taken is less than `length` only once the
 * layout is known, or the file is refused. */
static bool take_head(PeScan *scan, const uint8_t *bytes, size_t length, size_t *taken, Error *err)
{
    size_t used = 0;

    while (!scan->layout_known && !pe_scan_is_pointless(scan)) {
        const size_t missing = scan->head_needed - scan->head_length;
        const size_t step = missing < length - used ? missing : length - used;

        if (step < missing && step == 0)
            break;
        if (step > 0)
            memcpy(scan->head + scan->head_length, bytes + used, step);
        scan->head_length += step;
        used += step;
        if (scan->head_length == scan->head_needed && !look_at_head(scan, err))
            return false;
    }
    *taken = used;
    return true;
}

bool pe_scan_update(PeScan *scan, const void *bytes, size_t length, Error *err)
{
    size_t taken = 0;

    if (pe_scan_is_pointless(scan))
        return true;
    if (length > scan->options.size_bytes - scan->received) {
        (void)pe_problem_set(&scan->problem, PE_FILE_GREW, /* a refusal is no error */
                             "it was to have %" PRIu64 " bytes, and has more",
                             scan->options.size_bytes);
        return true;
    }
    scan->received += length;
    if (!take_head(scan, bytes, length, &taken, err))
        return false;
    if (taken == length || pe_scan_is_pointless(scan))
        return true;
    return pass_through(scan, (const uint8_t *)bytes + taken, length - taken, err);
}

/* ---- the answer ---- */

static bool finish_digests(PeScan *scan, PeImage *image, Error *err)
{
    static const uint8_t zeros[UNSIGNED_ALIGNMENT];
    const uint64_t size = scan->options.size_bytes;
    const size_t fill = (size_t)(UNSIGNED_ALIGNMENT - size % UNSIGNED_ALIGNMENT);

    /* What it would be once signed: a signer fills the file up first. */
    if (scan->layout.table_size == 0 && fill < UNSIGNED_ALIGNMENT &&
        !image_hasher_update(scan->hasher, zeros, fill, err))
        return false;
    return image_hasher_finish(scan->hasher, image->digests, err) &&
           (!scan->pages_sha1 ||
            page_hashes_finish(scan->pages_sha1, &image->page_table_sha1, err)) &&
           (!scan->pages_sha256 ||
            page_hashes_finish(scan->pages_sha256, &image->page_table_sha256, err));
}

static void take_signature(PeScan *scan, PeImage *image)
{
    CertificateEntry entry;

    if (!certificate_table_read(scan->table_bytes, scan->layout.table_size, &entry, &scan->problem))
        return;
    memmove(scan->table_bytes, entry.der, entry.length);
    image->signature = TAKE(scan->table_bytes);
    image->signature_length = entry.length;
}

static bool finish_whole(PeScan *scan, PeImage *image, Error *err)
{
    const uint32_t stored = scan->layout.checksum;

    image->dll = scan->layout.dll;
    image->checksum_differs = stored != 0 && stored != pe_checksum_value(&scan->checksum, stored);
    if (!finish_digests(scan, image, err))
        return false;
    if (scan->layout.table_size > 0)
        take_signature(scan, image);
    else
        (void)pe_problem_set(&scan->problem, PE_NO_TABLE, "it has no certificate table");
    return true;
}

bool pe_scan_finish(PeScan *scan, PeImage *out, Error *err)
{
    PeImage image = {.size_bytes = scan->options.size_bytes};

    /* An empty file never had a byte that would have been looked at. */
    if (scan->options.size_bytes == 0 && !look_at_head(scan, err))
        return false;
    if (!pe_scan_is_pointless(scan) && scan->received < scan->options.size_bytes)
        (void)pe_problem_set(&scan->problem, PE_FILE_CUT, /* a refusal is no error */
                             "it was to have %" PRIu64 " bytes, and ends after %" PRIu64,
                             scan->options.size_bytes, scan->received);
    if (!pe_scan_is_pointless(scan) && !finish_whole(scan, &image, err))
        return false;
    image.kind = pe_problem_kind(scan->problem.name);
    image.code = pe_problem_code(scan->problem.name);
    memcpy(image.reason, scan->problem.reason, sizeof image.reason);
    *out = image;
    return true;
}
