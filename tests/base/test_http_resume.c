/* Tests what a download continues, and what it begins anew: base/http/http_partial.c,
 * base/http/http_head.c, base/http/http_verdict.c. */
#include "base/file/file.h"
#include "tests/support/download_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_cut_connection_is_continued_where_it_ended(void **state)
{
    DownloadScene *scene = *state;
    HttpAsked asked;
    char value[64];

    scene_serve(scene, scene_answer_cut_first);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 2);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
    assert_int_equal(scene->resets, 0);
    assert_true(http_server_last(scene->server, &asked));
    assert_true(http_asked_header(&asked, "Range", value, sizeof value));
    assert_string_equal(value, "bytes=100000-");
    assert_true(http_asked_header(&asked, "If-Range", value, sizeof value));
    assert_string_equal(value, "\"v1\"");
    assert_non_null(strstr(scene->why, "the connection ended after"));
}

static void another_run_continues_what_the_first_left(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_cut_first);
    scene->download.tries = 1;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_true(file_exists(scene->state_path));
    scene_must_fetch_again(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
    assert_int_equal(scene->resets, 0); /* the bytes on disk were read back first */
}

static void answer_changed_file(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);
    static const unsigned char old[200 * 1000]; /* zeros: of another build */

    if (asked->number == 1)
        file = (HttpServedFile){
            .bytes = old, .length = sizeof old, .etag = "\"v0\"", .cut_after = 100 * 1000};
    http_reply_file(reply, asked, &file);
}

static void a_file_that_changed_is_begun_anew(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_changed_file);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
    assert_int_equal(scene->resets, 1);
}

static void a_file_that_changed_between_runs_is_begun_anew(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_changed_file);
    scene->download.tries = 1;
    assert_false(scene_fetch(scene));
    scene_must_fetch_again(scene);
    assert_int_equal(scene->resets, 1);
}

static void answer_ignoring_ranges(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.ignores_range = true;
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void a_server_without_ranges_is_asked_for_all_of_it(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_ignoring_ranges);
    scene_must_fetch(scene);
    assert_int_equal(scene->resets, 1);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void answer_without_validator(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.etag = asked->number % 2 ? "W/\"weak\"" : NULL;
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void without_a_strong_validator_nothing_is_continued(void **state)
{
    DownloadScene *scene = *state;
    HttpAsked asked;
    char value[64];

    scene_serve(scene, answer_without_validator);
    scene_must_fetch(scene);
    assert_int_equal(scene->resets, 1);
    assert_true(http_server_last(scene->server, &asked));
    assert_false(http_asked_header(&asked, "Range", value, sizeof value));
}

static void answer_old_date(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.etag = NULL;
    file.last_modified = "Fri, 20 Nov 2026 11:00:00 GMT"; /* an hour before Date */
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void an_old_last_modified_proves_the_same_file(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_old_date);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
}

static void answer_fresh_date(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.etag = NULL;
    file.last_modified = "Fri, 20 Nov 2026 11:59:59 GMT"; /* a second before Date */
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void a_fresh_last_modified_proves_nothing(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_fresh_date);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void write_partial(DownloadScene *scene, size_t length, const char *validator)
{
    Error err = {0};
    char state[512];

    assert_true(file_write_atomic(scene->path, scene->content, length, 0600, &err));
    (void)snprintf(state, sizeof state, "{\"url\":\"%s\",\"validator\":%s}", scene->url, validator);
    assert_true(file_write_atomic(scene->state_path, state, strlen(state), 0600, &err));
}

static void a_file_that_was_whole_already_is_done(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_whole);
    write_partial(scene, CONTENT_BYTES, "\"\\\"v1\\\"\"");
    scene_must_fetch(scene); /* the server says 416, with the same total */
    assert_int_equal(scene->done.resumed_at_bytes, CONTENT_BYTES);
    assert_int_equal(http_server_count(scene->server), 1);
}

static void answer_shorter(HttpReply *reply, const HttpAsked *asked, void *context)
{
    char range[64];

    if (http_asked_header(asked, "Range", range, sizeof range))
        http_reply_text(reply, "HTTP/1.1 416 No\r\nContent-Range: bytes */5\r\n"
                               "Content-Length: 0\r\n\r\n");
    else
        scene_answer_whole(reply, asked, context);
}

static void a_refused_range_is_begun_anew_in_the_same_try(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_shorter);
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 1);
    assert_int_equal(http_server_count(scene->server), 2);
}

