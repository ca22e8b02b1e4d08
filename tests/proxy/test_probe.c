/* Tests proxy/probe.c. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "proxy/probe.h"
#include "tests/support/http_server.h"
#include "tests/support/role.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scene {
    HttpServer *server;
    const char *const *answers; /* one a request; the last is repeated */
    size_t answer_count;
    ProbeCheck check;
    ProbeRepeat repeat;
    ProbeAnswer answer;
    int tries;
    int alive_for; /* how often still_alive() says yes */
    Error err;
} Scene;

static void answer_as_told(HttpReply *reply, const HttpAsked *asked, void *context)
{
    Scene *scene = context;
    size_t number = (size_t)asked->number - 1;
    const char *answer =
        scene->answers[number < scene->answer_count ? number : scene->answer_count - 1];

    if (text_equal(answer, "stall"))
        http_reply_stall(reply);
    else
        http_reply_bytes(reply, answer, strlen(answer));
}

static bool still_alive(void *context)
{
    Scene *scene = context;

    return scene->alive_for-- > 0;
}

static int set_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    scene->server = http_server_start(answer_as_told, scene);
    assert_non_null(scene->server);
    scene->check = (ProbeCheck){.kind = PROBE_HTTP, .path = "/healthz", .timeout_ms = 5000};
    assert_true(address_parse("127.0.0.1:1", &scene->check.address, &scene->err));
    scene->check.address.port = http_server_port(scene->server);
    scene->repeat = (ProbeRepeat){.interval_ms = 1, .passes = 3, .deadline_ms = 10000};
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    Scene *scene = *state;

    http_server_stop(scene->server);
    free(scene);
    return 0;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
#define OK      OK_HEAD "\r\nok"
#define DOWN    "HTTP/1.1 500 Oops\r\nContent-Length: 16\r\n\r\ndatabase is down"

static void answer(Scene *scene, const char *const *answers, size_t count)
{
    scene->answers = answers;
    scene->answer_count = count;
}

static bool until_healthy(Scene *scene)
{
    return probe_until_healthy(&scene->check, &scene->repeat, &scene->answer, &scene->tries,
                               &scene->err);
}

typedef struct AnswerCase {
    const char *answer;
    bool ok;
    const char *seen;
    int expect_status;
    const char *expect_body;
    const char *identity;
} AnswerCase;

#define REDIRECTS ": the health path redirects; point check.path at what answers directly"

static const AnswerCase cases[] = {
    {OK,                                                                                   true,  "HTTP 200",                                                  0,   NULL,   NULL   },
    {OK,                                                                                   true,  "HTTP 200",                                                  200, NULL,   NULL   },
    {OK,                                                                                   true,  "HTTP 200",                                                  0,   "k",    NULL   },
    {OK,                                                                                   false, "HTTP 200 where 204 is expected: ok",                        204, NULL,   NULL   },
    {OK,                                                                                   false, "HTTP 200 without \"fine\" in its body: ok",                 0,   "fine", NULL   },
    {"HTTP/1.1 204 No Content\r\n\r\n",                                                    true,  "HTTP 204",                                                  0,   NULL,   NULL   },
    {DOWN,                                                                                 false, "HTTP 500: database is down",                                0,   NULL,   NULL   },
    {DOWN,                                                                                 true,  "HTTP 500",                                                  500, NULL,   NULL   },
    {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",                                     false, "HTTP 500",                                                  0,   NULL,   NULL   },
    {"HTTP/1.1 301 Moved\r\nLocation: https://shop.example/healthz?a=b\r\nContent-Length: "
     "0\r\n\r\n",                                                                     false, "HTTP 301 to https://shop.example/healthz" REDIRECTS,        0,   NULL,   NULL   },
    {"HTTP/1.1 301 Moved\r\nLocation: https://shop.example/\r\nContent-Length: 0\r\n\r\n", true,
     "HTTP 301",                                                                                                                                               301, NULL,   NULL   },
    {"HTTP/1.1 304 Not Modified\r\n\r\n",                                                  false, "HTTP 304",                                                  0,   NULL,   NULL   },
    {"HTTP/1.1 500 x\r\nContent-Length: 21\r\n\r\n\033[2Jgone\r\n\n \tcaf\xc3\xa9 \xff.",  false,
     "HTTP 500: ?[2Jgone caf\xc3\xa9 ?.",                                                                                                                      0,   NULL,   NULL   },
    {OK_HEAD "X-Release: 2.4.0\r\n\r\nok",                                                 true,  "HTTP 200",                                                  0,   NULL,   "2.4.0"},
    {OK_HEAD "X-Release: 2.3.0\r\n\r\nok",                                                 false,
     "HTTP 200 of another release: X-Release is \"2.3.0\", expected \"2.4.0\"",                                                                                0,   NULL,   "2.4.0"},
    {OK,                                                                                   false, "HTTP 200 without the header X-Release, expected \"2.4.0\"", 0,   NULL,   "2.4.0"},
    {"",                                                                                   false, "Empty reply from server",                                   0,   NULL,   NULL   },
};

static void each_answer_is_judged_and_said_in_a_line(void **state)
{
    Scene *scene = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const AnswerCase *one = &cases[i];
        answer(scene, &one->answer, 1);
        scene->check.expect_status = one->expect_status;
        scene->check.expect_body = one->expect_body;
        scene->check.identity_header = one->identity ? "X-Release" : NULL;
        scene->check.identity = one->identity;
        assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
        assert_string_equal(scene->answer.seen, one->seen);
        assert_int_equal(scene->answer.ok, one->ok);
        assert_int_equal(scene->answer.identity_wrong, one->identity && !one->ok);
        assert_true(scene->answer.took_us > 0);
        assert_true(text_printable(scene->answer.seen));
    }
}

