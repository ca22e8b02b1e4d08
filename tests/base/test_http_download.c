/* Tests base/http_download.c and what it is made of, against a hostile server. */
#include "base/clock.h"
#include "base/file.h"
#include "base/http.h"
#include "base/path.h"
#include "base/text.h"
#include "tests/support/http_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONTENT_BYTES = 300 * 1000 };

/* What a test sees of a download: the folder, what content() was given, what was told. */
typedef struct Scene {
    char folder[64];
    char path[96];
    char state_path[96];
    unsigned char *content; /* what the server has */
    HttpServer *server;
    char url[256];
    HttpDownload download;
    HttpDownloaded done;
    Text seen; /* what content() was given since the last reset */
    int resets;
    int retries;
    int64_t longest_wait_ms;
    char why[512];
    int progress_calls;
    bool stop_at_progress;
    Error err;
} Scene;

static bool on_content(void *context, const void *bytes, size_t length, bool reset, Error *err)
{
    Scene *scene = context;

    (void)err;
    if (reset) {
        text_clear(&scene->seen);
        scene->resets++;
    }
    if (length > 0)
        text_append_bytes(&scene->seen, bytes, length);
    return true;
}

static bool on_progress(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    Scene *scene = context;

    assert_true(total_bytes == 0 || done_bytes <= total_bytes);
    scene->progress_calls++;
    return !scene->stop_at_progress;
}

static void on_retrying(void *context, int next_try, int64_t wait_ms, const char *why)
{
    Scene *scene = context;

    scene->retries++;
    assert_int_equal(next_try, scene->retries + 1);
    if (wait_ms > scene->longest_wait_ms)
        scene->longest_wait_ms = wait_ms;
    (void)snprintf(scene->why, sizeof scene->why, "%s", why);
}

static int set_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    (void)snprintf(scene->folder, sizeof scene->folder, "/tmp/godeploy-http-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    (void)snprintf(scene->path, sizeof scene->path, "%s/x.zip", scene->folder);
    (void)snprintf(scene->state_path, sizeof scene->state_path, "%s/x.zip.state", scene->folder);
    scene->content = malloc(CONTENT_BYTES);
    assert_non_null(scene->content);
    for (size_t i = 0; i < CONTENT_BYTES; i++)
        scene->content[i] = (unsigned char)(i * 2654435761U >> 24);
    scene->download = (HttpDownload){.url = scene->url,
                                     .path = scene->path,
                                     .state_path = scene->state_path,
                                     .most_bytes = 10 * 1000 * 1000,
                                     .connect_timeout_ms = 2000,
                                     .stall_timeout_ms = 5000,
                                     .tries = 3,
                                     .backoff_ms = 1,
                                     .progress = on_progress,
                                     .retrying = on_retrying,
                                     .content = on_content,
                                     .context = scene};
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    Scene *scene = *state;
    Error ignored = {0};

    http_server_stop(scene->server);
    (void)folder_remove_tree(scene->folder, &ignored);
    text_free(&scene->seen);
    free(scene->content);
    free(scene);
    return 0;
}

static void serve(Scene *scene, HttpAnswering answering)
{
    scene->server = http_server_start(answering, scene);
    assert_non_null(scene->server);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d/a/x.zip",
                   http_server_port(scene->server));
}

static bool fetch(Scene *scene)
{
    memset(&scene->err, 0, sizeof scene->err);
    scene->retries = 0;
    return http_download(&scene->download, &scene->done, &scene->err);
}

/* A second run of the program: it has seen nothing yet. */
static bool fetch_again(Scene *scene)
{
    text_clear(&scene->seen);
    scene->resets = 0;
    return fetch(scene);
}

static void assert_came_whole(Scene *scene)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Error err = {0};

    assert_string_equal(scene->err.message, "");
    assert_int_equal(scene->done.size_bytes, CONTENT_BYTES);
    assert_true(file_read_all(scene->path, CONTENT_BYTES + 1, &bytes, &length, &err));
    assert_int_equal(length, CONTENT_BYTES);
    assert_memory_equal(bytes, scene->content, CONTENT_BYTES);
    assert_int_equal(scene->seen.length, CONTENT_BYTES);
    assert_memory_equal(scene->seen.bytes, scene->content, CONTENT_BYTES);
    assert_false(file_exists(scene->state_path)); /* nothing is left to continue */
}

