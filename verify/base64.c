/* See base64.h. OpenSSL's decoder skips blanks and forgives loose ends: what it gives is encoded
 * again and must be the same text. */
#include "verify/base64.h"

#include "verify/openssl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void base64_append(Text *text, const uint8_t *bytes, size_t length)
{
    unsigned char quad[5];

    for (size_t i = 0; i < length; i += 3) {
        const size_t rest = length - i < 3 ? length - i : 3;
        const int written = EVP_EncodeBlock(quad, bytes + i, (int)rest);

        text_append_bytes(text, quad, (size_t)written);
    }
}

static size_t padding_of(const char *text, size_t length)
{
    size_t padding = 0;

    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    return padding;
}

static bool is_the_spelling(const uint8_t *bytes, size_t count, const char *text, size_t length)
{
    CLEANUP_TEXT Text again = {0};

    base64_append(&again, bytes, count);
    return again.length == length && memcmp(again.bytes, text, length) == 0;
}

bool base64_decode(const char *text, size_t length, uint8_t **out, size_t *out_length, Error *err)
{
    CLEANUP(free) uint8_t *bytes = NULL;
    int count = 0;

    if (length == 0 || length % 4 != 0 || length > INT_MAX)
        return error_set(err, ERR_REFUSED, "%zu characters are no base64", length);
    bytes = malloc(length / 4 * 3);
    if (!bytes)
        return error_memory(err);
    count = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    if (count >= 0)
        count -= (int)padding_of(text, length);
    if (count <= 0 || !is_the_spelling(bytes, (size_t)count, text, length))
        return error_set(err, ERR_REFUSED, "%zu characters are no base64", length);
    *out = TAKE(bytes);
    *out_length = (size_t)count;
    return true;
}
