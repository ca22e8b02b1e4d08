/* certificate_table: the one entry that a signed program may have, and the DER in it.
 *
 * The image digest does not cover this table, so that every byte of it must be accounted for: one
 * entry, one DER value, and fewer than 8 zeros up to the end (CVE-2013-3900 is what happens
 * otherwise). Source: Microsoft, "PE Format", The Attribute Certificate Table. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_CERTIFICATE_TABLE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_CERTIFICATE_TABLE_H

#include "verify/authenticode/pe_problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CertificateEntry {
    const uint8_t *der; /* borrowed from the table */
    size_t length;      /* of the DER value alone, without the zeros behind it */
} CertificateEntry;

bool certificate_table_read(const uint8_t *table, size_t size, CertificateEntry *out,
                            PeProblem *problem);

#endif
