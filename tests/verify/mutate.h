/* mutate: the same random changes in every run: xorshift64 from a fixed seed. */
#ifndef GODEPLOY_TESTS_VERIFY_MUTATE_H
#define GODEPLOY_TESTS_VERIFY_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Mutator {
    uint64_t state; /* never 0 */
} Mutator;

static inline uint64_t mutate_number(Mutator *mutator, uint64_t below)
{
    mutator->state ^= mutator->state << 13;
    mutator->state ^= mutator->state >> 7;
    mutator->state ^= mutator->state << 17;
    return mutator->state % below;
}

/* One small change of `bytes`, which has room for *length + 1: a bit, a byte, a cut, a copy, one
 * more. */
static inline void mutate_once(Mutator *mutator, uint8_t *bytes, size_t *length)
{
    const size_t at = *length > 0 ? (size_t)mutate_number(mutator, *length) : 0;

    if (*length == 0)
        return;
    switch (mutate_number(mutator, 6)) {
    case 0:
        bytes[at] ^= (uint8_t)(1U << mutate_number(mutator, 8));
        break;
    case 1:
        bytes[at] = (uint8_t)mutate_number(mutator, 256);
        break;
    case 2:
        *length = at;
        break;
    case 3:
        memmove(bytes + at, bytes + at + 1, *length - at - 1);
        (*length)--;
        break;
    case 4:
        memmove(bytes + at + 1, bytes + at, *length - at);
        bytes[at] = (uint8_t)mutate_number(mutator, 256);
        (*length)++;
        break;
    default:
        bytes[at] = bytes[mutate_number(mutator, *length)];
        break;
    }
}

#endif
