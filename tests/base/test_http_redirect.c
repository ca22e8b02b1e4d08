/* Tests where a download may be sent, and what it takes along: base/http/http_download.c,
 * base/http/http_url.c. */
#include "base/file/file.h"
#include "base/http/http.h"
#include "tests/support/environment.h"
#include "tests/support/https_server.h"
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
    char folder[TEMPORARY_FOLDER_SIZE];
    char path[TEMPORARY_FOLDER_SIZE + 32];
    char state_path[TEMPORARY_FOLDER_SIZE + 32];
    HttpServer *first;
    HttpServer *other;
    HttpServer *tls;
    char ca[TEMPORARY_FOLDER_SIZE + 8]; /* the root behind `tls` */
    const char *location; /* where `first` redirects to; '/again' and the like are relative */
    char url[256];
    char target[512];
    TextList headers;
    HttpDownload download;
    HttpDownloaded done;
    Error err;
} Scene;

static int set_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    assert_true(temporary_folder_make(scene->folder, "http"));
    (void)snprintf(scene->path, sizeof scene->path, "%s/x.zip", scene->folder);
    (void)snprintf(scene->state_path, sizeof scene->state_path, "%s/x.zip.state", scene->folder);
    assert_true(text_list_add(&scene->headers, "X-Token: s3cret", &scene->err));
    scene->download = (HttpDownload){.url = scene->url,
                                     .headers = &scene->headers,
                                     .path = scene->path,
                                     .state_path = scene->state_path,
                                     .most_bytes = 1000 * 1000,
                                     .connect_timeout_ms = 5000,
                                     .stall_timeout_ms = 5000,
                                     .tries = 1};
    *state = scene;
    return 0;
}

static int clear_scene(void **state)
{
    Scene *scene = *state;
    Error ignored = {0};

    http_server_stop(scene->first);
    http_server_stop(scene->other);
    http_server_stop(scene->tls);
    (void)folder_remove_tree(scene->folder, &ignored);
    text_list_free(&scene->headers);
    free(scene);
    return 0;
}

static void answer_redirect(HttpReply *reply, const HttpAsked *asked, void *context)
{
    Scene *scene = context;

    if (strncmp(asked->target, "/start", 6) == 0)
        http_reply_text(reply,
                        "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 5\r\n\r\nmoved",
                        scene->location);
    else
        http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile");
}

static void answer_file(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile");
}

static void serve(Scene *scene)
{
    scene->first = http_server_start(answer_redirect, scene);
    scene->other = http_server_start(answer_file, scene);
    assert_non_null(scene->first);
    assert_non_null(scene->other);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d/start",
                   http_server_port(scene->first));
}

static bool fetch(Scene *scene)
{
    memset(&scene->err, 0, sizeof scene->err);
    return http_download(&scene->download, &scene->done, &scene->err);
}

static void assert_says(const Scene *scene, const char *part)
{
    if (!strstr(scene->err.message, part) && !strstr(scene->err.hint, part))
        fail_msg("\"%s\" is neither in \"%s\" nor in \"%s\"", part, scene->err.message,
                 scene->err.hint);
}

static bool last_had(HttpServer *server, const char *header)
{
    HttpAsked asked;
    char value[256];

    assert_true(http_server_last(server, &asked));
    return http_asked_header(&asked, header, value, sizeof value);
}

static void a_redirect_on_the_same_server_keeps_the_headers(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;

    serve(scene);
    scene->location = "/elsewhere/x.zip?sig=s3cret#part";
    assert_true(fetch(scene));
    assert_int_equal(scene->done.size_bytes, 4);
    assert_true(last_had(scene->first, "X-Token"));
    assert_true(http_server_last(scene->first, &asked));
    assert_string_equal(asked.target, "/elsewhere/x.zip?sig=s3cret");
    assert_non_null(strstr(scene->done.final_url, "/elsewhere/x.zip"));
    assert_null(strstr(scene->done.final_url, "s3cret"));
}

