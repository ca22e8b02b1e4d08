/* See reading.h. */
#include "verify/authenticode/reading.h"

#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 256 * 1024 };

static bool feed(const AuthenticodeSource *source, PeScan *scan, uint8_t *buffer, Error *err)
{
    size_t got = 0;

    do {
        if (!source->read(source->context, buffer, READ_SIZE, &got, err) ||
            !pe_scan_update(scan, buffer, got, err))
            return false;
    } while (got > 0 && !pe_scan_is_pointless(scan));
    return true;
}

bool reading_scan(const AuthenticodeSource *source, const PeScanOptions *options, PeImage *out,
                  Error *err)
{
    CLEANUP(free) uint8_t *buffer = malloc(READ_SIZE);
    CLEANUP(pe_scan_free) PeScan *scan = NULL;

    if (!buffer)
        return error_memory(err);
    return pe_scan_new(options, &scan, err) && feed(source, scan, buffer, err) &&
           pe_scan_finish(scan, out, err);
}

bool reading_suffices(const PeScanOptions *done, const PeScanOptions *needs)
{
    return (needs->hashes & ~done->hashes) == 0 && (done->page_sha1 || !needs->page_sha1) &&
           (done->page_sha256 || !needs->page_sha256);
}

bool readings_agree(const PeImage *first, const PeImage *second)
{
    if (first->kind != second->kind || first->size_bytes != second->size_bytes ||
        first->signature_length != second->signature_length ||
        memcmp(first->signature, second->signature, first->signature_length) != 0)
        return false;
    for (int i = 0; i < IMAGE_HASH_COUNT; i++) {
        const ImageDigest *a = &first->digests[i];
        const ImageDigest *b = &second->digests[i];

        if (a->size > 0 && (a->size != b->size || memcmp(a->bytes, b->bytes, a->size) != 0))
            return false;
    }
    return true;
}
