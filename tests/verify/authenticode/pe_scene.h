/* pe_scene: feeding a built program to a PeScan in pieces of any size, and what came of it. */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PE_SCENE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/pe_builder.h"
#include "verify/authenticode/pe_image.h"

enum { WHOLE = SIZE_MAX };

static inline PeImage scan_bytes(const PeScanOptions *options, const uint8_t *bytes, size_t length,
                                 size_t piece)
{
    CLEANUP(pe_scan_free) PeScan *scan = NULL;
    PeImage image = {0};
    Error err = {0};

    if (!pe_scan_new(options, &scan, &err))
        fail_msg("%s", err.message);
    for (size_t at = 0; at < length;) {
        const size_t step = piece < length - at ? piece : length - at;

        if (!pe_scan_update(scan, bytes + at, step, &err))
            fail_msg("%s", err.message);
        at += step;
    }
    if (!pe_scan_finish(scan, &image, &err))
        fail_msg("%s", err.message);
    return image;
}

/* With SHA-256, in pieces of `piece` bytes. */
static inline PeImage scan_file(const PeFile *file, size_t piece)
{
    const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = file->length};

    return scan_bytes(&options, file->bytes, file->length, piece);
}

static inline void assert_image(const PeImage *image, PeKind kind, const char *code)
{
    if (image->kind != kind || strcmp(image->code, code) != 0)
        fail_msg("expected %s (%d), got %s (%d): %s", code, kind, image->code, image->kind,
                 image->reason);
}

/* A DER value like the outermost of a signature: a sequence of `length` bytes in all, 131 to 258
 * or 260 to 65539; no DER value has 259 bytes. */
static inline void write_der(uint8_t *out, size_t length)
{
    const size_t header = length < 259 ? 3 : 4;

    memset(out, 0x5a, length);
    out[0] = 0x30;
    out[1] = header == 3 ? 0x81 : 0x82;
    out[2] = (uint8_t)(header == 3 ? length - header : (length - header) >> 8);
    if (header == 4)
        out[3] = (uint8_t)(length - header);
}

enum { DER_SIZE = 1001 }; /* 7 zeros follow it up to a multiple of 8 */

/* A program with a table that looks right; what the signature says is not looked at here. */
static inline PeFile build_signed(const PePlan *plan)
{
    uint8_t der[DER_SIZE];
    PeFile file = pe_build(plan);

    write_der(der, sizeof der);
    pe_attach_signature(&file, der, sizeof der);
    return file;
}

#endif
