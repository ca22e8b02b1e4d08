/* Part of text.h: what may be shown on a terminal as it is. Text from outside (an answer's body, a
 * log line, a certificate's name) can carry sequences that repaint the screen. */
#include "base/text.h"

/* How many bytes follow the first one of a character; -1 if none begins with it (RFC 3629). */
static int bytes_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first < 0xC2 || first > 0xF4)
        return -1;
    return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
}

/* Decodes one character of UTF-8 and moves behind it; -1 where it is not well formed. */
static int32_t take_character(const unsigned char **at)
{
    static const int32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *c = *at;
    int after = bytes_after(c[0]);
    int32_t value = 0;

    if (after < 0)
        return -1;
    value = after == 0 ? c[0] : c[0] & (0x3F >> after);
    for (int i = 1; i <= after; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return -1; /* the NUL at the end of the text ends here too */
        value = value << 6 | (c[i] & 0x3F);
    }
    if (value < smallest[after] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return -1;
    *at = c + after + 1;
    return value;
}

/* Control characters, and those that turn the direction or break the line of what follows. */
static bool moves_or_hides(int32_t c)
{
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
        return true;
    if (c == 0x061C || c == 0x200E || c == 0x200F || c == 0xFEFF)
        return true;
    return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool text_printable(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        int32_t c = take_character(&at);

        if (c < 0 || moves_or_hides(c))
            return false;
    }
    return true;
}

bool text_is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        if (take_character(&at) < 0)
            return false;
    }
    return true;
}
