/* indirect_data_maker: what an Authenticode signature says about its image, with page hashes where
 * asked for. Asserts with cmocka. Source: Microsoft, "Windows Authenticode Portable Executable
 * Signature Format". */
#ifndef GODEPLOY_TESTS_SUPPORT_INDIRECT_DATA_MAKER_H
#define GODEPLOY_TESTS_SUPPORT_INDIRECT_DATA_MAKER_H

#include "tests/support/pe_signer.h"

#define OID_SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* One SpcIndirectDataContent, as the plan's flaw has it. */
void indirect_data_make(const PeFile *image, const SignaturePlan *plan, Text *out);

#endif
