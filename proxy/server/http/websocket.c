/* See websocket.h. */
#include "proxy/server/http/websocket.h"

#include <string.h>

enum {
    FINAL = 0x80,
    OPCODE = 0x0f,
    OPCODE_CLOSE = 0x08,
    MASKED = 0x80,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    GOING_AWAY = 1001
};

static unsigned extended_length(uint8_t second)
{
    unsigned short_length = second & 0x7fU;

    return short_length == LENGTH_64 ? 8 : short_length == LENGTH_16 ? 2 : 0;
}

/* Known once two bytes of it are. */
static unsigned whole_head(const WebsocketFrames *frames)
{
    if (frames->head_length < 2)
        return 2;
    return 2 + extended_length(frames->head[1]) + ((frames->head[1] & MASKED) ? 4 : 0);
}

static void begin_payload(WebsocketFrames *frames)
{
    unsigned wide = extended_length(frames->head[1]);

    frames->payload_left = wide ? 0 : frames->head[1] & 0x7fU;
    for (unsigned i = 0; i < wide; i++)
        frames->payload_left = frames->payload_left << 8 | frames->head[2 + i];
    if (frames->payload_left > INT64_MAX)
        frames->broken = true;
    frames->closed |= (frames->head[0] & OPCODE) == OPCODE_CLOSE;
    if (frames->payload_left == 0)
        frames->head_length = 0;
}

/* Between two frames head_length and payload_left are both 0. */
size_t websocket_take_frame(WebsocketFrames *frames, const char *bytes, size_t length)
{
    size_t used = 0;
    size_t payload = 0;

    if (frames->broken)
        return length;
    while (frames->payload_left == 0) {
        if (used == length)
            return used;
        frames->head[frames->head_length++] = (uint8_t)bytes[used++];
        if (frames->head_length < whole_head(frames))
            continue;
        begin_payload(frames);
        if (frames->payload_left == 0 || frames->broken)
            return frames->broken ? length : used;
    }
    payload = length - used;
    if (payload > frames->payload_left)
        payload = (size_t)frames->payload_left;
    frames->payload_left -= payload;
    if (frames->payload_left == 0)
        frames->head_length = 0;
    return used + payload;
}

void websocket_follow(WebsocketFrames *frames, const char *bytes, size_t length)
{
    for (size_t used = 0; used < length;)
        used += websocket_take_frame(frames, bytes + used, length - used);
}

bool websocket_between_frames(const WebsocketFrames *frames)
{
    return !frames->broken && frames->head_length == 0 && frames->payload_left == 0;
}

size_t websocket_goodbye(const uint8_t *mask, uint8_t out[WEBSOCKET_GOODBYE_MAX])
{
    const uint8_t status[2] = {GOING_AWAY >> 8, GOING_AWAY & 0xff};

    out[0] = FINAL | OPCODE_CLOSE;
    out[1] = (uint8_t)sizeof status;
    if (!mask) {
        memcpy(out + 2, status, sizeof status);
        return 2 + sizeof status;
    }
    out[1] |= MASKED;
    memcpy(out + 2, mask, 4);
    for (size_t i = 0; i < sizeof status; i++)
        out[6 + i] = status[i] ^ mask[i];
    return 6 + sizeof status;
}
