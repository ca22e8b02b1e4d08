/* See indirect_data.h.
 *
 *     SpcIndirectDataContent ::= SEQUENCE {
 *         data           SEQUENCE { type OID (SPC_PE_IMAGE_DATA), value SpcPeImageData },
 *         messageDigest  SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING } }
 *     SpcPeImageData ::= SEQUENCE { flags BIT STRING, file [0] SpcLink OPTIONAL }
 *     SpcLink ::= CHOICE { url [0], moniker [1] IMPLICIT SpcSerializedObject, file [2] }
 *     SpcSerializedObject ::= SEQUENCE { classId OCTET STRING, serializedData OCTET STRING }
 *
 * The serialized data of a page-hash object is SET { SEQUENCE { OID, SET { OCTET STRING } } }. */
#include "verify/authenticode/indirect_data.h"

#include "verify/authenticode/der_reader.h"

#include <stdio.h>
#include <string.h>

/* The content of the OIDs, 1.3.6.1.4.1.311.2 and then: */
static const uint8_t oid_pe_image_data[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 0x0f};
static const uint8_t oid_page_hashes_v1[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 3, 1};
static const uint8_t oid_page_hashes_v2[] = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 3, 2};

static const uint8_t class_page_hashes[] = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                            0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};

static bool holds(const DerElement *element, const uint8_t *bytes, size_t length)
{
    return element->content_length == length && memcmp(element->content, bytes, length) == 0;
}

static bool refuse(Finding *finding, const char *what)
{
    return finding_set(finding, CODE_INDIRECT_DATA,
                       "what is signed is not what Authenticode signs of a program: %s", what);
}

static bool refuse_pages(Finding *finding)
{
    return finding_set(finding, CODE_PAGE_HASHES, "the signed page hashes cannot be read");
}

static bool page_algorithm(const DerElement *type, IndirectData *out)
{
    if (holds(type, oid_page_hashes_v1, sizeof oid_page_hashes_v1))
        out->page_algorithm = digest_algorithm_by_nid(NID_sha1);
    else if (holds(type, oid_page_hashes_v2, sizeof oid_page_hashes_v2))
        out->page_algorithm = digest_algorithm_by_nid(NID_sha256);
    return out->page_algorithm != NULL;
}

static bool parse_page_table(const DerElement *serialized, IndirectData *out)
{
    DerReader reader = der_inside(serialized);
    DerElement outer, attribute, type, values, table;

    if (!der_read_tag(&reader, DER_TAG_SET, &outer) || reader.left > 0)
        return false;
    reader = der_inside(&outer);
    if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &attribute) || reader.left > 0)
        return false;
    reader = der_inside(&attribute);
    if (!der_read_tag(&reader, DER_TAG_OID, &type) || !page_algorithm(&type, out) ||
        !der_read_tag(&reader, DER_TAG_SET, &values) || reader.left > 0)
        return false;
    reader = der_inside(&values);
    if (!der_read_tag(&reader, DER_TAG_OCTET_STRING, &table) || reader.left > 0)
        return false;
    out->page_table = table.content;
    out->page_table_length = table.content_length;
    return true;
}

static bool parse_moniker(const DerElement *moniker, IndirectData *out, Finding *finding)
{
    DerReader reader = der_inside(moniker);
    DerElement class_id, serialized;

    if (!der_read_tag(&reader, DER_TAG_OCTET_STRING, &class_id) ||
        !der_read_tag(&reader, DER_TAG_OCTET_STRING, &serialized) || reader.left > 0)
        return refuse(finding, "its serialized object cannot be read");
    if (!holds(&class_id, class_page_hashes, sizeof class_page_hashes))
        return refuse(finding, "it has a serialized object of an unknown class");
    return parse_page_table(&serialized, out) || refuse_pages(finding);
}

static bool parse_image_data(DerReader *reader, IndirectData *out, Finding *finding)
{
    DerElement data, flags, file, link;
    DerReader inner;

    if (!der_read_tag(reader, DER_TAG_SEQUENCE, &data) || reader->left > 0)
        return refuse(finding, "its SpcPeImageData cannot be read");
    inner = der_inside(&data);
    (void)der_read_tag(&inner, DER_TAG_BIT_STRING, &flags); /* has a default, and no meaning left */
    if (inner.left == 0)
        return true;
    if (!der_read_tag(&inner, DER_TAG_CONTEXT_CONSTRUCTED, &file) || inner.left > 0)
        return refuse(finding, "its SpcPeImageData has unknown parts");
    inner = der_inside(&file);
    if (!der_read(&inner, &link) || inner.left > 0)
        return refuse(finding, "its SpcLink cannot be read");
    if (link.tag == DER_TAG_CONTEXT_CONSTRUCTED + 1)
        return parse_moniker(&link, out, finding);
    return true; /* "<<<Obsolete>>>", as the specification asks for */
}

static bool parse_data(DerReader *reader, IndirectData *out, Finding *finding)
{
    DerElement data, type;
    DerReader inner;

    if (!der_read_tag(reader, DER_TAG_SEQUENCE, &data))
        return refuse(finding, "it has no data");
    inner = der_inside(&data);
    if (!der_read_tag(&inner, DER_TAG_OID, &type))
        return refuse(finding, "its data has no type");
    if (!holds(&type, oid_pe_image_data, sizeof oid_pe_image_data))
        return refuse(finding, "its data is not about a program (SPC_PE_IMAGE_DATA)");
    return parse_image_data(&inner, out, finding);
}

static bool parse_algorithm(const DerElement *identifier, IndirectData *out)
{
    const unsigned char *end = identifier->whole;
    CLEANUP(X509_ALGOR_free)
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &end, (long)identifier->whole_length);
    const ASN1_OBJECT *object = NULL;

    if (!algorithm || end != identifier->whole + identifier->whole_length)
        return false;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    (void)oid_text(object, out->algorithm_name);
    out->algorithm = digest_algorithm_of(algorithm);
    return true;
}

static bool parse_digest(DerReader *reader, IndirectData *out, Finding *finding)
{
    DerElement info, identifier, digest;
    DerReader inner;

    if (!der_read_tag(reader, DER_TAG_SEQUENCE, &info) || reader->left > 0)
        return refuse(finding, "its digest cannot be read");
    inner = der_inside(&info);
    if (!der_read_tag(&inner, DER_TAG_SEQUENCE, &identifier) ||
        !parse_algorithm(&identifier, out) ||
        !der_read_tag(&inner, DER_TAG_OCTET_STRING, &digest) || inner.left > 0)
        return refuse(finding, "its digest cannot be read");
    out->digest = digest.content;
    out->digest_length = digest.content_length;
    return true;
}

bool indirect_data_parse(const uint8_t *content, size_t length, IndirectData *out, Finding *finding)
{
    DerReader reader = {content, length};
    IndirectData parsed = {0};
    DerElement whole;

    if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &whole) || reader.left > 0)
        return refuse(finding, "it is no DER sequence");
    reader = der_inside(&whole);
    if (!parse_data(&reader, &parsed, finding) || !parse_digest(&reader, &parsed, finding))
        return false;
    *out = parsed;
    return true;
}
