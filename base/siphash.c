/* See siphash.h. */
#include "base/siphash.h"

typedef struct Sip {
    uint64_t v0, v1, v2, v3;
} Sip;

static uint64_t turned(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void do_round(Sip *sip)
{
    sip->v0 += sip->v1;
    sip->v2 += sip->v3;
    sip->v1 = turned(sip->v1, 13) ^ sip->v0;
    sip->v3 = turned(sip->v3, 16) ^ sip->v2;
    sip->v0 = turned(sip->v0, 32);
    sip->v2 += sip->v1;
    sip->v0 += sip->v3;
    sip->v1 = turned(sip->v1, 17) ^ sip->v2;
    sip->v3 = turned(sip->v3, 21) ^ sip->v0;
    sip->v2 = turned(sip->v2, 32);
}

/* Up to 8 bytes, the first one lowest, on whatever machine. */
static uint64_t word_of(const uint8_t *bytes, size_t length)
{
    uint64_t word = 0;

    for (size_t i = 0; i < length; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void take_word(Sip *sip, uint64_t word)
{
    sip->v3 ^= word;
    do_round(sip);
    do_round(sip);
    sip->v0 ^= word;
}

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    uint64_t k0 = word_of(key, 8);
    uint64_t k1 = word_of(key + 8, 8);
    Sip sip = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
               k1 ^ 0x7465646279746573U};

    for (size_t left = length; left >= 8; left -= 8, from += 8)
        take_word(&sip, word_of(from, 8));
    take_word(&sip, (uint64_t)(length & 0xff) << 56 | word_of(from, length % 8));
    sip.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        do_round(&sip);
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}