static void assert_says(const Scene *scene, const char *part)
{
    if (!strstr(scene->err.message, part) && !strstr(scene->err.hint, part))
        fail_msg("\"%s\" is neither in \"%s\" nor in \"%s\"", part, scene->err.message,
                 scene->err.hint);
}

static HttpServedFile whole(const Scene *scene)
{
    return (HttpServedFile){.bytes = scene->content, .length = CONTENT_BYTES, .etag = "\"v1\""};
}

static void answer_whole(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    http_reply_file(reply, asked, &file);
}

static void a_whole_answer_is_on_disk_and_seen_once(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;
    char agent[64];

    serve(scene, answer_whole);
    assert_true(fetch(scene));
    assert_came_whole(scene);
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
    Scene *scene = *state;

    serve(scene, answer_whole);
    scene->download.content = NULL;
    scene->download.progress = NULL;
    scene->download.retrying = NULL;
    assert_true(fetch(scene));
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
    Scene *scene = *state;

    serve(scene, answer_empty);
    assert_true(fetch(scene));
    assert_int_equal(scene->done.size_bytes, 0);
    assert_true(file_exists(scene->path));
}

static void answer_cut_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void a_cut_connection_is_continued_where_it_ended(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;
    char value[64];

    serve(scene, answer_cut_first);
    assert_true(fetch(scene));
    assert_came_whole(scene);
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
    Scene *scene = *state;

    serve(scene, answer_cut_first);
    scene->download.tries = 1;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_true(file_exists(scene->state_path));
    assert_true(fetch_again(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
    assert_int_equal(scene->resets, 0); /* the bytes on disk were read back first */
}

static void answer_changed_file(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);
    static const unsigned char old[200 * 1000]; /* zeros: of another build */

    if (asked->number == 1)
        file = (HttpServedFile){
            .bytes = old, .length = sizeof old, .etag = "\"v0\"", .cut_after = 100 * 1000};
    http_reply_file(reply, asked, &file);
}

static void a_file_that_changed_is_begun_anew(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_changed_file);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
    assert_int_equal(scene->resets, 1);
}

static void a_file_that_changed_between_runs_is_begun_anew(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_changed_file);
    scene->download.tries = 1;
    assert_false(fetch(scene));
    assert_true(fetch_again(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->resets, 1);
}

static void answer_ignoring_ranges(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.ignores_range = true;
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void a_server_without_ranges_is_asked_for_all_of_it(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_ignoring_ranges);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->resets, 1);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void answer_without_validator(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.etag = asked->number % 2 ? "W/\"weak\"" : NULL;
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void without_a_strong_validator_nothing_is_continued(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;
    char value[64];

    serve(scene, answer_without_validator);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->resets, 1);
    assert_true(http_server_last(scene->server, &asked));
    assert_false(http_asked_header(&asked, "Range", value, sizeof value));
}

static void answer_old_date(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.etag = NULL;
    file.last_modified = "Fri, 20 Nov 2026 11:00:00 GMT"; /* an hour before Date */
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void an_old_last_modified_proves_the_same_file(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_old_date);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 100 * 1000);
}

static void answer_fresh_date(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.etag = NULL;
    file.last_modified = "Fri, 20 Nov 2026 11:59:59 GMT"; /* a second before Date */
    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

static void a_fresh_last_modified_proves_nothing(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_fresh_date);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void write_partial(Scene *scene, size_t length, const char *validator)
{
    Error err = {0};
    char state[512];

    assert_true(file_write_atomic(scene->path, scene->content, length, 0600, &err));
    (void)snprintf(state, sizeof state, "{\"url\":\"%s\",\"validator\":%s}", scene->url, validator);
    assert_true(file_write_atomic(scene->state_path, state, strlen(state), 0600, &err));
}

static void a_file_that_was_whole_already_is_done(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_whole);
    write_partial(scene, CONTENT_BYTES, "\"\\\"v1\\\"\"");
    assert_true(fetch(scene)); /* the server says 416, with the same total */
    assert_came_whole(scene);
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
        answer_whole(reply, asked, context);
}

