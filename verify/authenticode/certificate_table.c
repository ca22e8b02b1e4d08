/* See certificate_table.h. */
#include "verify/authenticode/certificate_table.h"

#include "verify/authenticode/little_endian.h"

#include <inttypes.h>

enum {
    ENTRY_HEADER_SIZE = 8, /* uint32 length (its own included), uint16 revision, uint16 type */
    ENTRY_ALIGNMENT = 8,
    REVISION_2_0 = 0x0200,
    TYPE_PKCS_SIGNED_DATA = 2,
    DER_SEQUENCE = 0x30,
    DER_LONG_FORM = 0x80 /* the length is in as many bytes as the lower bits say; none: no end */
};

static uint64_t rounded(uint32_t length)
{
    return ((uint64_t)length + ENTRY_ALIGNMENT - 1) / ENTRY_ALIGNMENT * ENTRY_ALIGNMENT;
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* ---- the entry ---- */

static bool entry_is_pkcs7(const uint8_t *entry, PeProblem *problem)
{
    const uint16_t revision = le16(entry + 4);
    const uint16_t type = le16(entry + 6);

    if (revision != REVISION_2_0)
        return pe_problem_set(problem, PE_ENTRY_REVISION, "revision 0x%04x instead of 0x%04x",
                              revision, REVISION_2_0);
    if (type != TYPE_PKCS_SIGNED_DATA)
        return pe_problem_set(problem, PE_ENTRY_TYPE,
                              "a certificate of type %u instead of %d (PKCS#7)", type,
                              TYPE_PKCS_SIGNED_DATA);
    return true;
}

/* Dual signing is done with nested signatures: room for a second entry is room for anything. */
static bool entry_fills_table(const uint8_t *table, size_t size, PeProblem *problem)
{
    const uint32_t length = le32(table);
    const uint64_t end = rounded(length);
    const size_t rest = end < size ? size - (size_t)end : 0;

    if (length < ENTRY_HEADER_SIZE)
        return pe_problem_set(problem, PE_ENTRY_SHORT,
                              "an entry of %" PRIu32 " bytes, its header alone has %d", length,
                              ENTRY_HEADER_SIZE);
    if (length > size)
        return pe_problem_set(problem, PE_ENTRY_LONG,
                              "an entry of %" PRIu32 " bytes in a table of %zu", length, size);
    if (rest >= ENTRY_HEADER_SIZE && le32(table + end) >= ENTRY_HEADER_SIZE &&
        le32(table + end) <= rest)
        return pe_problem_set(problem, PE_ENTRIES_SEVERAL,
                              "a second entry, of %" PRIu32 " bytes, where one is allowed",
                              le32(table + end));
    if (end != size)
        return pe_problem_set(problem, PE_TABLE_SIZE,
                              "the entry ends at byte %" PRIu64 " of a table of %zu", end, size);
    if (!all_zero(table + length, size - length))
        return pe_problem_set(problem, PE_TABLE_PADDING,
                              "the %zu bytes that fill the table behind byte %" PRIu32
                              " are not zero",
                              size - length, length);
    return true;
}

/* ---- the DER value ---- */

/* Header of one value, by X.690 section 10.1: definite lengths, in as few bytes as can be. */
static bool der_header(const uint8_t *der, size_t room, size_t *header, uint64_t *content)
{
    const size_t count = der[1] & ~(unsigned)DER_LONG_FORM;
    uint64_t length = 0;

    if (der[1] < DER_LONG_FORM) {
        *header = 2;
        *content = der[1];
        return true;
    }
    if (count > sizeof(uint32_t) || 2 + count > room || der[2] == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        length = length << 8 | der[2 + i];
    *header = 2 + count;
    *content = length;
    return length >= DER_LONG_FORM;
}

static bool der_length(const uint8_t *der, size_t room, size_t *out, PeProblem *problem)
{
    size_t header = 0;
    uint64_t content = 0;

    if (room < 2 || der[0] != DER_SEQUENCE)
        return pe_problem_set(problem, PE_DER_NONE, "what it holds is no DER sequence");
    if (der[1] == DER_LONG_FORM)
        return pe_problem_set(problem, PE_DER_INDEFINITE,
                              "the signature does not say its length (BER)");
    if (!der_header(der, room, &header, &content))
        return pe_problem_set(problem, PE_DER_NONE,
                              "the length of the signature is not written as DER demands");
    if (content > room - header)
        return pe_problem_set(problem, PE_DER_CUT,
                              "a signature of %" PRIu64 " bytes in an entry with room for %zu",
                              header + content, room);
    *out = header + (size_t)content;
    return true;
}

bool certificate_table_read(const uint8_t *table, size_t size, CertificateEntry *out,
                            PeProblem *problem)
{
    const uint8_t *der = table + ENTRY_HEADER_SIZE;
    size_t room;
    size_t length = 0;

    if (size < ENTRY_HEADER_SIZE)
        return pe_problem_set(problem, PE_TABLE_SMALL,
                              "a certificate table of %zu bytes, %d at least", size,
                              ENTRY_HEADER_SIZE);
    if (!entry_fills_table(table, size, problem) || !entry_is_pkcs7(table, problem))
        return false;
    room = le32(table) - ENTRY_HEADER_SIZE;
    if (!der_length(der, room, &length, problem))
        return false;
    /* Up to the end of the table, so that zeros inside and behind the entry count as one. */
    room = size - ENTRY_HEADER_SIZE;
    if (room - length >= ENTRY_ALIGNMENT || !all_zero(der + length, room - length))
        return pe_problem_set(problem, PE_DATA_AFTER_DER,
                              "%zu bytes behind the signature, of which no more than %d may be "
                              "there, and only as zeros",
                              room - length, ENTRY_ALIGNMENT - 1);
    *out = (CertificateEntry){der, length};
    return true;
}
