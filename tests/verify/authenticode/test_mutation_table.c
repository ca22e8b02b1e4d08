/* Every byte of the certificate table of a signed program, in three ways: what somebody
 * signed cannot be changed, and what nobody signed changes nothing that is believed. */
#include "tests/verify/authenticode/mutant.h"

#include "tests/support/find_bytes.h"
#include "verify/authenticode/signed_data.h"

static const uint8_t masks[] = {0x01, 0x80, 0xff};
enum { MASKS = sizeof masks, PARTS_MOST = 8, ENTRY_HEADER = 8 };

/* Bytes of the file that a signature covers. */
typedef struct Part {
    size_t at;
    size_t end;
} Part;

typedef struct Parts {
    Part items[PARTS_MOST];
    size_t count;
} Parts;

static void add_part(Parts *parts, const PeFile *file, const void *bytes, size_t length)
{
    const uint8_t *at =
        find_bytes(file->bytes + file->table_at, file->length - file->table_at, bytes, length);

    assert_true(at && parts->count < PARTS_MOST);
    parts->items[parts->count].at = (size_t)(at - file->bytes);
    parts->items[parts->count++].end = (size_t)(at - file->bytes) + length;
}

static void read_signature(const PeFile *file, SignedData *out)
{
    const uint8_t *der = file->bytes + file->table_at + ENTRY_HEADER;
    const size_t length = ((size_t)der[2] << 8 | der[3]) + 4; /* 30 82 xx xx */
    Finding finding = {.code = CODE_OK};

    if (!signed_data_parse(der, length, out, &finding))
        fail_msg("%s", finding.reason);
}

/* What is signed, the signature, and the certificates: the signer's and the one that it needs. */
static Parts find_parts(const PeFile *file)
{
    CLEANUP_SIGNED_DATA SignedData data = {0};
    Parts parts = {.count = 0};

    read_signature(file, &data);
    add_part(&parts, file, data.content, data.content_length);
    add_part(&parts, file, ASN1_STRING_get0_data(data.signer->enc_digest),
             (size_t)ASN1_STRING_length(data.signer->enc_digest));
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(data.signer->auth_attr); i++) {
        unsigned char *der = NULL;
        const int length =
            i2d_X509_ATTRIBUTE(sk_X509_ATTRIBUTE_value(data.signer->auth_attr, i), &der);

        assert_true(length > 0);
        add_part(&parts, file, der, (size_t)length);
        OPENSSL_free(der);
    }
    for (int i = 0; i < sk_X509_num(data.certificates); i++) {
        unsigned char *der = NULL;
        const int length = i2d_X509(sk_X509_value(data.certificates, i), &der);

        assert_true(length > 0);
        add_part(&parts, file, der, (size_t)length);
        OPENSSL_free(der);
    }
    return parts;
}

static bool is_covered(const Parts *parts, size_t at)
{
    for (size_t i = 0; i < parts->count; i++)
        if (at >= parts->items[i].at && at < parts->items[i].end)
            return true;
    return false;
}

static size_t covered_bytes(const Parts *parts, const PeFile *file)
{
    size_t count = 0;

    for (size_t at = file->table_at; at < file->length; at++)
        count += is_covered(parts, at);
    return count;
}

static void no_byte_that_is_signed_may_be_changed(void **state)
{
    CLEANUP_MUTANT Mutant mutant = mutant_open(&(SignaturePlan){.digest = NULL}, false);
    const PeFile *file = &mutant.scene.file;
    const Parts parts = find_parts(file);

    (void)state;
    /* They are most of the table: little is left that could be bent. */
    assert_true(covered_bytes(&parts, file) * 10 > (file->length - file->table_at) * 8);
    for (size_t at = file->table_at; at < file->length; at++)
        for (size_t i = 0; i < MASKS; i++) {
            const AuthenticodeVerdict verdict = mutant_turn(&mutant, at, masks[i]);

            if (verdict.status == AUTHENTICODE_VALID && is_covered(&parts, at))
                fail_msg("byte %zu of the table, bits 0x%02x: %s", at - file->table_at, masks[i],
                         verdict.reason);
            if (verdict.status == AUTHENTICODE_VALID)
                mutant_expect_same(&mutant, &verdict);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_that_is_signed_may_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
