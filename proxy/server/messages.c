/* See messages.h. */
#include "proxy/server/messages.h"

#include <stdlib.h>
#include <string.h>

typedef struct PendingMessage {
    uv_write_t request;
    char bytes[];
} PendingMessage;

bool line_buffer_add(LineBuffer *buffer, const char *bytes, size_t length)
{
    text_append_bytes(&buffer->bytes, bytes, length);
    return !buffer->bytes.failed;
}

static void consume(LineBuffer *buffer, size_t count)
{
    memmove(buffer->bytes.bytes, buffer->bytes.bytes + count, buffer->bytes.length - count);
    buffer->bytes.length -= count;
    buffer->scanned = 0;
}

static LineVerdict without_end(LineBuffer *buffer)
{
    bool told = buffer->skipping;

    buffer->scanned = buffer->bytes.length;
    if (buffer->bytes.length <= buffer->limit && !buffer->skipping)
        return LINE_NONE;
    consume(buffer, buffer->bytes.length);
    buffer->skipping = true;
    return told ? LINE_NONE : LINE_TOO_LONG;
}

LineVerdict line_buffer_next(LineBuffer *buffer, char **line)
{
    while (buffer->bytes.length > buffer->scanned) {
        const char *from = buffer->bytes.bytes;
        const char *lf =
            memchr(from + buffer->scanned, '\n', buffer->bytes.length - buffer->scanned);
        size_t length = lf ? (size_t)(lf - from) : 0;
        bool skipped = buffer->skipping;

        if (!lf)
            return without_end(buffer);
        buffer->skipping = false;
        if (!skipped && length <= buffer->limit)
            *line = text_copy_bytes(from, length);
        consume(buffer, length + 1);
        if (!skipped)
            return length <= buffer->limit && *line ? LINE_WHOLE : LINE_TOO_LONG;
    }
    return LINE_NONE;
}

void line_buffer_free(LineBuffer *buffer)
{
    text_free(&buffer->bytes);
}

static void on_sent(uv_write_t *request, int status)
{
    (void)status; /* the reader of the pipe notices that nobody is there */
    free(request);
}

static bool send_all(uv_stream_t *to, const char *bytes, size_t length, uv_stream_t *handle)
{
    PendingMessage *pending = malloc(sizeof *pending + length);
    uv_buf_t buffer;
    int status = 0;

    if (!pending || uv_is_closing((uv_handle_t *)to)) {
        free(pending);
        return false;
    }
    memcpy(pending->bytes, bytes, length);
    buffer = uv_buf_init(pending->bytes, (unsigned)length);
    if (handle)
        status = uv_write2(&pending->request, to, &buffer, 1, handle, on_sent);
    else
        status = uv_write(&pending->request, to, &buffer, 1, on_sent);
    if (status < 0)
        free(pending);
    return status == 0;
}

bool message_send_bytes(uv_stream_t *to, const char *bytes, size_t length)
{
    return send_all(to, bytes, length, NULL);
}

bool message_send(uv_stream_t *to, const Json *message, uv_stream_t *handle)
{
    CLEANUP(free) char *line = json_line(message);
    size_t length = line ? strlen(line) : 0;

    if (!line)
        return false;
    line[length] = '\n'; /* in place of its end */
    return send_all(to, line, length + 1, handle);
}
