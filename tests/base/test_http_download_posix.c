/* Tests base/http/http_download.c where the system lets a file grow no further, and where a file
 * URL can name no other host (on Windows it can). */
#include "tests/support/download_scene.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

static void a_write_that_the_system_refuses_is_not_tried_again(void **state)
{
    DownloadScene *scene = *state;
    struct rlimit usual;
    struct rlimit small;

    scene_serve(scene, scene_answer_whole);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    small = usual;
    small.rlim_cur = 50 * 1000;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(scene_fetch(scene));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_int_equal(scene->err.code, ERR_FILE);
    scene_assert_says(scene, scene->path);
    assert_int_equal(scene->retries, 0);
    scene_must_fetch_again(scene); /* what did fit on the disk is continued */
    assert_true(scene->done.resumed_at_bytes > 0);
}

static void a_file_of_another_host_is_refused(void **state)
{
    DownloadScene *scene = *state;

    (void)snprintf(scene->url, sizeof scene->url, "file://host/x");
    assert_false(scene_fetch(scene));
    assert_int_equal(scene->err.code, ERR_FETCH);
    scene_assert_says(scene, "another host");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_write_that_the_system_refuses_is_not_tried_again),
        TEST_OF(a_file_of_another_host_is_refused),
    };

    scene_forget_proxies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
