/* messages: JSON values as lines on a pipe, between parent and worker and on the control socket. */
#ifndef GODEPLOY_PROXY_SERVER_MESSAGES_H
#define GODEPLOY_PROXY_SERVER_MESSAGES_H

#include "base/json.h"
#include "base/text.h"

#include <uv.h>

typedef struct LineBuffer {
    Text bytes;
    size_t scanned;
    size_t limit; /* longest line */
    bool skipping;
} LineBuffer;

typedef enum LineVerdict { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG } LineVerdict;

bool line_buffer_add(LineBuffer *buffer, const char *bytes, size_t length); /* false: memory */
/* Takes the next line, without its end; *line is the caller's to free after LINE_WHOLE. A line that
 * is too long is reported once and skipped. */
LineVerdict line_buffer_next(LineBuffer *buffer, char **line);
void line_buffer_free(LineBuffer *buffer);

/* Queues one line; `handle` (NULL: none) travels with it over an IPC pipe. A peer that is gone is
 * noticed where the pipe is read. False if out of memory or the pipe is closed. */
bool message_send_bytes(uv_stream_t *to, const char *bytes, size_t length); /* as they are */
bool message_send(uv_stream_t *to, const Json *message, uv_stream_t *handle);

#endif
