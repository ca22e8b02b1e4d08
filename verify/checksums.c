/* See checksums.h. Source: https://goreleaser.com/customization/checksum, sha256sum(1). */
#include "verify/checksums.h"

#include <string.h>

enum { HEX_LENGTH = DIGEST_HEX_SIZE - 1, SEPARATOR_LENGTH = 2, NAME_MOST = 1024 };

typedef struct Line {
    const char *start;
    size_t length;
    size_t number; /* from 1 */
} Line;

typedef struct Item {
    Digest digest;
    const char *name; /* not NUL-terminated */
    size_t length;
} Item;

static bool refuse_line(const Line *line, const char *why, Error *err)
{
    error_set(err, ERR_REFUSED, "line %zu of the checksums %s", line->number, why);
    return error_hint(err,
                      "Expected lines of 64 lower-case hex characters, two spaces and a name.");
}

static bool name_is_clean(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

static bool parse_line(const Line *line, Item *out, Error *err)
{
    const char *const separator = line->start + HEX_LENGTH;
    char hex[DIGEST_HEX_SIZE] = "";

    if (line->length > 0 && line->start[line->length - 1] == '\r')
        return refuse_line(line, "ends like a Windows text file (CR LF)", err);
    if (line->length <= HEX_LENGTH + SEPARATOR_LENGTH)
        return refuse_line(line, "is too short", err);
    memcpy(hex, line->start, HEX_LENGTH);
    if (!digest_from_hex(hex, &out->digest))
        return refuse_line(line, "does not start with a SHA-256 in lower-case hex", err);
    if (separator[0] != ' ' || (separator[1] != ' ' && separator[1] != '*'))
        return refuse_line(line, "has no two spaces behind its digest", err);
    out->name = separator + SEPARATOR_LENGTH;
    out->length = line->length - HEX_LENGTH - SEPARATOR_LENGTH;
    if (out->length > NAME_MOST || !name_is_clean(out->name, out->length) || out->name[0] == ' ')
        return refuse_line(line, "has a name that is too long or not printable", err);
    return true;
}

/* There is one: *at is before the end. */
static bool next_line(const char **at, const char *end, Line *line, Error *err)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));

    line->number++;
    if (!newline)
        return refuse_line(line, "is cut off: no line end", err);
    line->start = *at;
    line->length = (size_t)(newline - *at);
    *at = newline + 1;
    return true;
}

static bool is_wanted(const Item *item, const char *name)
{
    return item->length == strlen(name) && memcmp(item->name, name, item->length) == 0;
}

static bool refuse_missing(const char *name, size_t lines, Error *err)
{
    error_set(err, ERR_REFUSED, "the checksums do not name %s (they name %zu other files)", name,
              lines);
    return error_hint(err,
                      "Names must be equal to the last byte; look for a folder or another version "
                      "in front of it.");
}

bool checksums_find(const char *text, size_t length, const char *name, Digest *out, Error *err)
{
    const char *at = text;
    const char *const end = text + length;
    Line line = {0};
    Digest found = {0};
    size_t times = 0;

    if (length > CHECKSUMS_LIMIT)
        return error_set(err, ERR_REFUSED, "the checksums have %zu bytes, expected at most %d",
                         length, CHECKSUMS_LIMIT);
    while (at < end) {
        Item item = {0};

        if (!next_line(&at, end, &line, err) || !parse_line(&line, &item, err))
            return false;
        if (!is_wanted(&item, name))
            continue;
        found = item.digest;
        if (++times > 1)
            return refuse_line(&line, "names the wanted file a second time", err);
    }
    if (times == 0)
        return refuse_missing(name, line.number, err);
    *out = found;
    return true;
}