static void a_refused_range_is_begun_anew_in_the_same_try(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_shorter);
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.tries, 1);
    assert_int_equal(http_server_count(scene->server), 2);
}

static void answer_wrong_part(HttpReply *reply, const HttpAsked *asked, void *context)
{
    Scene *scene = context;
    char range[64];

    if (!http_asked_header(asked, "Range", range, sizeof range)) {
        answer_whole(reply, asked, context);
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
    Scene *scene = *state;

    serve(scene, answer_wrong_part);
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->resets, 1);
}

static void a_state_that_makes_no_sense_costs_only_time(void **state)
{
    static const char *const states[] = {"\"\"", "7", "\"a\\nb\"", "\"\\\"v1\\\"\",\"url\":\"x\""};
    Scene *scene = *state;

    serve(scene, answer_whole);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        write_partial(scene, 1000, states[i]);
        text_clear(&scene->seen);
        assert_true(fetch(scene));
        assert_came_whole(scene);
    }
}

static void the_state_of_another_url_is_not_continued(void **state)
{
    Scene *scene = *state;
    char here[256];

    serve(scene, answer_whole);
    (void)snprintf(here, sizeof here, "%s", scene->url);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1/other.zip");
    write_partial(scene, 1000, "\"\\\"v1\\\"\"");
    (void)snprintf(scene->url, sizeof scene->url, "%s", here);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.resumed_at_bytes, 0);
}

static void answer_stall_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = whole(context);

    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    file.stall_at_cut = true;
    http_reply_file(reply, asked, &file);
}

static void a_stalled_server_is_left_and_asked_again(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_stall_first);
    scene->download.stall_timeout_ms = 300;
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.tries, 2);
    assert_non_null(strstr(scene->why, "sent nothing for 300 ms"));
}

static void answer_silence(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_stall(reply);
}

static void a_server_that_never_answers_is_a_stall_too(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_silence);
    scene->download.stall_timeout_ms = 200;
    scene->download.tries = 2;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "failed 2 times");
    assert_says(scene, "sent nothing for 200 ms");
    assert_int_equal(http_server_count(scene->server), 2);
}

static void answer_slow_bytes(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (int i = 0; i < 10; i++) {
        http_reply_text(reply, "x");
        http_reply_pause(reply, 60);
    }
}

static void slow_bytes_are_no_stall(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_slow_bytes);
    scene->download.stall_timeout_ms = 400; /* less than all of it takes, more than a byte does */
    assert_true(fetch(scene));
    assert_int_equal(scene->done.size_bytes, 10);
    assert_int_equal(scene->done.tries, 1);
}

static void answer_reset_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    if (asked->number == 1)
        http_reply_reset(reply);
    else
        answer_whole(reply, asked, context);
}

static void a_reset_connection_is_tried_again(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_reset_first);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.tries, 2);
}

static void answer_busy_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    static const char *const lines[] = {"500 Oops", "429 Too Many", "408 Timeout", "503 Down"};

    if (asked->number <= 4)
        http_reply_text(reply, "HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\noops",
                        lines[asked->number - 1]);
    else
        answer_whole(reply, asked, context);
}

static void what_may_pass_is_tried_again(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_busy_first);
    scene->download.tries = 5;
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->done.tries, 5);
    assert_string_equal(scene->why, "HTTP 503");
}

static void answer_retry_after(HttpReply *reply, const HttpAsked *asked, void *context)
{
    if (asked->number == 1)
        http_reply_text(reply, "HTTP/1.1 503 Down\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
    else
        answer_whole(reply, asked, context);
}

static void retry_after_is_waited_for(void **state)
{
    Scene *scene = *state;
    int64_t began_ms = clock_monotonic_ms();

    serve(scene, answer_retry_after);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_int_equal(scene->longest_wait_ms, 1000);
    assert_true(clock_monotonic_ms() - began_ms >= 1000);
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

static void what_will_not_pass_is_asked_once(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_refusal);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        assert_false(fetch(scene));
        assert_int_equal(scene->err.code, ERR_FETCH);
        assert_says(scene, refusals[i].message);
        assert_says(scene, refusals[i].hint);
        assert_says(scene, "127.0.0.1");
        assert_int_equal(scene->retries, 0);
        assert_int_equal(http_server_count(scene->server), (int)i + 1);
    }
}

