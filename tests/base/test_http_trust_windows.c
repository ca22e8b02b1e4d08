/* Tests base/http/http_trust_windows.c: https with a server whose root is in the store of this host
 * while the tests run, and with others. */
#include "base/file/file.h"
#include "base/http/http.h"
#include "base/http/http_meeting.h"
#include "tests/support/environment.h"
#include "tests/support/https_server.h"
#include "tests/support/root_store_windows.h"
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
    char known_file[TEMPORARY_FOLDER_SIZE + 16];
    char unknown_file[TEMPORARY_FOLDER_SIZE + 16];
    Identity known; /* in the store of the host */
    Identity unknown;
    HttpServer *server;
    char url[64];
    Error err;
} Scene;

static int open_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    assert_true(temporary_folder_make(scene->folder, "trust"));
    scene->known = https_root_make("godeploy test of trust", TEST_KEY_RSA_2048);
    scene->unknown = https_root_make("godeploy test, unknown", TEST_KEY_P256);
    (void)snprintf(scene->known_file, sizeof scene->known_file, "%s/known.pem", scene->folder);
    (void)snprintf(scene->unknown_file, sizeof scene->unknown_file, "%s/unknown.pem",
                   scene->folder);
    certificate_write(scene->known_file, &scene->known);
    certificate_write(scene->unknown_file, &scene->unknown);
    root_store_trust(&scene->known, scene->folder);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    Scene *scene = *state;

    root_store_forget(&scene->known, scene->folder);
    identity_free(&scene->known);
    identity_free(&scene->unknown);
    assert_true(folder_remove_tree(scene->folder, &scene->err));
    free(scene);
    return 0;
}

static int stop_server(void **state)
{
    Scene *scene = *state;

    http_server_stop(scene->server);
    scene->server = NULL;
    return 0;
}

static void answer(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)context;
    if (strcmp(asked->method, "CONNECT") == 0)
        http_reply_text(reply, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    else
        http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfile");
}

static void serve(Scene *scene, const HttpsPlan *plan)
{
    http_server_stop(scene->server);
    scene->server = https_server_start(scene->folder, plan, answer, NULL);
    (void)snprintf(scene->url, sizeof scene->url, "https://127.0.0.1:%d/x.zip",
                   http_server_port(scene->server));
}

static bool ask(Scene *scene, const char *ca_file)
{
    const HttpRequest request = {
        .url = scene->url, .ca_file = ca_file, .timeout_ms = 20000, .most_bytes = 100};
    HttpResponse response = {0};
    bool answered = false;

    memset(&scene->err, 0, sizeof scene->err);
    answered = http_request(&request, &response, &scene->err);
    if (answered)
        assert_string_equal(text_chars(&response.body), "file");
    http_response_free(&response);
    return answered;
}

static void assert_refused(const Scene *scene, const char *why)
{
    if (!strstr(scene->err.message, why))
        fail_msg("\"%s\" is not in \"%s\"", why, scene->err.message);
}

static void what_windows_trusts_is_trusted(void **state)
{
    Scene *scene = *state;

    serve(scene, &(HttpsPlan){.root = &scene->known});
    if (!ask(scene, NULL))
        fail_msg("%s", scene->err.message);
}

static void a_release_is_fetched_from_a_server_that_windows_trusts(void **state)
{
    Scene *scene = *state;
    CLEANUP(free) char *path = text_formatted("%s/x.zip", scene->folder);
    const HttpDownload download = {.url = scene->url, .path = path, .most_bytes = 100, .tries = 1};
    HttpDownloaded done = {0};

    serve(scene, &(HttpsPlan){.root = &scene->known});
    if (!http_download(&download, &done, &scene->err))
        fail_msg("%s", scene->err.message);
    assert_int_equal(done.size_bytes, 4);
}

