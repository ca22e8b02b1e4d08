/* name: a distinguished name as people read it. Whoever asked for the certificate wrote it: what
 * could move a cursor or turn the reading direction is shown as \xNN. Only for verify/authenticode.
 */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_NAME_H
#define GODEPLOY_VERIFY_AUTHENTICODE_NAME_H

#include "verify/authenticode/authenticode.h"
#include "verify/openssl.h"

/* The last (most specific) common name, or the whole name where it has none. */
const char *name_common(const X509_NAME *name, char out[AUTHENTICODE_NAME_SIZE]);
/* RFC 2253: "CN=Example Ltd,O=Example,C=DE"; what is too long ends in "...". */
const char *name_whole(const X509_NAME *name, char out[AUTHENTICODE_NAME_SIZE]);

#endif
