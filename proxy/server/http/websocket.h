/* websocket: where the frames of a WebSocket end, followed without looking at what they carry, so
 * that a close frame can be put between two of them. Pure.
 *
 * Specification: RFC 6455 sections 5.2 (framing), 5.5.1 (close) and 7.4.1 (1001, going away). */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_WEBSOCKET_H
#define GODEPLOY_PROXY_SERVER_HTTP_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One direction of a WebSocket. Zero at its beginning. */
typedef struct WebsocketFrames {
    uint8_t head[14];
    unsigned head_length; /* bytes of it that are known */
    uint64_t payload_left;
    bool closed; /* a close frame has begun: nothing may follow it */
    bool broken; /* no WebSocket: there are no frames to speak of */
} WebsocketFrames;

/* Follows the bytes up to the end of the frame that they belong to; returns how many those are, 1
 * or more of a positive `length`. */
size_t websocket_take_frame(WebsocketFrames *frames, const char *bytes, size_t length);
void websocket_follow(WebsocketFrames *frames, const char *bytes, size_t length); /* all of them */

bool websocket_between_frames(const WebsocketFrames *frames);

enum { WEBSOCKET_GOODBYE_MAX = 8 };
/* A close frame with status 1001. Clients mask what they send, servers do not: `mask` is four
 * unpredictable bytes for one that goes to a server, else NULL. Returns its length. */
size_t websocket_goodbye(const uint8_t *mask, uint8_t out[WEBSOCKET_GOODBYE_MAX]);

#endif
