/* See signer_info.h. */
#include "tests/support/signer_info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { SIGNATURE_MOST = 1024 };

SignerInfo signer_info_begin(const Identity *identity, const char *digest)
{
    return (SignerInfo){.identity = identity, .digest = digest};
}

void signer_info_free(SignerInfo *info)
{
    text_free(&info->attributes);
    text_free(&info->signature);
    text_free(&info->unsigned_attributes);
}

/* ---- attributes ---- */

void attribute_write(Text *attributes, const char *oid, const Text *value)
{
    const size_t sequence = der_open(attributes);

    der_oid(attributes, oid);
    der_put(attributes, DER_SET, value->bytes, value->length);
    der_close(attributes, DER_SEQUENCE, sequence);
}

void signer_info_add_content_type(SignerInfo *info, const char *oid)
{
    CLEANUP_TEXT Text value = {0};

    der_oid(&value, oid);
    attribute_write(&info->attributes, OID_CONTENT_TYPE, &value);
}

void signer_info_add_digest_of(SignerInfo *info, const void *content, size_t length)
{
    CLEANUP_TEXT Text value = {0};
    uint8_t digest[DER_DIGEST_MOST];

    der_put(&value, DER_OCTET_STRING, digest, der_digest(info->digest, content, length, digest));
    attribute_write(&info->attributes, OID_MESSAGE_DIGEST, &value);
}

void signer_info_add_signing_time(SignerInfo *info, int64_t time_ms)
{
    CLEANUP_TEXT Text value = {0};

    der_time(&value, DER_UTC_TIME, time_ms);
    attribute_write(&info->attributes, OID_SIGNING_TIME, &value);
}

/* ---- signing ---- */

static void sign(SignerInfo *info, const void *bytes, size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[SIGNATURE_MOST];
    size_t size = sizeof signature;

    assert_true(context &&
                EVP_DigestSignInit(context, NULL, EVP_get_digestbyname(info->digest), NULL,
                                   info->identity->key) == 1 &&
                EVP_DigestSign(context, signature, &size, bytes, length) == 1);
    text_append_bytes(&info->signature, signature, size);
    EVP_MD_CTX_free(context);
}

void signer_info_sign(SignerInfo *info, const void *content, size_t length)
{
    CLEANUP_TEXT Text set = {0};

    if (info->attributes.length == 0) {
        sign(info, content, length);
        return;
    }
    text_append_bytes(&set, info->attributes.bytes, info->attributes.length);
    der_close_set_of(&set, DER_SET, 0);
    sign(info, set.bytes, set.length);
}

/* ---- writing ---- */

static void write_x509_name(Text *out, const X509_NAME *name)
{
    unsigned char *bytes = NULL;
    const int length = i2d_X509_NAME(name, &bytes);

    assert_true(length > 0);
    text_append_bytes(out, bytes, (size_t)length);
    OPENSSL_free(bytes);
}

static void write_issuer_and_serial(Text *out, const X509 *certificate)
{
    const size_t sequence = der_open(out);
    unsigned char *serial = NULL;
    const int length = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);

    assert_true(length > 0);
    write_x509_name(out, X509_get_issuer_name(certificate));
    text_append_bytes(out, serial, (size_t)length);
    OPENSSL_free(serial);
    der_close(out, DER_SEQUENCE, sequence);
}

/* RFC 3370: rsaEncryption; RFC 5754: ecdsa-with-SHA256 without parameters. */
static void write_signature_algorithm(Text *out, const SignerInfo *info)
{
    const size_t sequence = der_open(out);
    char name[64];

    if (EVP_PKEY_is_a(info->identity->key, "RSA")) {
        der_oid(out, "rsaEncryption");
        der_put(out, DER_NULL, "", 0);
    } else {
        (void)snprintf(name, sizeof name, "ecdsa-with-%s", info->digest);
        der_oid(out, name);
    }
    der_close(out, DER_SEQUENCE, sequence);
}

static void write_attributes(Text *out, int field, const Text *attributes)
{
    const size_t opened = der_open(out);

    if (attributes->length == 0)
        return;
    text_append_bytes(out, attributes->bytes, attributes->length);
    der_close_set_of(out, DER_FIELD_OF + field, opened);
}

void signer_info_write(const SignerInfo *info, Text *out)
{
    const size_t sequence = der_open(out);

    der_integer(out, 1);
    write_issuer_and_serial(out, info->identity->certificate);
    der_algorithm(out, info->digest);
    write_attributes(out, 0, &info->attributes);
    write_signature_algorithm(out, info);
    der_put(out, DER_OCTET_STRING, info->signature.bytes, info->signature.length);
    write_attributes(out, 1, &info->unsigned_attributes);
    der_close(out, DER_SEQUENCE, sequence);
}

/* ---- around SignerInfos ---- */

static void write_certificates(Text *out, const SignedDataPlan *plan)
{
    const size_t set = der_open(out);

    for (const X509 *const *each = plan->certificates; *each; each++) {
        unsigned char *bytes = NULL;
        const int length = i2d_X509(*each, &bytes);

        assert_true(length > 0);
        text_append_bytes(out, bytes, (size_t)length);
        OPENSSL_free(bytes);
    }
    if (plan->attribute_certificate) {
        const size_t attribute = der_open(out);

        der_put(out, DER_SEQUENCE, "", 0);
        der_close(out, DER_FIELD_OF + 1, attribute);
    }
    der_close(out, DER_FIELD_OF, set);
}

static void write_content(Text *out, const SignedDataPlan *plan)
{
    const size_t sequence = der_open(out);

    der_oid(out, plan->content_type);
    if (plan->content)
        der_put(out, DER_FIELD_OF, plan->content->bytes, plan->content->length);
    der_close(out, DER_SEQUENCE, sequence);
}

void signed_data_write(const SignedDataPlan *plan, Text *out)
{
    const size_t info = der_open(out);
    size_t explicit_field, signed_data, set;

    der_oid(out, OID_SIGNED_DATA);
    explicit_field = der_open(out);
    signed_data = der_open(out);
    der_integer(out, plan->version);
    set = der_open(out);
    der_algorithm(out, plan->digest);
    der_close(out, DER_SET, set);
    write_content(out, plan);
    write_certificates(out, plan);
    der_put(out, DER_SET, plan->signer_infos->bytes, plan->signer_infos->length);
    der_close(out, DER_SEQUENCE, signed_data);
    der_close(out, DER_FIELD_OF, explicit_field);
    der_close(out, DER_SEQUENCE, info);
}
