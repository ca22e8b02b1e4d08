/* Tests what a download tries again: stalls, resets, cut bodies, busy servers. */
#include "base/clock.h"
#include "tests/support/download_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void answer_stall_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    file.stall_at_cut = true;
    http_reply_file(reply, asked, &file);
}

static void a_stalled_server_is_left_and_asked_again(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_stall_first);
    scene->download.stall_timeout_ms = 1000; /* the second time on a busy machine, too */
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 2);
    assert_non_null(strstr(scene->why, "sent nothing for 1.0 s"));
}

static void answer_silence(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_stall(reply);
}

static void a_server_that_never_answers_is_a_stall_too(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_silence);
    scene->download.stall_timeout_ms = 200;
    scene->download.tries = 2;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    scene_assert_says(scene, "failed 2 times");
    scene_assert_says(scene, "sent nothing for 200 ms");
    assert_int_equal(http_server_count(scene->server), 2);
}

static void answer_slow_bytes(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (int i = 0; i < 10; i++) {
        http_reply_text(reply, "x");
        http_reply_pause(reply, 130);
    }
}

static void slow_bytes_are_no_stall(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_slow_bytes);
    scene->download.stall_timeout_ms = 1000; /* less than all of it takes, more than a byte does */
    assert_true(scene_fetch(scene));
    assert_int_equal(scene->done.size_bytes, 10);
    assert_int_equal(scene->done.tries, 1);
}

static void answer_reset_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    if (asked->number == 1)
        http_reply_reset(reply);
    else
        scene_answer_whole(reply, asked, context);
}

static void a_reset_connection_is_tried_again(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_reset_first);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 2);
}

static void answer_busy_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    static const char *const lines[] = {"500 Oops", "429 Too Many", "408 Timeout", "503 Down"};

    if (asked->number <= 4)
        http_reply_text(reply, "HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\noops",
                        lines[asked->number - 1]);
    else
        scene_answer_whole(reply, asked, context);
}

static void what_may_pass_is_tried_again(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_busy_first);
    scene->download.tries = 5;
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 5);
    assert_string_equal(scene->why, "HTTP 503");
}

static void answer_retry_after(HttpReply *reply, const HttpAsked *asked, void *context)
{
    if (asked->number == 1)
        http_reply_text(reply, "HTTP/1.1 503 Down\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
    else
        scene_answer_whole(reply, asked, context);
}

static void retry_after_is_waited_for(void **state)
{
    DownloadScene *scene = *state;
    int64_t began_ms = clock_monotonic_ms();

    scene_serve(scene, answer_retry_after);
    scene_must_fetch(scene);
    assert_int_equal(scene->longest_wait_ms, 1000);
    assert_true(clock_monotonic_ms() - began_ms >= 1000);
}

static void answer_too_little(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
}

static void a_body_shorter_than_promised_is_never_a_release(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_too_little);
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    scene_assert_says(scene, "the connection ended after 9 B of 1000 B");
    assert_int_equal(http_server_count(scene->server), 3);
}

static void answer_cut_chunks(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n");
    if (asked->number > 1)
        http_reply_text(reply, "0\r\n\r\n");
}

static void chunks_without_their_end_are_a_cut_connection(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_cut_chunks);
    assert_true(scene_fetch(scene));
    assert_int_equal(scene->done.size_bytes, 4);
    assert_int_equal(scene->done.tries, 2);
    assert_string_equal(text_chars(&scene->seen), "abcd");
}

static void nobody_listening_is_tried_again_and_named(void **state)
{
    DownloadScene *scene = *state;
    uint16_t port = 0;

    scene_serve(scene, scene_answer_whole);
    port = http_server_port(scene->server);
    http_server_stop(scene->server);
    scene->server = NULL;
    (void)snprintf(scene->url, sizeof scene->url, "http://user:s3cret@127.0.0.1:%d/x?token=s3cret",
                   port);
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_int_equal(scene->retries, 2);
    scene_assert_says(scene, "127.0.0.1");
    scene_assert_says(scene, "connection refused");
    assert_null(strstr(scene->err.message, "s3cret"));
    assert_null(strstr(scene->why, "s3cret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_stalled_server_is_left_and_asked_again),
        TEST_OF(a_server_that_never_answers_is_a_stall_too),
        TEST_OF(slow_bytes_are_no_stall),
        TEST_OF(a_reset_connection_is_tried_again),
        TEST_OF(what_may_pass_is_tried_again),
        TEST_OF(retry_after_is_waited_for),
        TEST_OF(a_body_shorter_than_promised_is_never_a_release),
        TEST_OF(chunks_without_their_end_are_a_cut_connection),
        TEST_OF(nobody_listening_is_tried_again_and_named),
    };

    scene_forget_proxies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
