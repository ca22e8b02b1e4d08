/* A signed statement of any bytes, for one key: of all inputs exactly one is a good configuration
 * statement and one a good key statement, and both are in the corpus. Target: verify/statement.h.
 */
#include "tests/fuzz/fuzz.h"

#include "base/file/file.h"
#include "verify/statement.h"

#include <string.h>

#define FIXTURES GODEPLOY_SOURCE "/tests/fuzz/statement/"

enum { ROLES = 2 };

typedef struct Fixture {
    Keyring *keyring;
    char *good[ROLES];
    size_t good_length[ROLES];
} Fixture;

static const char *const config_members[] = {"app",  "sequence", "created", "expires",
                                             "size", "sha256",   NULL};
static const char *const key_members[] = {"created", "key", NULL};

/* The private half is gone: nobody can make a third one. See README.md. */
static void load(Fixture *fixture)
{
    static const char *const good[ROLES] = {FIXTURES "config", FIXTURES "key"};
    static char key[] = FIXTURES "key.pem";
    char *paths[] = {key, NULL};
    const TextList list = {paths, 1};
    Error err = {0};

    FUZZ_CHECK(keyring_load(&list, NULL, &fixture->keyring, &err));
    for (int i = 0; i < ROLES; i++)
        FUZZ_CHECK(file_read_all(good[i], STATEMENT_LIMIT, &fixture->good[i],
                                 &fixture->good_length[i], &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static Fixture fixture; /* read once: libFuzzer has no place for it */

    if (!fixture.keyring)
        load(&fixture);
    for (int role = 0; role < ROLES; role++) {
        const StatementRules rules = {.keyring = fixture.keyring,
                                      .scheme = SCHEME_PKCS1_SHA256,
                                      .schema = role == 0 ? "godeploy-config/1" : "godeploy-key/1",
                                      .members = role == 0 ? config_members : key_members};
        const bool good =
            length == fixture.good_length[role] && memcmp(bytes, fixture.good[role], length) == 0;
        CLEANUP_STATEMENT Statement statement = {0};
        Error err = {0};

        FUZZ_CHECK(statement_open((const char *)bytes, length, &rules, &statement, &err) == good);
        FUZZ_CHECK((statement.body != NULL) == good);
    }
    return 0;
}
