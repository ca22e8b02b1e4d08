/* policy_files: anchors and revocation lists out of the files that the settings name. Only for
 * policy.c. A file with anything else in it is refused by name: half a bundle read is worse than
 * none. Source: RFC 7468. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_POLICY_FILES_H
#define GODEPLOY_VERIFY_AUTHENTICODE_POLICY_FILES_H

#include "base/error.h"
#include "verify/openssl.h"

/* Both: ERR_KEY names what is not fit; ERR_FILE or ERR_PERMISSION if it cannot be read. */
bool anchors_read_file(const char *path, X509_STORE *store, Error *err);      /* PEM, one or more */
bool crls_read_file(const char *path, STACK_OF(X509_CRL) * list, Error *err); /* PEM or DER */

#endif