static void an_identity_is_told_even_if_none_is_expected(void **state)
{
    static const char *const answers[] = {OK_HEAD "X-Release: 2.3.0\r\n\r\nok"};
    Scene *scene = *state;

    answer(scene, answers, 1);
    scene->check.identity_header = "X-Release";
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_true(scene->answer.ok);
    assert_string_equal(scene->answer.identity, "2.3.0");
}

static void a_slow_answer_is_an_unhealthy_one(void **state)
{
    static const char *const answers[] = {"stall"};
    Scene *scene = *state;

    answer(scene, answers, 1);
    scene->check.timeout_ms = 100;
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_false(scene->answer.ok);
    assert_string_equal(scene->answer.seen, "no whole answer within 100 ms");
}

static void a_wildcard_listener_is_asked_over_loopback(void **state)
{
    static const char *const answers[] = {OK};
    Scene *scene = *state;
    uint16_t port = scene->check.address.port;

    answer(scene, answers, 1);
    assert_true(address_parse("0.0.0.0:1", &scene->check.address, &scene->err));
    scene->check.address.port = port;
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_true(scene->answer.ok);
}

static void a_listener_is_enough_for_tcp(void **state)
{
    Scene *scene = *state;

    scene->check.kind = PROBE_TCP;
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_true(scene->answer.ok);
    assert_string_equal(scene->answer.seen, "connected");
    http_server_stop(scene->server);
    scene->server = NULL;
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_false(scene->answer.ok);
    assert_non_null(strstr(scene->answer.seen, "refused"));
}