static void a_file_above_the_limit_is_refused_before_its_first_byte(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_whole);
    scene->download.most_bytes = CONTENT_BYTES - 1;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "are allowed");
    assert_says(scene, "release.max_size");
    assert_int_equal(scene->seen.length, 0);
    assert_int_equal(scene->retries, 0);
    scene->download.most_bytes = CONTENT_BYTES;
    assert_true(fetch_again(scene));
    assert_came_whole(scene);
}

static void answer_endless(HttpReply *reply, const HttpAsked *asked, void *context)
{
    Scene *scene = context;

    (void)asked;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\n\r\n");
    while (!http_reply_gone(reply))
        http_reply_bytes(reply, scene->content, CONTENT_BYTES);
}

static void endless_data_ends_at_the_limit(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_endless);
    scene->download.most_bytes = 1000 * 1000;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "more than");
    assert_true(scene->seen.length <= 1000 * 1000);
    assert_int_equal(scene->retries, 0);
}

static void progress_can_stop_it(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_endless);
    scene->download.most_bytes = UINT64_MAX;
    scene->stop_at_progress = true;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_INTERRUPTED);
    assert_int_equal(scene->retries, 0);
}

static void answer_too_little(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
}

static void a_body_shorter_than_promised_is_never_a_release(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_too_little);
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "the connection ended after 9 B of 1000 B");
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
    Scene *scene = *state;

    serve(scene, answer_cut_chunks);
    assert_true(fetch(scene));
    assert_int_equal(scene->done.size_bytes, 4);
    assert_int_equal(scene->done.tries, 2);
    assert_string_equal(text_chars(&scene->seen), "abcd");
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
    Scene *scene = *state;

    serve(scene, answer_whole);
    scene->download.content = refuse_content;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_CRYPTO);
    assert_says(scene, "no more");
    assert_int_equal(http_server_count(scene->server), 1);
}

static void a_disk_that_takes_no_more_is_not_tried_again(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    serve(scene, answer_whole);
    assert_true(folder_create(scene->path, &err)); /* a folder where the file should go */
    assert_false(fetch(scene));
    assert_true(scene->err.code == ERR_FILE || scene->err.code == ERR_PERMISSION);
    assert_says(scene, scene->path);
    assert_int_equal(scene->retries, 0);
}

static void a_write_that_the_system_refuses_is_not_tried_again(void **state)
{
    Scene *scene = *state;
    struct rlimit usual;
    struct rlimit small;

    serve(scene, answer_whole);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    small = usual;
    small.rlim_cur = 50 * 1000;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(fetch(scene));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_int_equal(scene->err.code, ERR_FILE);
    assert_says(scene, scene->path);
    assert_int_equal(scene->retries, 0);
    assert_true(fetch_again(scene)); /* what did fit on the disk is continued */
    assert_came_whole(scene);
    assert_true(scene->done.resumed_at_bytes > 0);
}

static void answer_more_than_any_disk(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 4000000000000000000\r\n\r\nx");
}

static void a_file_that_cannot_fit_on_the_disk_is_refused_before_its_first_byte(void **state)
{
    Scene *scene = *state;

    serve(scene, answer_more_than_any_disk);
    scene->download.most_bytes = UINT64_MAX;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FILE);
    assert_says(scene, scene->folder);
    assert_says(scene, "are free");
    assert_says(scene, "Free some space");
    assert_int_equal(scene->seen.length, 0);
    assert_int_equal(scene->retries, 0);
}

