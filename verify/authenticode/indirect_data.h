/* indirect_data: what an Authenticode signature signs: not the file, but a digest of its image.
 *
 * Source: Microsoft, "Windows Authenticode Portable Executable Signature Format",
 * SpcIndirectDataContent, SpcPeImageData, SpcSerializedObject. Only for verify/authenticode. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_INDIRECT_DATA_H
#define GODEPLOY_VERIFY_AUTHENTICODE_INDIRECT_DATA_H

#include "verify/authenticode/digest_algorithm.h"
#include "verify/authenticode/finding.h"

#include <stddef.h>
#include <stdint.h>

typedef struct IndirectData {
    const DigestAlgorithm *algorithm; /* NULL: none that we know */
    char algorithm_name[OID_TEXT_SIZE];
    const uint8_t *digest; /* of the image; borrowed from the bytes parsed, as all here */
    size_t digest_length;
    /* A table of {uint32 offset, hash} for each page; NULL: not given. */
    const DigestAlgorithm *page_algorithm;
    const uint8_t *page_table;
    size_t page_table_length;
} IndirectData;

/* `content` is the SpcIndirectDataContent with tag and length. */
bool indirect_data_parse(const uint8_t *content, size_t length, IndirectData *out,
                         Finding *finding);

#endif
