/* authority_key: the keys behind test certificates. */
#ifndef GODEPLOY_TESTS_SUPPORT_AUTHORITY_KEY_H
#define GODEPLOY_TESTS_SUPPORT_AUTHORITY_KEY_H

#include "tests/support/authority.h"

/* The caller frees. RSA keys are slow to make, and so are made once in a process: two of each size,
 * of which `again` means the second. */
EVP_PKEY *authority_key(KeyKind kind, bool again);

#endif
