/* little_endian: numbers as PE writes them. The caller has made sure that the bytes are there. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_LITTLE_ENDIAN_H
#define GODEPLOY_VERIFY_AUTHENTICODE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline uint16_t le16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t le32(const uint8_t *bytes)
{
    return le16(bytes) | (uint32_t)le16(bytes + 2) << 16;
}

static inline uint64_t le64(const uint8_t *bytes)
{
    return le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

static inline void le32_put(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

#endif