/* The certificate goes with its flaw, the words are those of other systems. */
static void each_flaw_is_refused_and_named(void **state)
{
    Scene *scene = *state;
    const struct {
        HttpsPlan plan;
        const char *why;
    } cases[] = {
        {{.root = &scene->unknown},                     "unable to get local issuer certificate"},
        {{.root = &scene->known, .ended = true},        "certificate has expired"               },
        {{.root = &scene->known, .eku = "clientAuth"},  "certificate purpose"                   },
        {{.root = &scene->known, .eku = "codeSigning"}, "certificate purpose"                   },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        serve(scene, &cases[i].plan);
        assert_false(ask(scene, NULL));
        assert_int_equal(scene->err.code, ERR_NETWORK);
        assert_refused(scene, cases[i].why);
        assert_int_equal(http_server_count(scene->server), 0); /* nothing was said to it */
    }
}

static void another_name_is_refused(void **state)
{
    Scene *scene = *state;

    serve(scene, &(HttpsPlan){.root = &scene->known});
    (void)snprintf(scene->url, sizeof scene->url, "https://localhost:%d/",
                   http_server_port(scene->server));
    assert_false(ask(scene, NULL));
    assert_refused(scene, "localhost");
}

static void a_file_of_authorities_replaces_those_of_windows(void **state)
{
    Scene *scene = *state;

    serve(scene, &(HttpsPlan){.root = &scene->known});
    assert_false(ask(scene, scene->unknown_file));
    assert_refused(scene, "unable to get local issuer certificate");
    assert_true(ask(scene, scene->known_file));
    serve(scene, &(HttpsPlan){.root = &scene->unknown});
    assert_true(ask(scene, scene->unknown_file));
}

static void a_proxy_is_judged_by_windows_beside_a_file_of_authorities(void **state)
{
    const struct {
        const Identity *root;
        const char *why;
    } cases[] = {
        {&((Scene *)*state)->known,   "403"                                   },
        {&((Scene *)*state)->unknown, "unable to get local issuer certificate"},
    };
    Scene *scene = *state;
    HttpRequest request = {.url = "https://releases.invalid/",
                           .ca_file = scene->unknown_file,
                           .timeout_ms = 20000,
                           .uses_proxy = true};
    HttpResponse response = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        serve(scene, &(HttpsPlan){.root = cases[i].root});
        assert_true(environment_set("https_proxy", scene->url));
        assert_false(http_request(&request, &response, &scene->err));
        assert_true(environment_unset("https_proxy"));
        assert_refused(scene, cases[i].why);
    }
}

/* What `godeploy doctor` asks. */
static void a_meeting_tells_who_is_not_trusted(void **state)
{
    Scene *scene = *state;
    HttpMeeting meeting = {0};

    serve(scene, &(HttpsPlan){.root = &scene->known});
    assert_true(http_meet(scene->url, NULL, 20000, &meeting, &scene->err));
    assert_int_equal(meeting.end, HTTP_MET);
    assert_true(meeting.certificate_ends_ms > 0);
    serve(scene, &(HttpsPlan){.root = &scene->unknown});
    assert_true(http_meet(scene->url, NULL, 20000, &meeting, &scene->err));
    assert_int_equal(meeting.end, HTTP_NOT_TRUSTED);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, NULL, stop_server)

int main(int count, char **words)
{
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    const struct CMUnitTest tests[] = {
        TEST_OF(what_windows_trusts_is_trusted),
        TEST_OF(a_release_is_fetched_from_a_server_that_windows_trusts),
        TEST_OF(each_flaw_is_refused_and_named),
        TEST_OF(another_name_is_refused),
        TEST_OF(a_file_of_authorities_replaces_those_of_windows),
        TEST_OF(a_proxy_is_judged_by_windows_beside_a_file_of_authorities),
        TEST_OF(a_meeting_tells_who_is_not_trusted),
    };

    if (count == 3)
        return root_store_change(words[1], words[2]);
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        (void)environment_unset(proxies[i]);
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
