/* publisher_text: "CN=Example\, Ltd, O=\"Example, Inc.\"" taken apart. Only for publisher.c.
 *
 * Source: RFC 4514 section 3; quotes are RFC 2253's, which Windows still writes. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PUBLISHER_TEXT_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PUBLISHER_TEXT_H

#include "base/error.h"
#include "verify/openssl.h"

#include <stdbool.h>
#include <stddef.h>

enum { PUBLISHER_PARTS_MOST = 16 };

typedef struct PublisherPart {
    ASN1_OBJECT *type; /* owned */
    char *value;       /* UTF-8; owned */
    size_t length;
} PublisherPart;

typedef struct PublisherName {
    PublisherPart parts[PUBLISHER_PARTS_MOST];
    size_t count;
} PublisherName;

/* ERR_SETTINGS. Start from {0}; free it also after a failure. */
bool publisher_name_parse(const char *text, PublisherName *out, Error *err);
void publisher_name_free(PublisherName *name);

#endif
