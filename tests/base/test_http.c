/* Tests base/http/http.c: requests to local targets. */
#include "base/clock.h"
#include "base/http/http.h"
#include "tests/support/environment.h"
#include "tests/support/http_server.h"

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
    char url[128];
    const char *answer; /* all of it */
    HttpResponse response;
    Error err;
} Scene;

static void answer_as_told(HttpReply *reply, const HttpAsked *asked, void *context)
{
    Scene *scene = context;

    (void)asked;
    http_reply_bytes(reply, scene->answer, strlen(scene->answer));
}

static void answer_stalling(HttpReply *reply, const HttpAsked *asked, void *context)
{
    answer_as_told(reply, asked, context);
    http_reply_stall(reply);
}

static void answer_endless(HttpReply *reply, const HttpAsked *asked, void *context)
{
    answer_as_told(reply, asked, context);
    while (!http_reply_gone(reply))
        http_reply_text(reply, "more and more and more and more");
}

static int set_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    scene->answer = "HTTP/1.1 200 OK\r\nX-Release: 2.4.0\r\nContent-Length: 5\r\n\r\nhello";
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    Scene *scene = *state;

    http_response_free(&scene->response);
    http_server_stop(scene->server);
    free(scene);
    return 0;
}

static HttpRequest serve(Scene *scene, HttpAnswering answering)
{
    scene->server = http_server_start(answering, scene);
    assert_non_null(scene->server);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d/healthz?full=s3cret",
                   http_server_port(scene->server));
    return (HttpRequest){.url = scene->url, .timeout_ms = 5000, .most_bytes = 1000};
}

static void an_answer_has_status_body_and_the_wanted_header(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);
    HttpAsked asked;

    request.wanted_header = "x-release";
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->response.status, 200);
    assert_string_equal(text_chars(&scene->response.body), "hello");
    assert_string_equal(scene->response.header, "2.4.0");
    assert_true(scene->response.took_us > 0);
    assert_true(http_server_last(scene->server, &asked));
    assert_string_equal(asked.method, "GET");
    assert_string_equal(asked.target, "/healthz?full=s3cret");
}

static void method_host_headers_and_body_are_sent(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);
    HttpAsked asked;
    char value[64];
    TextList headers = {0};

    assert_true(text_list_add(&headers, "Content-Type: application/json", &scene->err));
    request.method = "PATCH";
    request.host = "shop.example";
    request.headers = &headers;
    request.body = "{\"a\":1}";
    request.body_length = 7;
    request.fresh_connection = true;
    assert_true(http_request(&request, &scene->response, &scene->err));
    text_list_free(&headers);
    assert_true(http_server_last(scene->server, &asked));
    assert_string_equal(asked.method, "PATCH");
    assert_string_equal(asked.body, "{\"a\":1}");
    assert_true(http_asked_header(&asked, "Host", value, sizeof value));
    assert_string_equal(value, "shop.example");
    assert_true(http_asked_header(&asked, "Content-Type", value, sizeof value));
    assert_string_equal(value, "application/json");
    assert_true(http_asked_header(&asked, "Connection", value, sizeof value));
    assert_string_equal(value, "close");
}

static void an_answer_of_any_status_is_an_answer(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    scene->answer = "HTTP/1.1 503 Down\r\nContent-Length: 4\r\n\r\ndown";
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->response.status, 503);
    assert_string_equal(text_chars(&scene->response.body), "down");
    assert_string_equal(scene->response.header, "");
}

static void a_redirect_is_told_and_not_followed(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    scene->answer = "HTTP/1.1 301 Moved\r\nLocation: https://u:p@shop.example/login?next=s3cret\r\n"
                    "Content-Length: 0\r\n\r\n";
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->response.status, 301);
    assert_string_equal(scene->response.redirect, "https://shop.example/login");
    assert_int_equal(http_server_count(scene->server), 1);
}

static void a_head_before_the_answer_is_not_the_answer(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    scene->answer = "HTTP/1.1 103 Early Hints\r\nX-Release: early\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    request.wanted_header = "X-Release";
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->response.status, 200);
    assert_string_equal(scene->response.header, "");
}

static void a_body_is_kept_up_to_its_limit(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    request.most_bytes = 3;
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_string_equal(text_chars(&scene->response.body), "hel");
}

static void an_answer_that_does_not_end_takes_no_longer_than_allowed(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_stalling);

    scene->answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello";
    request.timeout_ms = 200;
    assert_false(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->err.code, ERR_TIMEOUT);
    assert_non_null(strstr(scene->err.message, "no whole answer within 200 ms"));
    assert_null(strstr(scene->err.message, "s3cret"));
}

static void endless_data_is_forgotten_and_ends_in_time(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_endless);

    scene->answer = "HTTP/1.1 200 OK\r\n\r\n";
    request.timeout_ms = 200;
    assert_false(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->err.code, ERR_TIMEOUT);
}

static void what_is_no_whole_answer_is_network_trouble(void **state)
{
    static const char *const answers[] = {
        "",
        "HTTP/1.1",
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello"};
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        scene->answer = answers[i];
        assert_false(http_request(&request, &scene->response, &scene->err));
        assert_int_equal(scene->err.code, ERR_NETWORK);
        assert_non_null(strstr(scene->err.message, "GET http://127.0.0.1:"));
    }
}

static void nobody_listening_is_said_in_the_words_of_the_system(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    http_server_stop(scene->server);
    scene->server = NULL;
    assert_false(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->err.code, ERR_NETWORK);
    assert_non_null(strstr(scene->err.message, ": connection refused"));
    assert_null(strstr(scene->err.message, "s3cret"));
}

static void a_proxy_of_the_environment_is_not_used(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    assert_true(environment_set("http_proxy", "http://127.0.0.1:1"));
    assert_true(http_request(&request, &scene->response, &scene->err));
    assert_true(environment_unset("http_proxy"));
    assert_int_equal(scene->response.status, 200);
}

static void only_http_and_https_are_asked(void **state)
{
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/", "", "127.0.0.1"};
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        request.url = urls[i];
        assert_false(http_request(&request, &scene->response, &scene->err));
        assert_int_equal(scene->err.code, ERR_USAGE);
    }
}

static void a_host_of_two_lines_is_refused_unsent(void **state)
{
    Scene *scene = *state;
    HttpRequest request = serve(scene, answer_as_told);

    request.host = "a\r\nX-More: b";
    assert_false(http_request(&request, &scene->response, &scene->err));
    assert_int_equal(scene->err.code, ERR_USAGE);
    assert_int_equal(http_server_count(scene->server), 0);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_scene, clear_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(an_answer_has_status_body_and_the_wanted_header),
        TEST_OF(method_host_headers_and_body_are_sent),
        TEST_OF(an_answer_of_any_status_is_an_answer),
        TEST_OF(a_redirect_is_told_and_not_followed),
        TEST_OF(a_head_before_the_answer_is_not_the_answer),
        TEST_OF(a_body_is_kept_up_to_its_limit),
        TEST_OF(an_answer_that_does_not_end_takes_no_longer_than_allowed),
        TEST_OF(endless_data_is_forgotten_and_ends_in_time),
        TEST_OF(what_is_no_whole_answer_is_network_trouble),
        TEST_OF(nobody_listening_is_said_in_the_words_of_the_system),
        TEST_OF(a_proxy_of_the_environment_is_not_used),
        TEST_OF(only_http_and_https_are_asked),
        TEST_OF(a_host_of_two_lines_is_refused_unsent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
