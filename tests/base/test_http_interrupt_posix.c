/* Tests what Ctrl-C does to a download. A program of its own: Ctrl-C is remembered for good. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "tests/support/environment.h"
#include "tests/support/http_server.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void answer_a_bit_and_hang(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked;
    (void)context;
    http_reply_text(reply, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100\r\n\r\na bit");
    http_reply_stall(reply);
}

static bool press_ctrl_c(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    (void)context;
    if (done_bytes > 0 && total_bytes > 0)
        (void)raise(SIGINT);
    return true;
}

static void ctrl_c_ends_a_download_that_hangs_and_keeps_what_came(void **state)
{
    char folder[TEMPORARY_FOLDER_SIZE];
    char url[64];
    char path[TEMPORARY_FOLDER_SIZE + 8];
    char state_path[TEMPORARY_FOLDER_SIZE + 16];
    uint64_t size = 0;
    int64_t began_ms = clock_monotonic_ms();
    HttpServer *server = http_server_start(answer_a_bit_and_hang, NULL);
    HttpDownload download = {.url = url,
                             .path = path,
                             .state_path = state_path,
                             .most_bytes = 1000,
                             .stall_timeout_ms = 100000,
                             .tries = 3,
                             .backoff_ms = 60000,
                             .progress = press_ctrl_c};
    HttpDownloaded done = {0};
    Error err = {0};

    (void)state;
    assert_non_null(server);
    assert_true(temporary_folder_make(folder, "http"));
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/x", http_server_port(server));
    (void)snprintf(path, sizeof path, "%s/x", folder);
    (void)snprintf(state_path, sizeof state_path, "%s/x.state", folder);
    interrupt_install();
    assert_false(http_download(&download, &done, &err));
    assert_int_equal(err.code, ERR_INTERRUPTED);
    assert_true(clock_monotonic_ms() - began_ms < 50000);
    assert_true(file_size_of(path, &size, &err));
    assert_int_equal(size, 5);
    assert_true(file_exists(state_path));
    assert_int_equal(http_server_count(server), 1);
    http_server_stop(server);
    (void)folder_remove_tree(folder, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctrl_c_ends_a_download_that_hangs_and_keeps_what_came),
    };

    (void)environment_unset("http_proxy");
    (void)environment_unset("all_proxy");
    (void)environment_unset("ALL_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
