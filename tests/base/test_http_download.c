/* Tests base/http/http_download.c: whole answers, refusals, limits and local files. */
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

static void a_whole_answer_is_on_disk_and_seen_once(void **state)
{
    DownloadScene *scene = *state;
    HttpAsked asked;
    char agent[64];

    scene_serve(scene, scene_answer_whole);
    scene_must_fetch(scene);
    assert_int_equal(scene->done.tries, 1);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
    assert_string_equal(scene->done.final_url, scene->url);
    assert_int_equal(scene->resets, 0);
    assert_true(scene->progress_calls > 0);
    assert_true(http_server_last(scene->server, &asked));
    assert_true(http_asked_header(&asked, "User-Agent", agent, sizeof agent));
    assert_true(text_starts_with(agent, "godeploy/"));
}

static void content_and_progress_may_be_missing(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_whole);
    scene->download.content = NULL;
    scene->download.progress = NULL;
    scene->download.retrying = NULL;
    assert_true(scene_fetch(scene));
    assert_int_equal(scene->done.size_bytes, CONTENT_BYTES);
}

static void answer_empty(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void an_empty_file_is_a_whole_file(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_empty);
    assert_true(scene_fetch(scene));
    assert_int_equal(scene->done.size_bytes, 0);
    assert_true(file_exists(scene->path));
}

typedef struct RefusalCase {
    const char *status;
    const char *message;
    const char *hint;
} RefusalCase;

static const RefusalCase refusals[] = {
    {"404 Not Found",       "HTTP 404",                "Check release.source and the version"},
    {"403 Forbidden",       "HTTP 403",                "header"                              },
    {"401 Unauthorized",    "HTTP 401",                "token"                               },
    {"204 No Content",      "HTTP 204 without a file", ""                                    },
    {"304 Not Modified",    "HTTP 304",                ""                                    },
    {"206 Partial Content", "HTTP 206",                ""                                    },
    {"302 Found",           "HTTP 302",                ""                                    }, /* without Location */
};

static void answer_refusal(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)context;
    http_reply_text(reply, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
                    refusals[asked->number - 1].status);
}

static bool says_it_is_missing(const char *status)
{
    return strncmp(status, "404", 3) == 0 || strncmp(status, "410", 3) == 0;
}

static void what_will_not_pass_is_asked_once(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_refusal);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        assert_false(scene_fetch(scene));
        assert_int_equal(error_exit_status(scene->err.code), error_exit_status(ERR_FETCH));
        assert_int_equal(scene->err.code == ERR_NOT_FOUND, says_it_is_missing(refusals[i].status));
        scene_assert_says(scene, refusals[i].message);
        scene_assert_says(scene, refusals[i].hint);
        scene_assert_says(scene, "127.0.0.1");
        assert_int_equal(scene->retries, 0);
        assert_int_equal(http_server_count(scene->server), (int)i + 1);
    }
}

static void a_file_above_the_limit_is_refused_before_its_first_byte(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_whole);
    scene->download.most_bytes = CONTENT_BYTES - 1;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    scene_assert_says(scene, "are allowed");
    scene_assert_says(scene, "release.max_size");
    assert_int_equal(scene->seen.length, 0);
    assert_int_equal(scene->retries, 0);
    scene->download.most_bytes = CONTENT_BYTES;
    scene_must_fetch_again(scene);
}

static void answer_endless(HttpReply *reply, const HttpAsked *asked, void *context)
{
    DownloadScene *scene = context;

    (void)asked;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\n\r\n");
    while (!http_reply_gone(reply))
        http_reply_bytes(reply, scene->content, CONTENT_BYTES);
}

static void endless_data_ends_at_the_limit(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_endless);
    scene->download.most_bytes = 1000 * 1000;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    scene_assert_says(scene, "more than");
    assert_true(scene->seen.length <= 1000 * 1000);
    assert_int_equal(scene->retries, 0);
}

static void progress_can_stop_it(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_endless);
    scene->download.most_bytes = UINT64_MAX;
    scene->stop_at_progress = true;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_INTERRUPTED);
    assert_int_equal(scene->retries, 0);
}

