/* See der_reader.h. */
#include "verify/authenticode/der_reader.h"

#include <string.h>

enum {
    LONG_FORM = 0x80, /* of a length: the low bits count its octets; none: indefinite */
    LENGTH_OCTETS_MOST = 4,
    CONSTRUCTED = 0x20,
    NUMBER_MASK = 0x1f, /* of a tag; all ones: the number follows */
    DEPTH_MOST = 64
};

/* Octets taken by the length at `bytes`; 0 if it is no definite one. */
static size_t read_length(const uint8_t *bytes, size_t left, size_t *length)
{
    size_t octets = 0;

    if (left == 0)
        return 0;
    if (bytes[0] < LONG_FORM) {
        *length = bytes[0];
        return 1;
    }
    octets = bytes[0] & ~LONG_FORM & 0xff;
    if (octets == 0 || octets > LENGTH_OCTETS_MOST || octets >= left)
        return 0;
    *length = 0;
    for (size_t i = 1; i <= octets; i++)
        *length = *length << 8 | bytes[i];
    return 1 + octets;
}

static bool is_shortest(size_t length, size_t octets)
{
    return octets == 1 || (length >= LONG_FORM && length >> (8 * (octets - 2)) != 0);
}

/* As der_read(), but for lengths written longer than they need be. */
static bool read_definite(DerReader *reader, DerElement *out, size_t *octets)
{
    size_t length = 0;

    if (reader->left < 2 || (reader->at[0] & NUMBER_MASK) == NUMBER_MASK)
        return false;
    *octets = read_length(reader->at + 1, reader->left - 1, &length);
    if (*octets == 0 || length > reader->left - 1 - *octets)
        return false;
    out->tag = reader->at[0];
    out->content = reader->at + 1 + *octets;
    out->content_length = length;
    out->whole = reader->at;
    out->whole_length = 1 + *octets + length;
    reader->at += out->whole_length;
    reader->left -= out->whole_length;
    return true;
}

bool der_read(DerReader *reader, DerElement *out)
{
    DerReader ahead = *reader;
    DerElement element;
    size_t octets = 0;

    if (!read_definite(&ahead, &element, &octets) || !is_shortest(element.content_length, octets))
        return false;
    *reader = ahead;
    *out = element;
    return true;
}

bool der_read_tag(DerReader *reader, int tag, DerElement *out)
{
    return reader->left > 0 && reader->at[0] == tag && der_read(reader, out);
}

DerReader der_inside(const DerElement *element)
{
    return (DerReader){element->content, element->content_length};
}

bool der_is_definite(const DerElement *element)
{
    DerReader levels[DEPTH_MOST] = {der_inside(element)};
    size_t depth = (element->tag & CONSTRUCTED) != 0 ? 1 : 0;
    DerElement inner;
    size_t octets = 0;

    while (depth > 0) {
        if (levels[depth - 1].left == 0) {
            depth--;
            continue;
        }
        if (!read_definite(&levels[depth - 1], &inner, &octets))
            return false;
        if ((inner.tag & CONSTRUCTED) == 0)
            continue;
        if (depth == DEPTH_MOST)
            return false;
        levels[depth++] = der_inside(&inner);
    }
    return true;
}
