/* utf8: characters out of bytes, strictly: no overlong form, no surrogate, nothing past U+10FFFF.
 *
 * Source: RFC 3629; the Unicode Standard, table 3-7. */
#ifndef GODEPLOY_VERIFY_UTF8_H
#define GODEPLOY_VERIFY_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes taken for the first character (1 to 4); 0 if they are no UTF-8, or `length` is 0. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *character);

/* Bytes written (1 to 4). `character` must be one that utf8_decode() can give. */
size_t utf8_put(uint32_t character, char out[4]);

#endif