static void another_server_never_sees_the_headers(void **state)
{
    Scene *scene = *state;

    serve(scene);
    (void)snprintf(scene->url, sizeof scene->url, "http://user:s3cret@127.0.0.1:%d/start",
                   http_server_port(scene->first));
    (void)snprintf(scene->target, sizeof scene->target, "http://127.0.0.1:%d/x.zip",
                   http_server_port(scene->other));
    scene->location = scene->target;
    assert_true(fetch(scene));
    assert_true(last_had(scene->first, "X-Token"));
    assert_true(last_had(scene->first, "Authorization"));
    assert_false(last_had(scene->other, "X-Token"));
    assert_false(last_had(scene->other, "Authorization"));
    assert_string_equal(scene->done.final_url, scene->target);
}

static void another_name_of_the_server_is_another_server(void **state)
{
    Scene *scene = *state;

    serve(scene);
    (void)snprintf(scene->target, sizeof scene->target, "http://localhost:%d/x.zip",
                   http_server_port(scene->first));
    scene->location = scene->target;
    assert_true(fetch(scene));
    assert_false(last_had(scene->first, "X-Token"));
}

static void a_user_in_the_url_is_sent_and_not_shown(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;
    char value[64];

    serve(scene);
    scene->location = "/x.zip";
    (void)snprintf(scene->url, sizeof scene->url,
                   "http://us%%65r:p%%40ss@127.0.0.1:%d/start?q=p%%40ss",
                   http_server_port(scene->first));
    assert_true(fetch(scene));
    assert_true(http_server_last(scene->first, &asked));
    assert_true(http_asked_header(&asked, "Authorization", value, sizeof value));
    assert_string_equal(value, "Basic dXNlcjpwQHNz"); /* user:p@ss */
    assert_null(strstr(scene->done.final_url, "ss@"));
}

static void a_circle_of_redirects_ends(void **state)
{
    Scene *scene = *state;

    serve(scene);
    scene->location = "/start?again";
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "more than 10 redirects");
    assert_int_equal(http_server_count(scene->first), 11);
}

static void a_redirect_to_what_is_no_server_is_refused(void **state)
{
    static const char *const targets[] = {"file:///etc/passwd",
                                          "FILE:///etc/passwd",
                                          "ftp://h/x",
                                          "gopher://127.0.0.1/",
                                          "http://",
                                          "data:,x"};
    Scene *scene = *state;

    serve(scene);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        scene->location = targets[i];
        assert_false(fetch(scene));
        assert_int_equal(scene->err.code, ERR_FETCH);
        assert_says(scene, "redirect");
        assert_int_equal(http_server_count(scene->first), (int)i + 1);
    }
}

static void a_header_of_two_lines_is_refused_unsent(void **state)
{
    static const char *const lines[] = {"X-Token: a\r\nX-More: s3cret", "X-Token: s3cret\n",
                                        "s3cret", ": s3cret", "X Token: s3cret"};
    Scene *scene = *state;

    serve(scene);
    scene->location = "/x.zip";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        TextList headers = {0};
        assert_true(text_list_add(&headers, lines[i], &scene->err));
        scene->download.headers = &headers;
        assert_false(fetch(scene));
        assert_null(strstr(scene->err.message, "s3cret"));
        text_list_free(&headers);
    }
    assert_int_equal(http_server_count(scene->first), 0);
}

static void a_proxy_of_the_environment_is_used(void **state)
{
    Scene *scene = *state;
    HttpAsked asked;
    char proxy[64];

    serve(scene);
    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", http_server_port(scene->other));
    (void)snprintf(scene->url, sizeof scene->url, "http://releases.invalid/x.zip");
    assert_true(environment_set("http_proxy", proxy));
    assert_true(fetch(scene));
    assert_true(environment_unset("http_proxy"));
    assert_true(http_server_last(scene->other, &asked));
    assert_string_equal(asked.target, "http://releases.invalid/x.zip");
}

static void a_name_that_does_not_resolve_is_said(void **state)
{
    Scene *scene = *state;

    (void)snprintf(scene->url, sizeof scene->url, "http://releases.invalid/x.zip?s3cret");
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "releases.invalid");
    assert_says(scene, "DNS");
    assert_null(strstr(scene->err.message, "s3cret"));
}

/* --- TLS ------------------------------------------------------------------------------------ */

