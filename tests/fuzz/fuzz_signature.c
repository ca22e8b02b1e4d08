/* A signature file of any bytes, for one key and one content: of all inputs exactly one is good
 * under each scheme, and both are in the corpus. Target: verify/signature.h. */
#include "tests/fuzz/fuzz.h"

#include "base/file/file.h"
#include "verify/signature.h"

#include <string.h>

#define FIXTURES GODEPLOY_SOURCE "/tests/fuzz/signature/"

typedef struct Fixture {
    Keyring *keyring;
    Digest content;
    char *good[2]; /* by SignatureScheme */
    size_t good_length[2];
} Fixture;

/* The private half is gone: nobody can make a third one. See README.md. */
static void load(Fixture *fixture)
{
    static const char *const good[] = {FIXTURES "content.txt.sig", FIXTURES "content.txt.pss"};
    static char key[] = FIXTURES "key.pem";
    char *paths[] = {key, NULL};
    const TextList list = {paths, 1};
    Error err = {0};

    FUZZ_CHECK(keyring_load(&list, NULL, &fixture->keyring, &err));
    FUZZ_CHECK(digest_file(FIXTURES "content.txt", &fixture->content, &err));
    for (int i = 0; i < 2; i++)
        FUZZ_CHECK(file_read_all(good[i], SIGNATURE_FILE_LIMIT, &fixture->good[i],
                                 &fixture->good_length[i], &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static Fixture fixture; /* read once: libFuzzer has no place for it */

    if (!fixture.keyring)
        load(&fixture);
    for (int scheme = SCHEME_PKCS1_SHA256; scheme <= SCHEME_PSS_SHA256; scheme++) {
        const SignatureClaim claim = {(SignatureScheme)scheme, &fixture.content, bytes, length};
        const bool good = length == fixture.good_length[scheme] &&
                          memcmp(bytes, fixture.good[scheme], length) == 0;
        SignatureVerdict verdict;
        Error err = {0};

        FUZZ_CHECK(signature_check(fixture.keyring, &claim, &verdict, &err) == good);
        FUZZ_CHECK(verdict.ok == good && verdict.code && verdict.reason[0]);
    }
    return 0;
}
