/* See der.h. */
#include "tests/support/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "verify/openssl.h"

enum { HEADER_MOST = 5, ELEMENTS_MOST = 32 };

/* ---- tag and length ---- */

static size_t write_header(uint8_t out[HEADER_MOST], int tag, size_t length)
{
    size_t bytes = 1;

    out[0] = (uint8_t)tag;
    if (length < 0x80) {
        out[1] = (uint8_t)length;
        return 2;
    }
    while (length >> (8 * bytes))
        bytes++;
    assert_true(bytes + 2 <= HEADER_MOST);
    out[1] = (uint8_t)(0x80 | bytes);
    for (size_t i = 0; i < bytes; i++)
        out[2 + i] = (uint8_t)(length >> (8 * (bytes - 1 - i)));
    return 2 + bytes;
}

const uint8_t *der_content(const void *bytes, size_t *length)
{
    const uint8_t *at = bytes;
    size_t size = at[1];
    size_t header = 2;

    if (size & 0x80) {
        header += size & 0x7f;
        size = 0;
        for (size_t i = 2; i < header; i++)
            size = size << 8 | at[i];
    }
    *length = size;
    return at + header;
}

size_t der_open(const Text *out)
{
    return out->length;
}

void der_close(Text *out, int tag, size_t opened)
{
    uint8_t header[HEADER_MOST];
    const size_t length = out->length - opened;
    const size_t size = write_header(header, tag, length);

    text_append_bytes(out, header, size); /* makes room */
    assert_false(out->failed);
    memmove(out->bytes + opened + size, out->bytes + opened, length);
    memcpy(out->bytes + opened, header, size);
}

typedef struct Element {
    const uint8_t *bytes;
    size_t length;
} Element;

static int compare_elements(const void *left, const void *right)
{
    const Element *a = left, *b = right;
    const size_t shorter = a->length < b->length ? a->length : b->length;
    const int order = memcmp(a->bytes, b->bytes, shorter);

    return order ? order : (a->length > b->length) - (a->length < b->length);
}

void der_close_set_of(Text *out, int tag, size_t opened)
{
    const size_t length = out->length - opened;
    CLEANUP(free) char *copy = text_copy_bytes(length ? out->bytes + opened : "", length);
    Element elements[ELEMENTS_MOST];
    size_t count = 0;

    assert_non_null(copy);
    for (size_t at = 0; at < length; count++) {
        size_t inside = 0;
        const uint8_t *element = (const uint8_t *)copy + at;
        const uint8_t *content = der_content(element, &inside);

        assert_true(count < ELEMENTS_MOST);
        elements[count] = (Element){element, (size_t)(content - element) + inside};
        at += elements[count].length;
    }
    qsort(elements, count, sizeof *elements, compare_elements);
    out->length = opened;
    for (size_t i = 0; i < count; i++)
        text_append_bytes(out, elements[i].bytes, elements[i].length);
    der_close(out, tag, opened);
}

void der_put(Text *out, int tag, const void *bytes, size_t length)
{
    const size_t opened = der_open(out);

    text_append_bytes(out, bytes, length);
    der_close(out, tag, opened);
}

/* ---- values ---- */

void der_integer(Text *out, int64_t value)
{
    uint8_t bytes[8];
    size_t size = 1;

    assert_true(value >= 0 && value >> 55 == 0);
    while (value >> (8 * size - 1))
        size++;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    der_put(out, DER_INTEGER, bytes, size);
}

void der_oid(Text *out, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 0);

    if (!object)
        fail_msg("%s is no object identifier", oid);
    der_put(out, DER_OID, OBJ_get0_data(object), OBJ_length(object));
    ASN1_OBJECT_free(object);
}

void der_algorithm(Text *out, const char *digest)
{
    const size_t sequence = der_open(out);

    der_oid(out, digest);
    der_put(out, DER_NULL, "", 0);
    der_close(out, DER_SEQUENCE, sequence);
}

/* "20260601120000Z", or without the century. */
void der_time(Text *out, int tag, int64_t time_ms)
{
    char iso[CLOCK_ISO_SIZE];
    char digits[CLOCK_ISO_SIZE] = "";
    size_t count = 0;

    (void)clock_format_iso(time_ms, iso);
    for (const char *at = iso; *at && *at != '.'; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    assert_int_equal(count, 14);
    digits[count++] = 'Z';
    if (tag == DER_UTC_TIME)
        der_put(out, tag, digits + 2, count - 2);
    else
        der_put(out, tag, digits, count);
}

size_t der_digest(const char *digest, const void *bytes, size_t length,
                  uint8_t out[DER_DIGEST_MOST])
{
    const EVP_MD *algorithm = EVP_get_digestbyname(digest);
    unsigned size = 0;

    if (!algorithm || EVP_Digest(bytes, length, out, &size, algorithm, NULL) != 1)
        fail_msg("no digest called %s", digest);
    return size;
}
