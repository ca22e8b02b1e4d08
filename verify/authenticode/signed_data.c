/* See signed_data.h. One parser answers both "where does it end" and "what does it say": where two
 * differ, one of them sees bytes that the other does not. So der_reader.h measures, OpenSSL reads,
 * and both must have come to the same end. */
#include "verify/authenticode/signed_data.h"

#include "verify/authenticode/der_reader.h"

#include <limits.h>
#include <string.h>

#define OID_SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

void signed_data_free(SignedData *signed_data)
{
    PKCS7_free(signed_data->message);
    *signed_data = (SignedData){0};
}

static bool measure(const uint8_t *bytes, size_t length, Finding *finding)
{
    DerReader reader = {bytes, length};
    DerElement whole;

    if (length >= 2 && bytes[0] == DER_TAG_SEQUENCE && bytes[1] == DER_LENGTH_INDEFINITE)
        return finding_set(finding, CODE_BER, "the signature has no definite length (BER)");
    if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &whole) || length > INT_MAX)
        return finding_set(finding, CODE_MALFORMED, "the signature is no DER sequence");
    if (reader.left > 0)
        return finding_set(finding, CODE_TRAILING_DATA, "%zu bytes follow the signature",
                           reader.left);
    return der_is_definite(&whole) ||
           finding_set(finding, CODE_BER,
                       "a part of the signature has no definite length, or reaches past its end");
}

static bool decode(const uint8_t *bytes, size_t length, SignedData *out, Finding *finding)
{
    const unsigned char *end = bytes;

    out->message = d2i_PKCS7(NULL, &end, (long)length);
    if (!out->message || end != bytes + length)
        return finding_set(finding, CODE_MALFORMED, "the signature is no PKCS #7 message");
    if (!PKCS7_type_is_signed(out->message) || !out->message->d.sign)
        return finding_set(finding, CODE_MALFORMED, "the PKCS #7 message is no SignedData");
    return true;
}

static bool take_content(SignedData *out, Finding *finding)
{
    const PKCS7 *contents = out->message->d.sign->contents;
    char name[OID_TEXT_SIZE];

    if (!contents || !contents->type)
        return finding_set(finding, CODE_MALFORMED, "the signature has no content type");
    if (!oid_is(contents->type, OID_SPC_INDIRECT_DATA))
        return finding_set(finding, CODE_CONTENT_TYPE,
                           "the signature is over %.80s, expected SPC_INDIRECT_DATA",
                           oid_text(contents->type, name));
    if (!contents->d.other)
        return finding_set(finding, CODE_DETACHED, "the signature does not hold what it signs");
    if (ASN1_TYPE_get(contents->d.other) != V_ASN1_SEQUENCE)
        return finding_set(finding, CODE_INDIRECT_DATA, "what is signed is no SEQUENCE");
    out->content = ASN1_STRING_get0_data(contents->d.other->value.sequence);
    out->content_length = (size_t)ASN1_STRING_length(contents->d.other->value.sequence);
    return true;
}

static bool is_within(int count, int most, const char *what, Finding *finding)
{
    return count <= most ||
           finding_set(finding, CODE_TOO_MANY, "the signature has %d %s, at most %d are looked at",
                       count, what, most);
}

static bool take_signer(SignedData *out, Finding *finding)
{
    const PKCS7_SIGNED *sign = out->message->d.sign;
    const int signers = sk_PKCS7_SIGNER_INFO_num(sign->signer_info);

    if (signers != 1)
        return finding_set(finding, CODE_SIGNER_COUNT,
                           "the signature has %d signers, expected exactly one",
                           signers > 0 ? signers : 0);
    out->signer = sk_PKCS7_SIGNER_INFO_value(sign->signer_info, 0);
    out->certificates = sign->cert;
    return is_within(sk_X509_num(sign->cert), SIGNED_DATA_CERTIFICATES_MOST, "certificates",
                     finding) &&
           is_within(sk_X509_ATTRIBUTE_num(out->signer->auth_attr), SIGNED_DATA_ATTRIBUTES_MOST,
                     "signed attributes", finding) &&
           is_within(sk_X509_ATTRIBUTE_num(out->signer->unauth_attr), SIGNED_DATA_ATTRIBUTES_MOST,
                     "unsigned attributes", finding);
}

/* Three places name the digest; a reader that believes another place than the signer did would
 * check something else. */
static bool check_digests_agree(SignedData *out, Finding *finding)
{
    STACK_OF(X509_ALGOR) *listed = out->message->d.sign->md_algs;
    const ASN1_OBJECT *signer = NULL;
    const ASN1_OBJECT *announced = NULL;

    X509_ALGOR_get0(&signer, NULL, NULL, out->signer->digest_alg);
    (void)oid_text(signer, out->digest_name);
    out->digest = digest_algorithm_of(out->signer->digest_alg);
    if (sk_X509_ALGOR_num(listed) != 1)
        return finding_set(finding, CODE_DIGEST_DISAGREES,
                           "the signature announces %d digest algorithms, expected exactly one",
                           sk_X509_ALGOR_num(listed));
    X509_ALGOR_get0(&announced, NULL, NULL, sk_X509_ALGOR_value(listed, 0));
    if (OBJ_cmp(announced, signer) != 0 || out->digest != out->indirect.algorithm ||
        strcmp(out->digest_name, out->indirect.algorithm_name) != 0)
        return finding_set(finding, CODE_DIGEST_DISAGREES,
                           "the signer used %.80s, but the digest of the program is %.80s",
                           out->digest_name, out->indirect.algorithm_name);
    return true;
}

bool signed_data_parse(const uint8_t *bytes, size_t length, SignedData *out, Finding *finding)
{
    CLEANUP_SIGNED_DATA SignedData parsed = {0};

    if (!measure(bytes, length, finding) || !decode(bytes, length, &parsed, finding) ||
        !take_signer(&parsed, finding) || !take_content(&parsed, finding) ||
        !indirect_data_parse(parsed.content, parsed.content_length, &parsed.indirect, finding) ||
        !check_digests_agree(&parsed, finding))
        return false;
    *out = parsed;
    parsed.message = NULL;
    return true;
}