static void a_program_is_healthy_if_it_ends_with_0(void **state)
{
    Scene *scene = *state;
    char folder[TEMPORARY_FOLDER_SIZE], file[TEMPORARY_FOLDER_SIZE + 16];
    Role good, bad, slow;

    scene->check.kind = PROBE_EXEC;
    scene->check.argv = role_argv(&good, "end", (const char *const[]){"0", NULL});
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_true(scene->answer.ok);
    scene->check.argv = role_argv(&bad, "end", (const char *const[]){"3", NULL});
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_false(scene->answer.ok);
    assert_int_equal(scene->answer.status, 3);
    assert_non_null(strstr(scene->answer.seen, ": exit status 3: problem"));
    assert_true(temporary_folder_make(folder, "probe"));
    (void)snprintf(file, sizeof file, "%s/listening", folder);
    scene->check.argv = role_argv(&slow, "listen", (const char *const[]){file, NULL});
    scene->check.timeout_ms = 100;
    assert_true(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_false(scene->answer.ok);
    assert_non_null(strstr(scene->answer.seen, " did not end within 100 ms"));
    assert_true(folder_remove_tree(folder, &scene->err));
}

static void a_program_that_cannot_be_started_is_trouble_of_our_own(void **state)
{
    static const char *const missing[] = {"/nowhere/check", NULL};
    Scene *scene = *state;

    scene->check.kind = PROBE_EXEC;
    scene->check.argv = missing;
    assert_false(probe_once(&scene->check, &scene->answer, &scene->err));
    assert_non_null(strstr(scene->err.message, "/nowhere/check"));
}

static void passes_must_come_in_a_row(void **state)
{
    static const char *const answers[] = {OK, OK, DOWN, OK, OK, OK};
    Scene *scene = *state;

    answer(scene, answers, 6);
    assert_true(until_healthy(scene));
    assert_int_equal(scene->tries, 6);
    assert_int_equal(http_server_count(scene->server), 6);
    assert_true(scene->answer.ok);
}

static void the_last_answer_is_in_the_message(void **state)
{
    static const char *const answers[] = {DOWN};
    Scene *scene = *state;

    answer(scene, answers, 1);
    scene->check.path = "/healthz?token=s3cret";
    scene->repeat.deadline_ms = 1000; /* in which a busy machine answers once */
    scene->repeat.interval_ms = 10;
    assert_false(until_healthy(scene));
    assert_int_equal(scene->err.code, ERR_UNHEALTHY);
    assert_non_null(strstr(scene->err.message, "not healthy within 1.0 s"));
    assert_non_null(strstr(scene->err.message, "HTTP 500: database is down"));
    assert_null(strstr(scene->err.message, "s3cret"));
    assert_true(scene->err.hint[0] != '\0');
    assert_true(scene->tries > 0);
    assert_string_equal(scene->answer.seen, "HTTP 500: database is down");
}

static void the_deadline_ends_a_question_too(void **state)
{
    static const char *const answers[] = {"stall"};
    Scene *scene = *state;
    int64_t began_ms = clock_monotonic_ms();

    answer(scene, answers, 1);
    scene->check.timeout_ms = 60000;
    scene->repeat.deadline_ms = 200;
    assert_false(until_healthy(scene));
    assert_int_equal(scene->err.code, ERR_UNHEALTHY);
    assert_int_equal(scene->tries, 1);
    assert_true(clock_monotonic_ms() - began_ms < 30000);
}

static void an_answer_is_not_forgotten_for_one_that_the_deadline_cut(void **state)
{
    static const char *const answers[] = {DOWN, "stall"};
    Scene *scene = *state;

    answer(scene, answers, 2);
    scene->check.timeout_ms = 60000;
    scene->repeat.deadline_ms = 1000;
    assert_false(until_healthy(scene));
    assert_int_equal(scene->tries, 2);
    assert_non_null(strstr(scene->err.message, "HTTP 500: database is down"));
}

static void an_instance_that_ended_is_not_waited_for(void **state)
{
    static const char *const answers[] = {DOWN};
    Scene *scene = *state;
    int64_t began_ms = clock_monotonic_ms();

    answer(scene, answers, 1);
    scene->repeat.still_alive = still_alive;
    scene->repeat.context = scene;
    scene->repeat.interval_ms = 60000;
    scene->repeat.deadline_ms = 120000;
    scene->alive_for = 3;
    assert_false(until_healthy(scene));
    assert_int_equal(scene->err.code, ERR_UNHEALTHY);
    assert_non_null(strstr(scene->err.message, "the instance has ended"));
    assert_non_null(strstr(scene->err.message, "database is down"));
    assert_true(clock_monotonic_ms() - began_ms < 30000);
}

static void an_instance_that_never_lived_is_not_asked(void **state)
{
    Scene *scene = *state;

    scene->repeat.still_alive = still_alive;
    scene->repeat.context = scene;
    assert_false(until_healthy(scene));
    assert_int_equal(scene->err.code, ERR_UNHEALTHY);
    assert_int_equal(scene->tries, 0);
    assert_int_equal(http_server_count(scene->server), 0);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_scene, clear_scene)

int main(int count, char **words)
{
    int status = 0;
    const struct CMUnitTest tests[] = {
        TEST_OF(each_answer_is_judged_and_said_in_a_line),
        TEST_OF(an_identity_is_told_even_if_none_is_expected),
        TEST_OF(a_slow_answer_is_an_unhealthy_one),
        TEST_OF(a_wildcard_listener_is_asked_over_loopback),
        TEST_OF(a_listener_is_enough_for_tcp),
        TEST_OF(a_program_is_healthy_if_it_ends_with_0),
        TEST_OF(a_program_that_cannot_be_started_is_trouble_of_our_own),
        TEST_OF(passes_must_come_in_a_row),
        TEST_OF(the_last_answer_is_in_the_message),
        TEST_OF(the_deadline_ends_a_question_too),
        TEST_OF(an_answer_is_not_forgotten_for_one_that_the_deadline_cut),
        TEST_OF(an_instance_that_ended_is_not_waited_for),
        TEST_OF(an_instance_that_never_lived_is_not_asked),
    };

    if (role_play(count, words, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
