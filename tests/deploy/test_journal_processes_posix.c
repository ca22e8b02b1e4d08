/* Tests deploy/journal/journal.c between processes. */
#include "tests/deploy/app_scene.h"

#include <sys/wait.h>
#include <unistd.h>

static bool open_as_a_new_process(const char *path, int go)
{
    Journal *own = NULL;
    Error err = {0};
    char byte = 0;

    if (read(go, &byte, 1) != 0) /* ends when the parent closes it: all begin at once */
        return false;
    if (!journal_open(path, JOURNAL_CREATE, &own, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    journal_close(own);
    return true;
}

static void many_may_open_a_new_journal_at_the_same_moment(void **state)
{
    enum { COUNT = 8 };
    CLEANUP(free) char *path = app_path(&app_scene->app, "other.db");
    pid_t children[COUNT];
    int go[2], failed = 0, status = 0;

    (void)state;
    assert_int_equal(pipe(go), 0);
    for (int i = 0; i < COUNT; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            (void)close(go[1]);
            _exit(open_as_a_new_process(path, go[0]) ? 0 : 1);
        }
    }
    (void)close(go[0]);
    (void)close(go[1]);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        failed += status != 0;
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(many_may_open_a_new_journal_at_the_same_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
