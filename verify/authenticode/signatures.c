/* See signatures.h. */
#include "verify/authenticode/signatures.h"

#include "base/text.h"

#include <stdio.h>

#define OID_NESTED_SIGNATURE "1.3.6.1.4.1.311.2.4.1"
#define OID_RFC3161_TOKEN    "1.3.6.1.4.1.311.3.3.1"
#define OID_COUNTERSIGNATURE "1.2.840.113549.1.9.6"

void signatures_free(Signatures *signatures)
{
    for (int i = 0; i < signatures->count; i++)
        signed_data_free(&signatures->items[i]);
    signatures->count = 0;
}

const char *signatures_title(const Signatures *signatures, int index,
                             char out[SIGNATURE_TITLE_SIZE])
{
    if (signatures->count == 1)
        (void)snprintf(out, SIGNATURE_TITLE_SIZE, "the signature");
    else
        (void)snprintf(out, SIGNATURE_TITLE_SIZE, "signature %d of %d%s", index + 1,
                       signatures->count, signatures->depths[index] > 0 ? " (nested)" : "");
    return out;
}

static bool add(Signatures *signatures, const ASN1_STRING *bytes, int depth, Finding *finding)
{
    if (signatures->count == SIGNATURES_MOST || depth > SIGNATURES_DEPTH_MOST)
        return finding_set(finding, CODE_TOO_MANY,
                           "the file has more than %d signatures, or nested deeper than %d",
                           SIGNATURES_MOST, SIGNATURES_DEPTH_MOST);
    if (!signed_data_parse(ASN1_STRING_get0_data(bytes), (size_t)ASN1_STRING_length(bytes),
                           &signatures->items[signatures->count], finding))
        return false;
    signatures->depths[signatures->count++] = depth;
    return true;
}

static bool add_values(Signatures *signatures, X509_ATTRIBUTE *attribute, int depth,
                       Finding *finding)
{
    for (int i = 0; i < X509_ATTRIBUTE_count(attribute); i++) {
        const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, i);

        if (!value || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
            return finding_set(finding, CODE_MALFORMED, "a nested signature is no SEQUENCE");
        if (!add(signatures, value->value.sequence, depth, finding))
            return false;
    }
    return true;
}

static size_t size_of(X509_ATTRIBUTE *attribute)
{
    const int size = i2d_X509_ATTRIBUTE(attribute, NULL);

    return size > 0 ? (size_t)size : 0;
}

/* What the unsigned attributes of one signature hold. */
static bool look_inside(Signatures *signatures, int index, Finding *finding)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = signatures->items[index].signer->unauth_attr;
    const int depth = signatures->depths[index] + 1;

    for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);
        const ASN1_OBJECT *type = X509_ATTRIBUTE_get0_object(attribute);

        if (oid_is(type, OID_NESTED_SIGNATURE)) {
            if (!add_values(signatures, attribute, depth, finding))
                return false;
        } else if (!oid_is(type, OID_RFC3161_TOKEN) && !oid_is(type, OID_COUNTERSIGNATURE)) {
            signatures->stuffing += size_of(attribute);
        }
    }
    return true;
}

bool signatures_parse(const uint8_t *bytes, size_t length, Signatures *out, Finding *finding)
{
    if (!signed_data_parse(bytes, length, &out->items[0], finding))
        return false;
    out->depths[0] = 0;
    out->count = 1;
    for (int i = 0; i < out->count; i++) /* grows while it is walked */
        if (!look_inside(out, i, finding))
            return false;
    return true;
}
