/* base64: bytes as text, RFC 4648 section 4, strictly: one spelling for each sequence of bytes. */
#ifndef GODEPLOY_VERIFY_BASE64_H
#define GODEPLOY_VERIFY_BASE64_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void base64_append(Text *text, const uint8_t *bytes, size_t length);

/* No blanks, no line ends, padded, unused bits zero; else ERR_REFUSED. Caller frees *out. */
bool base64_decode(const char *text, size_t length, uint8_t **out, size_t *out_length, Error *err);

#endif
