/* A checksums.txt of any bytes: a digest that is found stands in it, once, before that very name.
 * Target: verify/checksums.h. */
#include "tests/fuzz/fuzz.h"

#include "verify/checksums.h"

#include <string.h>

#define NAME "a.zip"

enum { NAME_LENGTH = sizeof NAME - 1 };

/* How many lines are `hex`, two characters, the name, and the end of the line or of the file. */
static size_t count_lines(const char *text, size_t length, const char *hex)
{
    const size_t line = DIGEST_HEX_SIZE - 1 + 2 + NAME_LENGTH;
    size_t count = 0;

    for (size_t at = 0; at + line <= length; at++) {
        if (at > 0 && text[at - 1] != '\n')
            continue;
        if (memcmp(text + at, hex, DIGEST_HEX_SIZE - 1) != 0 ||
            memcmp(text + at + DIGEST_HEX_SIZE - 1 + 2, NAME, NAME_LENGTH) != 0)
            continue;
        if (at + line == length || text[at + line] == '\n' || text[at + line] == '\r')
            count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    Digest digest;
    char hex[DIGEST_HEX_SIZE];
    Error err = {0};

    if (checksums_find((const char *)bytes, length, NAME, &digest, &err))
        FUZZ_CHECK(count_lines((const char *)bytes, length, digest_to_hex(&digest, hex)) == 1);
    else
        FUZZ_CHECK(err.code != ERR_NONE && err.message[0]);
    return 0;
}
