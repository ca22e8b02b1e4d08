/* See utf8.h. */
#include "verify/utf8.h"

#include <stdbool.h>

/* What the first byte tells: how many bytes, its own bits, and the smallest character that needs so
 * many (less would be an overlong form). */
typedef struct Lead {
    uint8_t mask;
    uint8_t value;
    uint8_t bytes;
    uint32_t least;
} Lead;

static const Lead leads[] = {
    {0x80, 0x00, 1, 0x0    },
    {0xe0, 0xc0, 2, 0x80   },
    {0xf0, 0xe0, 3, 0x800  },
    {0xf8, 0xf0, 4, 0x10000},
};

static const Lead *lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if ((byte & leads[i].mask) == leads[i].value)
            return &leads[i];
    return NULL;
}

static bool is_character(uint32_t value)
{
    return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

size_t utf8_decode(const char *bytes, size_t length, uint32_t *character)
{
    const Lead *lead = length > 0 ? lead_of((uint8_t)bytes[0]) : NULL;
    uint32_t value = 0;

    if (!lead || lead->bytes > length)
        return 0;
    value = (uint8_t)bytes[0] & (uint8_t)~lead->mask;
    for (size_t i = 1; i < lead->bytes; i++) {
        const uint8_t next = (uint8_t)bytes[i];

        if ((next & 0xc0) != 0x80)
            return 0;
        value = (value << 6) | (next & 0x3f);
    }
    if (value < lead->least || !is_character(value))
        return 0;
    *character = value;
    return lead->bytes;
}

size_t utf8_put(uint32_t character, char out[4])
{
    const Lead *lead = &leads[0];
    uint32_t rest = character;

    for (size_t i = 1; i < sizeof leads / sizeof leads[0]; i++)
        if (character >= leads[i].least)
            lead = &leads[i];
    for (size_t i = lead->bytes; i-- > 1; rest >>= 6)
        out[i] = (char)(0x80 | (rest & 0x3f));
    out[0] = (char)(lead->value | rest);
    return lead->bytes;
}
