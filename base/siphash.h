/* siphash: a fast hash with a key, for what a stranger must not be able to foresee.
 *
 * SipHash-2-4 of Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012),
 * https://www.aumasson.jp/siphash/siphash.pdf */
#ifndef GODEPLOY_BASE_SIPHASH_H
#define GODEPLOY_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_BYTES = 16 };

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length);

#endif
