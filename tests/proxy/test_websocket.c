/* Where WebSocket frames end, whatever pieces their bytes come in. The frames are those of RFC 6455
 * section 5.7, and of the length forms of section 5.2. */
#include "proxy/server/http/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONG_PAYLOAD = 65536, LONG_FRAME = LONG_PAYLOAD + 10 };

typedef struct FrameCase {
    const char *name;
    const char *bytes;
    size_t length;
    bool closes;
} FrameCase;

#define FRAME(name, bytes, closes)                                                                 \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1, closes                                                     \
    }

static const FrameCase frames[] = {
    FRAME("unmasked text Hello", "\x81\x05\x48\x65\x6c\x6c\x6f", false),
    FRAME("masked text Hello", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", false),
    FRAME("fragment Hel", "\x01\x03\x48\x65\x6c", false),
    FRAME("last fragment lo", "\x80\x02\x6c\x6f", false),
    FRAME("unmasked ping Hello", "\x89\x05\x48\x65\x6c\x6c\x6f", false),
    FRAME("masked pong Hello", "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", false),
    FRAME("empty text", "\x81\x00", false),
    FRAME("masked empty text", "\x81\x80\x01\x02\x03\x04", false),
    FRAME("16 bit length", "\x82\x7e\x00\x03\x61\x62\x63", false),
    FRAME("64 bit length", "\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x02\x61\x62", false),
    FRAME("close 1000", "\x88\x02\x03\xe8", true),
    FRAME("close without status", "\x88\x00", true),
};

static void expect_end_only_at_the_end(const FrameCase *one, size_t piece)
{
    WebsocketFrames state = {0};
    size_t used = 0;

    assert_true(websocket_between_frames(&state));
    while (used < one->length) {
        size_t length = one->length - used < piece ? one->length - used : piece;
        size_t took = websocket_take_frame(&state, one->bytes + used, length);

        assert_int_equal(took, length);
        used += took;
        if (websocket_between_frames(&state) != (used == one->length))
            fail_msg("%s: a frame ends after %zu of %zu bytes", one->name, used, one->length);
    }
    assert_int_equal(state.closed, one->closes);
}

static void a_frame_ends_with_its_last_byte_in_whatever_pieces_it_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        for (size_t piece = 1; piece <= frames[i].length; piece++)
            expect_end_only_at_the_end(&frames[i], piece);
    }
}

static void what_follows_a_frame_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        WebsocketFrames follower = {0};
        char bytes[64];

        memcpy(bytes, frames[i].bytes, frames[i].length);
        memcpy(bytes + frames[i].length, "\x81\x01x", 3);
        assert_int_equal(websocket_take_frame(&follower, bytes, frames[i].length + 3),
                         frames[i].length);
        assert_true(websocket_between_frames(&follower));
    }
}

static void a_long_frame_is_followed_to_its_end(void **state)
{
    WebsocketFrames follower = {0};
    char *bytes = calloc(1, LONG_FRAME + 2);

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
    websocket_follow(&follower, bytes, LONG_FRAME - 1);
    assert_false(websocket_between_frames(&follower));
    websocket_follow(&follower, bytes + LONG_FRAME - 1, 1);
    assert_true(websocket_between_frames(&follower));
    free(bytes);
}

/* RFC 6455 section 5.2: the most significant bit of a 64 bit length must be 0. */
static void a_length_that_cannot_be_is_no_frame(void **state)
{
    WebsocketFrames follower = {0};

    (void)state;
    websocket_follow(&follower, "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10);
    assert_true(follower.broken);
    assert_false(websocket_between_frames(&follower));
    websocket_follow(&follower, "\x81\x00", 2);
    assert_false(websocket_between_frames(&follower));
}

static void goodbye_is_a_close_frame_with_status_1001(void **state)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    WebsocketFrames follower = {0};
    uint8_t frame[WEBSOCKET_GOODBYE_MAX];

    (void)state;
    assert_int_equal(websocket_goodbye(NULL, frame), 4);
    assert_memory_equal(frame, "\x88\x02\x03\xe9", 4);
    assert_int_equal(websocket_goodbye(mask, frame), 8);
    assert_memory_equal(frame, "\x88\x82\x37\xfa\x21\x3d\x34\x13", 8);
    websocket_follow(&follower, (const char *)frame, 8);
    assert_true(follower.closed && websocket_between_frames(&follower));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_ends_with_its_last_byte_in_whatever_pieces_it_comes),
        cmocka_unit_test(what_follows_a_frame_is_left),
        cmocka_unit_test(a_long_frame_is_followed_to_its_end),
        cmocka_unit_test(a_length_that_cannot_be_is_no_frame),
        cmocka_unit_test(goodbye_is_a_close_frame_with_status_1001),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
