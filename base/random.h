/* random: bytes nobody can guess, from the system (libuv: uv_random). */
#ifndef GODEPLOY_BASE_RANDOM_H
#define GODEPLOY_BASE_RANDOM_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

bool random_bytes(void *out, size_t length, Error *err);
/* Evenly spread in [0, below); for jitter and ids, never for keys. */
uint64_t random_below(uint64_t below);
/* Lower-case letters and digits; `out` holds length + 1. */
bool random_token(char *out, size_t length, Error *err);

#endif