static void serve_tls(Scene *scene, HttpAnswering answering)
{
    CLEANUP_IDENTITY Identity root = https_root_make("godeploy test of redirects", TEST_KEY_P256);

    (void)snprintf(scene->ca, sizeof scene->ca, "%s/ca.pem", scene->folder);
    certificate_write(scene->ca, &root);
    scene->tls = https_server_start(scene->folder, &(HttpsPlan){.root = &root}, answering, scene);
    (void)snprintf(scene->url, sizeof scene->url, "https://127.0.0.1:%d/start",
                   http_server_port(scene->tls));
}

static void a_certificate_of_an_unknown_authority_is_refused(void **state)
{
    Scene *scene = *state;

    serve_tls(scene, answer_file);
    scene->download.tries = 3;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "certificate");
    assert_says(scene, "release.ca");
    assert_null(strstr(scene->err.message, "times")); /* asked once */
}

static void an_authority_of_our_own_is_trusted(void **state)
{
    Scene *scene = *state;

    serve_tls(scene, answer_file);
    scene->download.ca_file = scene->ca;
    assert_true(fetch(scene));
    assert_int_equal(scene->done.size_bytes, 4);
}

static void a_certificate_of_another_name_is_refused(void **state)
{
    Scene *scene = *state;

    serve_tls(scene, answer_file);
    (void)snprintf(scene->url, sizeof scene->url, "https://localhost:%d/start",
                   http_server_port(scene->tls));
    scene->download.ca_file = scene->ca;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "localhost");
}

static void https_never_becomes_http(void **state)
{
    Scene *scene = *state;

    serve(scene);
    (void)snprintf(scene->target, sizeof scene->target, "http://127.0.0.1:%d/x",
                   http_server_port(scene->other));
    scene->location = scene->target;
    serve_tls(scene, answer_redirect);
    scene->download.ca_file = scene->ca;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "not encrypted");
    assert_int_equal(http_server_count(scene->other), 0);
}

static void a_missing_authority_file_is_said(void **state)
{
    Scene *scene = *state;

    serve_tls(scene, answer_file);
    scene->download.ca_file = "/nowhere/ca.pem";
    scene->download.tries = 3;
    assert_false(fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    assert_says(scene, "release.ca");
    assert_null(strstr(scene->err.message, "times"));
}

/* The other door of the same house: requests with a certificate of the target's own. */
static void a_request_checks_the_certificate_against_the_host_it_names(void **state)
{
    Scene *scene = *state;
    HttpResponse response = {0};
    HttpRequest request = {.url = scene->url, .timeout_ms = 5000, .most_bytes = 100};

    serve_tls(scene, answer_file);
    assert_false(http_request(&request, &response, &scene->err));
    assert_int_equal(scene->err.code, ERR_NETWORK);
    request.insecure_tls = true;
    assert_true(http_request(&request, &response, &scene->err));
    http_response_free(&response);
    request = (HttpRequest){
        .url = scene->url, .timeout_ms = 5000, .ca_file = scene->ca, .most_bytes = 100};
    request.host = "shop.example";
    assert_true(http_request(&request, &response, &scene->err));
    assert_string_equal(text_chars(&response.body), "file");
    http_response_free(&response);
    request.host = "another.example";
    assert_false(http_request(&request, &response, &scene->err));
    assert_says(scene, "another.example");
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_scene, clear_scene)

int main(void)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                          "ALL_PROXY"};
    const struct CMUnitTest tests[] = {
        TEST_OF(a_redirect_on_the_same_server_keeps_the_headers),
        TEST_OF(another_server_never_sees_the_headers),
        TEST_OF(another_name_of_the_server_is_another_server),
        TEST_OF(a_user_in_the_url_is_sent_and_not_shown),
        TEST_OF(a_circle_of_redirects_ends),
        TEST_OF(a_redirect_to_what_is_no_server_is_refused),
        TEST_OF(a_header_of_two_lines_is_refused_unsent),
        TEST_OF(a_proxy_of_the_environment_is_used),
        TEST_OF(a_name_that_does_not_resolve_is_said),
        TEST_OF(a_certificate_of_an_unknown_authority_is_refused),
        TEST_OF(an_authority_of_our_own_is_trusted),
        TEST_OF(a_certificate_of_another_name_is_refused),
        TEST_OF(https_never_becomes_http),
        TEST_OF(a_missing_authority_file_is_said),
        TEST_OF(a_request_checks_the_certificate_against_the_host_it_names),
    };

    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        (void)environment_unset(
            proxies[i]); /* they must not see what is meant for the test's servers */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
