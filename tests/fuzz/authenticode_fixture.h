/* authenticode_fixture: a program that was really signed and stamped, for targets that put other
 * bytes in place of its signature. tests/fuzz/authenticode/ holds it; the keys are gone, so that
 * whatever else is accepted is a forgery. See seed_signatures.c, which made it. */
#ifndef GODEPLOY_TESTS_FUZZ_AUTHENTICODE_FIXTURE_H
#define GODEPLOY_TESTS_FUZZ_AUTHENTICODE_FIXTURE_H

#include "tests/fuzz/fuzz.h"

#include "base/file/file.h"
#include "verify/authenticode/signed_data.h"
#include "verify/openssl.h"

#include <string.h>

#define FIXTURE_FOLDER    GODEPLOY_SOURCE "/tests/fuzz/authenticode/"
#define FIXTURE_NOW_MS    1780315200000LL /* TEST_NOW_MS of tests/support/authority.h */
#define FIXTURE_SIGNED_MS 1777723200000LL /* TEST_SIGNED_MS: what its timestamps say */

typedef struct AuthenticodeFixture {
    AuthenticodePolicy *policy;
    char *program; /* unsigned; its certificate table would begin at its end */
    size_t program_length;
    char *signature; /* the good one, with both kinds of timestamp */
    size_t signature_length;
} AuthenticodeFixture;

static inline void fixture_read(const char *path, char **out, size_t *length)
{
    Error err = {0};

    FUZZ_CHECK(file_read_all(path, 1 << 20, out, length, &err));
}

static inline void fixture_load(AuthenticodeFixture *fixture)
{
    static char ca[] = FIXTURE_FOLDER "ca.pem";
    static char tsa[] = FIXTURE_FOLDER "tsa.pem";
    char *cas[] = {ca, NULL};
    char *tsas[] = {tsa, NULL};
    const TextList ca_list = {cas, 1};
    const TextList tsa_list = {tsas, 1};
    const AuthenticodeOptions options = {
        .ca = &ca_list, .tsa_ca = &tsa_list, .at_ms = FIXTURE_NOW_MS};
    Error err = {0};

    FUZZ_CHECK(authenticode_policy_load(&options, &fixture->policy, &err));
    fixture_read(FIXTURE_FOLDER "program.exe", &fixture->program, &fixture->program_length);
    fixture_read(FIXTURE_FOLDER "signature.der", &fixture->signature, &fixture->signature_length);
}

/* The good signature, taken apart. */
static inline void fixture_parse(const AuthenticodeFixture *fixture, SignedData *out)
{
    Finding finding = {.code = CODE_OK};

    FUZZ_CHECK(signed_data_parse((const uint8_t *)fixture->signature, fixture->signature_length,
                                 out, &finding));
}

#endif
