/* A release.json of any bytes: what is accepted can be written down again, and means the same then.
 * Target: verify/manifest.h. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "verify/manifest.h"

#include <string.h>

static void check_same(const Manifest *a, const Manifest *b)
{
    FUZZ_CHECK(text_equal(a->name, b->name) && text_equal(a->version, b->version));
    FUZZ_CHECK(text_equal(a->os, b->os) && text_equal(a->arch, b->arch));
    FUZZ_CHECK(a->created_ms == b->created_ms && a->expires_ms == b->expires_ms);
    FUZZ_CHECK(a->file_count == b->file_count);
    for (size_t i = 0; i < a->file_count; i++) {
        FUZZ_CHECK(text_equal(a->files[i].path, b->files[i].path));
        FUZZ_CHECK(a->files[i].size_bytes == b->files[i].size_bytes);
        FUZZ_CHECK(digest_equal(&a->files[i].digest, &b->files[i].digest));
        FUZZ_CHECK(a->files[i].mode == b->files[i].mode);
        FUZZ_CHECK(manifest_find(a, a->files[i].path) == &a->files[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    CLEANUP(manifest_free) Manifest *again = NULL;
    CLEANUP(free) char *text = NULL;
    Error err = {0};

    if (!manifest_parse((const char *)bytes, length, &manifest, &err)) {
        FUZZ_CHECK(!manifest && err.code != ERR_NONE && err.message[0]);
        return 0;
    }
    FUZZ_CHECK(manifest_format(manifest, &text, &err));
    FUZZ_CHECK(manifest_parse(text, strlen(text), &again, &err));
    check_same(manifest, again);
    return 0;
}