static bool refuse_content(void *context, const void *bytes, size_t length, bool reset, Error *err)
{
    (void)context;
    (void)bytes;
    (void)length;
    (void)reset;
    return error_set(err, ERR_CRYPTO, "no more");
}

static void trouble_of_content_ends_it_at_once(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, scene_answer_whole);
    scene->download.content = refuse_content;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_CRYPTO);
    scene_assert_says(scene, "no more");
    assert_int_equal(http_server_count(scene->server), 1);
}

static void a_disk_that_takes_no_more_is_not_tried_again(void **state)
{
    DownloadScene *scene = *state;
    Error err = {0};

    scene_serve(scene, scene_answer_whole);
    assert_true(folder_create(scene->path, &err)); /* a folder where the file should go */
    assert_false(scene_fetch(scene));
    assert_true(scene->err.code == ERR_FILE || scene->err.code == ERR_PERMISSION);
    scene_assert_says(scene, scene->path);
    assert_int_equal(scene->retries, 0);
}

static void answer_more_than_any_disk(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 4000000000000000000\r\n\r\nx");
}

static void a_file_that_cannot_fit_on_the_disk_is_refused_before_its_first_byte(void **state)
{
    DownloadScene *scene = *state;

    scene_serve(scene, answer_more_than_any_disk);
    scene->download.most_bytes = UINT64_MAX;
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_DISK_FULL);
    scene_assert_says(scene, scene->folder);
    scene_assert_says(scene, "are free");
    scene_assert_says(scene, "Free some space");
    assert_int_equal(scene->seen.length, 0);
    assert_int_equal(scene->retries, 0);
}

static void a_url_that_is_none_is_refused_without_showing_it(void **state)
{
    static const char *const urls[] = {"ftp://h/x?s3cret",       "x.zip?s3cret", "http://", "",
                                       "http://s3cret@h:99999/", "file:x"};
    DownloadScene *scene = *state;

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        (void)snprintf(scene->url, sizeof scene->url, "%s", urls[i]);
        assert_false(scene_fetch(scene));
        assert_int_equal(scene->err.code, ERR_FETCH);
        assert_null(strstr(scene->err.message, "s3cret"));
        assert_int_equal(scene->retries, 0);
    }
}

static void a_local_file_is_copied(void **state)
{
    DownloadScene *scene = *state;
    char source[TEMPORARY_FOLDER_SIZE + 16];
    Error err = {0};

    (void)snprintf(source, sizeof source, "%s/rele ase.zip", scene->folder);
    assert_true(file_write_atomic(source, scene->content, CONTENT_BYTES, 0600, &err));
    (void)snprintf(scene->url, sizeof scene->url, "%s/rele%%20ase.zip", scene->file_url);
    scene_must_fetch(scene);
    scene_must_fetch_again(scene); /* over what is there */
    scene->download.most_bytes = CONTENT_BYTES - 1;
    assert_false(scene_fetch(scene));
    scene_assert_says(scene, "are allowed");
}

static void a_missing_local_file_is_named(void **state)
{
    DownloadScene *scene = *state;

    (void)snprintf(scene->url, sizeof scene->url, "%s/none.zip", scene->file_url);
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_NOT_FOUND);
    scene_assert_says(scene, "none.zip");
    scene_assert_says(scene, "release.source");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_whole_answer_is_on_disk_and_seen_once),
        TEST_OF(content_and_progress_may_be_missing),
        TEST_OF(an_empty_file_is_a_whole_file),
        TEST_OF(what_will_not_pass_is_asked_once),
        TEST_OF(a_file_above_the_limit_is_refused_before_its_first_byte),
        TEST_OF(endless_data_ends_at_the_limit),
        TEST_OF(progress_can_stop_it),
        TEST_OF(trouble_of_content_ends_it_at_once),
        TEST_OF(a_disk_that_takes_no_more_is_not_tried_again),
        TEST_OF(a_file_that_cannot_fit_on_the_disk_is_refused_before_its_first_byte),
        TEST_OF(a_url_that_is_none_is_refused_without_showing_it),
        TEST_OF(a_local_file_is_copied),
        TEST_OF(a_missing_local_file_is_named),
    };

    scene_forget_proxies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
