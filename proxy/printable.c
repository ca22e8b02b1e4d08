/* See printable.h. */
#include "proxy/printable.h"
#include "base/text.h"

#include <string.h>

enum { LONGEST_CHARACTER = 4 };

/* Length of the printable character at `at`; 0 if there is none. */
static size_t character_length(const char *at, size_t left)
{
    char one[LONGEST_CHARACTER + 1] = {0};

    for (size_t length = 1; length <= LONGEST_CHARACTER && length <= left; length++) {
        memcpy(one, at, length);
        if (one[length - 1] == '\0')
            return 0;
        if (text_printable(one))
            return length;
    }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t append_one(char *out, const char *at, size_t length)
{
    if (length == 0) {
        *out = '?';
        return 1;
    }
    memcpy(out, at, length);
    return length;
}

void printable_append(char *out, size_t size, const char *bytes, size_t length)
{
    size_t used = strlen(out);
    bool after_blank = true; /* those in front are dropped */

    for (size_t at = 0; at < length && used + LONGEST_CHARACTER < size;) {
        size_t one = character_length(bytes + at, length - at);
        if (!is_blank(bytes[at])) {
            used += append_one(out + used, bytes + at, one);
            after_blank = false;
        } else if (!after_blank) {
            out[used++] = ' ';
            after_blank = true;
        }
        at += one == 0 ? 1 : one;
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}
