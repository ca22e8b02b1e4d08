/* See entry_name.h. Refusing is all it does: a name is never "repaired", because the repaired one
 * could be another entry's. */
#include "verify/entry_name.h"

#include "base/windows_name.h"
#include "verify/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct Segment {
    const char *start;
    size_t length;
} Segment;

const char *entry_name_printable(const char *name, size_t length, char out[ENTRY_PRINTABLE_SIZE])
{
    const size_t room = ENTRY_PRINTABLE_SIZE - sizeof "\\x00...";
    size_t used = 0;
    size_t at = 0;

    for (; at < length && used <= room; at++) {
        const unsigned char byte = (unsigned char)name[at];

        if (byte >= 0x20 && byte < 0x7f)
            out[used++] = name[at];
        else
            used += (size_t)snprintf(out + used, ENTRY_PRINTABLE_SIZE - used, "\\x%02x", byte);
    }
    (void)snprintf(out + used, ENTRY_PRINTABLE_SIZE - used, "%s", at < length ? "..." : "");
    return out;
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* C0, DEL, C1, and the marks that turn the direction of what follows them on a screen. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static const char *problem_of_characters(const char *name, size_t length)
{
    uint32_t character = 0;

    for (size_t at = 0; at < length;) {
        const size_t taken = utf8_decode(name + at, length - at, &character);

        if (taken == 0)
            return "is not UTF-8";
        if (is_control(character))
            return "has a control character";
        if (character == '\\')
            return "has a backslash";
        at += taken;
    }
    return NULL;
}

static const char *problem_of_segment(Segment segment)
{
    const size_t length = segment.length;

    if (length == 0)
        return "has an empty segment";
    if (length > ENTRY_SEGMENT_MOST)
        return "has a segment of more than 255 bytes";
    if (length <= 2 && memcmp(segment.start, "..", length) == 0)
        return "has a segment that leads elsewhere";
    return windows_name_problem(segment.start, length);
}

static const char *problem_of_segments(const char *name, size_t length)
{
    const char *const end = name + length;
    const char *at = name;

    for (int depth = 1; depth <= ENTRY_DEPTH_MOST; depth++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const Segment segment = {at, (size_t)((slash ? slash : end) - at)};
        const char *problem = problem_of_segment(segment);

        if (problem || !slash)
            return problem;
        at = slash + 1;
    }
    return "is more than 64 segments deep";
}

static const char *problem_of(const char *name, size_t length)
{
    const char *problem = NULL;

    if (length == 0)
        return "is empty";
    if (length > ENTRY_NAME_MOST)
        return "is longer than 1024 bytes";
    if ((problem = problem_of_characters(name, length)))
        return problem;
    if (length > 1 && name[0] == '/' && name[1] == '/')
        return "names a network share";
    if (name[0] == '/')
        return "is absolute";
    if (length > 1 && is_ascii_letter(name[0]) && name[1] == ':')
        return "names a drive";
    return problem_of_segments(name, length);
}

bool entry_name_check(const char *name, size_t length, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];
    const char *problem = problem_of(name, length);

    if (!problem)
        return true;
    error_set(err, ERR_REFUSED, "file name \"%s\" %s", entry_name_printable(name, length, shown),
              problem);
    return error_hint(err, "Do not unpack it by hand; ask who made the release.");
}
