#include "proxy/load/load_response.h"

#include "base/text.h"

#include <string.h>

void load_response_begin(LoadResponse *response, const char *identity_header)
{
    *response = (LoadResponse){.identity_header = identity_header, .part = LOAD_PART_STATUS};
}

static char lower(char c)
{
    if (c < 'A' || c > 'Z')
        return c;
    return (char)(c - 'A' + 'a');
}

static bool same_word(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* The value of the header line if its name is `name`, else NULL. */
static const char *header_value(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strlen(line) <= length || line[length] != ':' || !same_word(line, name, length))
        return NULL;
    line += length + 1;
    return line + strspn(line, " \t");
}

static bool has_word(const char *value, const char *word)
{
    size_t length = strlen(word);

    for (; strlen(value) >= length; value++)
        if (same_word(value, word, length))
            return true;
    return false;
}

static LoadResponsePart read_status(LoadResponse *response)
{
    const char *line = response->line;

    if (!text_starts_with(line, "HTTP/1.") || strlen(line) < 12 || line[8] != ' ')
        return LOAD_PART_BROKEN;
    response->status = 0;
    for (size_t i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return LOAD_PART_BROKEN;
        response->status = response->status * 10 + (line[i] - '0');
    }
    response->keep_alive = line[7] != '0';
    return response->status < 100 || response->status > 599 ? LOAD_PART_BROKEN : LOAD_PART_HEADER;
}

static void keep_identity(LoadResponse *response, const char *value)
{
    size_t length = strlen(value);

    if (length >= sizeof(response->identity))
        length = sizeof(response->identity) - 1;
    memcpy(response->identity, value, length);
    response->identity[length] = '\0';
}

static LoadResponsePart read_header(LoadResponse *response)
{
    const char *line = response->line;
    const char *value;

    if (response->identity_header && (value = header_value(line, response->identity_header)))
        keep_identity(response, value);
    if ((value = header_value(line, "Content-Length"))) {
        if (!text_parse_number(value, INT64_MAX, &response->left))
            return LOAD_PART_BROKEN;
        response->has_length = true;
    }
    if ((value = header_value(line, "Transfer-Encoding")) && has_word(value, "chunked"))
        response->chunked = true;
    if ((value = header_value(line, "Connection"))) {
        if (has_word(value, "close"))
            response->keep_alive = false;
        else if (has_word(value, "keep-alive"))
            response->keep_alive = true;
    }
    return LOAD_PART_HEADER;
}

/* What follows the empty line behind the head. */
static LoadResponsePart after_head(LoadResponse *response)
{
    if (response->status == 101)
        return LOAD_PART_BROKEN; /* nobody asked for another protocol */
    if (response->status < 200) {
        size_t head_bytes = response->head_bytes;

        load_response_begin(response, response->identity_header);
        response->head_bytes = head_bytes;
        return LOAD_PART_STATUS;
    }
    if (response->status == 204 || response->status == 304)
        return LOAD_PART_DONE;
    if (response->chunked)
        return LOAD_PART_CHUNK_SIZE;
    if (response->has_length)
        return response->left > 0 ? LOAD_PART_BODY : LOAD_PART_DONE;
    response->keep_alive = false;
    return LOAD_PART_TO_END;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static LoadResponsePart read_chunk_size(LoadResponse *response)
{
    const char *digit = response->line;
    uint64_t size = 0;

    for (; hex_digit(*digit) >= 0; digit++) {
        if (size > UINT32_MAX)
            return LOAD_PART_BROKEN;
        size = size * 16 + (uint64_t)hex_digit(*digit);
    }
    if (digit == response->line)
        return LOAD_PART_BROKEN;
    response->left = size;
    response->head_bytes = 0;
    return size > 0 ? LOAD_PART_CHUNK : LOAD_PART_TRAILER;
}

static LoadResponsePart read_line(LoadResponse *response)
{
    bool is_empty = response->line_length == 0;

    switch (response->part) {
    case LOAD_PART_STATUS:
        return is_empty ? LOAD_PART_STATUS : read_status(response);
    case LOAD_PART_HEADER:
        return is_empty ? after_head(response) : read_header(response);
    case LOAD_PART_CHUNK_SIZE:
        return read_chunk_size(response);
    case LOAD_PART_CHUNK_END:
        return is_empty ? LOAD_PART_CHUNK_SIZE : LOAD_PART_BROKEN;
    case LOAD_PART_TRAILER:
        return is_empty ? LOAD_PART_DONE : LOAD_PART_TRAILER;
    case LOAD_PART_BODY:
    case LOAD_PART_TO_END:
    case LOAD_PART_CHUNK:
    case LOAD_PART_DONE:
    case LOAD_PART_BROKEN:
        break;
    }
    return response->part;
}

/* Collects up to the end of a line, and reads the line once it is whole. */
static size_t feed_line(LoadResponse *response, const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length);
    size_t taken = end ? (size_t)(end - bytes) : length;
    size_t room = sizeof(response->line) - 1 - response->line_length;
    size_t kept = taken < room ? taken : room;

    memcpy(response->line + response->line_length, bytes, kept);
    response->line_length += kept;
    response->head_bytes += taken + 1;
    if (response->head_bytes > LOAD_MOST_HEAD_BYTES)
        response->part = LOAD_PART_BROKEN;
    if (!end || response->part == LOAD_PART_BROKEN)
        return taken;
    while (response->line_length > 0 && strchr("\r \t", response->line[response->line_length - 1]))
        response->line_length--;
    response->line[response->line_length] = '\0';
    response->part = read_line(response);
    response->line_length = 0;
    return taken + 1;
}

static size_t feed_body(LoadResponse *response, size_t length)
{
    size_t taken = length < response->left ? length : (size_t)response->left;

    response->left -= taken;
    response->body_bytes += taken;
    if (response->left == 0)
        response->part = response->part == LOAD_PART_CHUNK ? LOAD_PART_CHUNK_END : LOAD_PART_DONE;
    return taken;
}

static size_t feed_some(LoadResponse *response, const char *bytes, size_t length)
{
    switch (response->part) {
    case LOAD_PART_BODY:
    case LOAD_PART_CHUNK:
        return feed_body(response, length);
    case LOAD_PART_TO_END:
        response->body_bytes += length;
        return length;
    case LOAD_PART_STATUS:
    case LOAD_PART_HEADER:
    case LOAD_PART_CHUNK_SIZE:
    case LOAD_PART_CHUNK_END:
    case LOAD_PART_TRAILER:
        return feed_line(response, bytes, length);
    case LOAD_PART_DONE:
    case LOAD_PART_BROKEN:
        break;
    }
    response->keep_alive = false;
    return length;
}

LoadReading load_response_feed(LoadResponse *response, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t taken = feed_some(response, bytes, length);

        bytes += taken;
        length -= taken;
    }
    if (response->part == LOAD_PART_BROKEN)
        return LOAD_READING_BROKEN;
    return response->part == LOAD_PART_DONE ? LOAD_READING_DONE : LOAD_READING_MORE;
}

bool load_response_end(LoadResponse *response)
{
    response->keep_alive = false;
    return response->part == LOAD_PART_DONE || response->part == LOAD_PART_TO_END;
}
