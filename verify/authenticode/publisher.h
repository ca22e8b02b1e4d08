/* publisher: whose signature is wanted, as the settings say it.
 *
 *     CN=Example Ltd              this part stands in the certificate's subject
 *     CN=Example Ltd, O=Example   each of these parts does; \, and "..." as in RFC 2253
 *     spki:<64 hex>               SHA-256 of its SubjectPublicKeyInfo
 *     cert:<64 hex>               SHA-256 of the certificate
 *
 * Values are compared byte for byte as UTF-8. Only for verify/authenticode. Source: RFC 2253, 4514.
 */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PUBLISHER_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PUBLISHER_H

#include "base/error.h"
#include "base/text.h"
#include "verify/openssl.h"

#include <stdbool.h>

typedef struct Publisher Publisher;

/* ERR_SETTINGS names the pin and what is wrong with it. */
bool publisher_parse(const char *text, Publisher **out, Error *err);
void publisher_free(Publisher *publisher);
DEFINE_CLEANUP(Publisher *, publisher_free)

bool publisher_is(const Publisher *publisher, const X509 *certificate);

#endif