static void answer_wrong_part(HttpReply *reply, const HttpAsked *asked, void *context)
{
    DownloadScene *scene = context;
    char range[64];

    if (!http_asked_header(asked, "Range", range, sizeof range)) {
        scene_answer_whole(reply, asked, context);
        return;
    }
    http_reply_text(reply,
                    "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\n"
                    "Content-Range: bytes 7-16/%d\r\n\r\n",
                    CONTENT_BYTES);
    http_reply_bytes(reply, scene->content, 10);
}

static void another_part_than_asked_for_is_not_taken(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_wrong_part);
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    scene_must_fetch(scene);
    assert_int_equal(scene->resets, 1);
}

/* 206 with less than was asked for, and a Content-Length that agrees: allowed by RFC 9110 14.4. */
static void answer_in_slices(HttpReply *reply, const HttpAsked *asked, void *context)
{
    DownloadScene *scene = context;
    char range[64];
    size_t first = 0;

    if (!http_asked_header(asked, "Range", range, sizeof range)) {
        scene_answer_cut_first(reply, asked, context);
        return;
    }
    first = (size_t)strtoull(range + strlen("bytes="), NULL, 10);
    http_reply_text(reply,
                    "HTTP/1.1 206 Partial Content\r\nContent-Length: 100000\r\n"
                    "Content-Range: bytes %zu-%zu/%d\r\nETag: \"v1\"\r\n\r\n",
                    first, first + 99999, CONTENT_BYTES);
    http_reply_bytes(reply, scene->content + first, 100000);
}

static void a_slice_of_the_rest_is_not_taken_for_all_of_it(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_in_slices);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 3);
    assert_int_equal(scene->done.resumed_at_bytes, 200 * 1000);
}

static void answer_rest_of_another(HttpReply *reply, const HttpAsked *asked, void *context)
{
    DownloadScene *scene = context;
    char range[64];

    if (!http_asked_header(asked, "Range", range, sizeof range)) {
        scene_answer_whole(reply, asked, context);
        return;
    }
    http_reply_text(reply,
                    "HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\n"
                    "Content-Range: bytes 1000-%d/%d\r\nETag: \"v2\"\r\n\r\n",
                    CONTENT_BYTES - 1000, CONTENT_BYTES - 1, CONTENT_BYTES);
    http_reply_bytes(reply, scene->content, CONTENT_BYTES - 1000);
}

static void the_rest_of_another_file_is_not_taken_though_the_server_offers_it(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_rest_of_another);
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    scene_must_fetch(scene);
    assert_int_equal(scene->resets, 1);
}

static void a_state_that_makes_no_sense_costs_only_time(void **state)
{
    static const char *const states[] = {"\"\"", "7", "\"a\\nb\"", "\"\\\"v1\\\"\",\"url\":\"x\""};
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_whole);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        write_partial(scene, 1000, states[i]);
        text_clear(&scene->seen);
        scene_must_fetch(scene);
    }
}

static void without_a_state_path_only_tries_of_one_run_continue(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_cut_first);
    scene->download.state_path = NULL;
    scene_must_fetch(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
    scene_must_fetch_again(scene); /* from the start, over what is there */
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void the_state_of_another_url_is_not_continued(void **state)
{
    DownloadScene *scene = *state;
    char here[256];

    scene_serve(scene, scene_answer_whole);
    (void)snprintf(here, sizeof here, "%s", scene->url);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1/other.zip");
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    (void)snprintf(scene->url, sizeof scene->url, "%s", here);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_cut_connection_is_continued_where_it_ended),
        TEST_OF(another_run_continues_what_the_first_left),
        TEST_OF(a_file_that_changed_is_begun_anew),
        TEST_OF(a_file_that_changed_between_runs_is_begun_anew),
        TEST_OF(a_server_without_ranges_is_asked_for_all_of_it),
        TEST_OF(without_a_strong_validator_nothing_is_continued),
        TEST_OF(an_old_last_modified_proves_the_same_file),
        TEST_OF(a_fresh_last_modified_proves_nothing),
        TEST_OF(a_file_that_was_whole_already_is_done),
        TEST_OF(a_refused_range_is_begun_anew_in_the_same_try),
        TEST_OF(another_part_than_asked_for_is_not_taken),
        TEST_OF(a_slice_of_the_rest_is_not_taken_for_all_of_it),
        TEST_OF(the_rest_of_another_file_is_not_taken_though_the_server_offers_it),
        TEST_OF(a_state_that_makes_no_sense_costs_only_time),
        TEST_OF(without_a_state_path_only_tries_of_one_run_continue),
        TEST_OF(the_state_of_another_url_is_not_continued),
    };

    scene_forget_proxies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