static void nobody_listening_is_tried_again_and_named(void **state)
{
    Scene *scene = *state;
    uint16_t port = 0;

    serve(scene, answer_whole);
    port = http_server_port(scene->server);
    http_server_stop(scene->server);
    scene->server = NULL;
    (void)snprintf(scene->url, sizeof scene->url, "http://user:s3cret@127.0.0.1:%d/x?token=s3cret",
                   port);
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_int_equal(scene->retries, 2);
    assert_says(scene, "127.0.0.1");
    assert_says(scene, "refused");
    assert_null(strstr(scene->err.message, "s3cret"));
    assert_null(strstr(scene->why, "s3cret"));
}

static void a_url_that_is_none_is_refused_without_showing_it(void **state)
{
    static const char *const urls[] = {"ftp://h/x?s3cret",       "x.zip?s3cret", "http://",      "",
                                       "http://s3cret@h:99999/", "file:x",       "file://host/x"};
    Scene *scene = *state;

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        (void)snprintf(scene->url, sizeof scene->url, "%s", urls[i]);
        assert_false(fetch(scene));
        assert_int_equal(scene->err.code, ERR_FETCH);
        assert_null(strstr(scene->err.message, "s3cret"));
        assert_int_equal(scene->retries, 0);
    }
}

static void a_local_file_is_copied(void **state)
{
    Scene *scene = *state;
    char source[128];
    Error err = {0};

    (void)snprintf(source, sizeof source, "%s/rele ase.zip", scene->folder);
    assert_true(file_write_atomic(source, scene->content, CONTENT_BYTES, 0600, &err));
    (void)snprintf(scene->url, sizeof scene->url, "file://%s/rele%%20ase.zip", scene->folder);
    assert_true(fetch(scene));
    assert_came_whole(scene);
    assert_true(fetch_again(scene)); /* over what is there */
    assert_came_whole(scene);
    scene->download.most_bytes = CONTENT_BYTES - 1;
    assert_false(fetch(scene));
    assert_says(scene, "are allowed");
}

static void a_missing_local_file_is_named(void **state)
{
    Scene *scene = *state;

    (void)snprintf(scene->url, sizeof scene->url, "file://%s/none.zip", scene->folder);
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "none.zip");
    assert_says(scene, "release.source");
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_whole_answer_is_on_disk_and_seen_once),
        TEST_OF(content_and_progress_may_be_missing),
        TEST_OF(an_empty_file_is_a_whole_file),
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
        TEST_OF(a_state_that_makes_no_sense_costs_only_time),
        TEST_OF(the_state_of_another_url_is_not_continued),
        TEST_OF(a_stalled_server_is_left_and_asked_again),
        TEST_OF(a_server_that_never_answers_is_a_stall_too),
        TEST_OF(slow_bytes_are_no_stall),
        TEST_OF(a_reset_connection_is_tried_again),
        TEST_OF(what_may_pass_is_tried_again),
        TEST_OF(retry_after_is_waited_for),
        TEST_OF(what_will_not_pass_is_asked_once),
        TEST_OF(a_file_above_the_limit_is_refused_before_its_first_byte),
        TEST_OF(endless_data_ends_at_the_limit),
        TEST_OF(progress_can_stop_it),
        TEST_OF(a_body_shorter_than_promised_is_never_a_release),
        TEST_OF(chunks_without_their_end_are_a_cut_connection),
        TEST_OF(trouble_of_content_ends_it_at_once),
        TEST_OF(a_disk_that_takes_no_more_is_not_tried_again),
        TEST_OF(a_write_that_the_system_refuses_is_not_tried_again),
        TEST_OF(a_file_that_cannot_fit_on_the_disk_is_refused_before_its_first_byte),
        TEST_OF(nobody_listening_is_tried_again_and_named),
        TEST_OF(a_url_that_is_none_is_refused_without_showing_it),
        TEST_OF(a_local_file_is_copied),
        TEST_OF(a_missing_local_file_is_named),
    };

    /* A proxy of the environment must not see what is meant for the server of the test. */
    (void)unsetenv("http_proxy");
    (void)unsetenv("https_proxy");
    (void)unsetenv("all_proxy");
    (void)unsetenv("ALL_PROXY");
    (void)unsetenv("HTTPS_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
