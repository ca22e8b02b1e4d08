/* Tests deploy/hooks.c, with real programs: small shell scripts. */
#include "deploy/hooks.h"
#include "tests/deploy/app_scene.h"

static TextList lists[2];
static HookList list;

static int hooks_setup(void **state)
{
    memset(lists, 0, sizeof lists);
    list = (HookList){.items = lists};
    return scene_setup(state);
}

static int hooks_teardown(void **state)
{
    for (size_t i = 0; i < 2; i++)
        text_list_free(&lists[i]);
    return scene_teardown(state);
}

#define HOOKS_TEST(test) cmocka_unit_test_setup_teardown(test, hooks_setup, hooks_teardown)

/* One more hook at `point`: a script, and its first argument. */
static void add_hook(HookList *point, const char *script, const char *argument)
{
    const char *const words[] = {"/bin/sh", "-c", script, "hook", argument};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_true(text_list_add(&lists[list.count], words[i], &app_scene->err));
    list.count++;
    *point = list;
}

static void assert_written(const char *expected)
{
    CLEANUP(free) char *path = path_join(app_scene->root, "out");
    CLEANUP(free) char *text = NULL;
    size_t length = 0;

    assert_done(file_read_all(path, 4096, &text, &length, &app_scene->err));
    assert_string_equal(text, expected);
}

static void no_hook_is_no_news(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    assert_done(hooks_run(&deployment, HOOK_BEFORE_START, &app_scene->err));
    hooks_run_and_warn(&deployment, HOOK_AFTER_RETIRE);
    assert_string_equal(text_chars(&app_scene->events), "");
}

static void a_hook_runs_beside_the_settings_and_knows_the_release(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.before_flip, "echo \"$1 $GODEPLOY_RELEASE $PORT\" > out",
             "{url}/smoke");
    assert_done(hooks_run(&deployment, HOOK_BEFORE_FLIP, &app_scene->err));
    assert_written("http://127.0.0.1:18082/smoke 2.0.0 18082\n");
    assert_told("note -: 1 before_flip hook passed");
}

static void an_argument_is_never_read_by_a_shell(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.before_start, "printf %s \"$1\" > out", "$(id); `id` *");
    assert_done(hooks_run(&deployment, HOOK_BEFORE_START, &app_scene->err));
    assert_written("$(id); `id` *");
}

static void the_first_hook_that_fails_is_the_last_that_runs(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.before_start, "echo first > out; echo no table >&2; exit 3",
             "");
    add_hook(&app_scene->settings.hooks.before_start, "echo second > out", "");
    assert_fails(hooks_run(&deployment, HOOK_BEFORE_START, &app_scene->err), ERR_PROCESS,
                 "hook before_start: /bin/sh ended with status 3; its last output:\nno table");
    assert_written("first\n");
}

static void a_hook_that_hangs_is_killed(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    app_scene->settings.hooks.timeout_ms = 50;
    add_hook(&app_scene->settings.hooks.before_start, "sleep 600", "");
    assert_fails(hooks_run(&deployment, HOOK_BEFORE_START, &app_scene->err), ERR_TIMEOUT,
                 "did not end within 50 ms and was killed");
    assert_non_null(strstr(app_scene->err.hint, "hooks.timeout"));
}

static void a_hook_that_a_signal_ends_has_failed(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.before_flip, "kill -9 $$", "");
    assert_fails(hooks_run(&deployment, HOOK_BEFORE_FLIP, &app_scene->err), ERR_PROCESS,
                 "was ended by signal 9");
}

static void a_program_that_is_missing_is_named(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    assert_true(text_list_add(&lists[0], "./no-such-hook", &app_scene->err));
    list.count = 1;
    app_scene->settings.hooks.before_flip = list;
    assert_false(hooks_run(&deployment, HOOK_BEFORE_FLIP, &app_scene->err));
    assert_non_null(strstr(app_scene->err.message, "./no-such-hook"));
}

static void after_the_flip_a_hook_can_only_warn(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.after_flip, "exit 3", "");
    add_hook(&app_scene->settings.hooks.after_flip, "echo second > out", "");
    hooks_run_and_warn(&deployment, HOOK_AFTER_FLIP);
    assert_told("warning -: hook after_flip: /bin/sh ended with status 3");
    assert_written("second\n");
}

static void each_point_has_hooks_of_its_own(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    add_hook(&app_scene->settings.hooks.on_failure, "echo failed > out", "");
    assert_done(hooks_run(&deployment, HOOK_BEFORE_START, &app_scene->err));
    hooks_run_and_warn(&deployment, HOOK_AFTER_FLIP);
    hooks_run_and_warn(&deployment, HOOK_AFTER_RETIRE);
    hooks_run_and_warn(&deployment, HOOK_ON_FAILURE);
    assert_written("failed\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOOKS_TEST(no_hook_is_no_news),
        HOOKS_TEST(a_hook_runs_beside_the_settings_and_knows_the_release),
        HOOKS_TEST(an_argument_is_never_read_by_a_shell),
        HOOKS_TEST(the_first_hook_that_fails_is_the_last_that_runs),
        HOOKS_TEST(a_hook_that_hangs_is_killed),
        HOOKS_TEST(a_hook_that_a_signal_ends_has_failed),
        HOOKS_TEST(a_program_that_is_missing_is_named),
        HOOKS_TEST(after_the_flip_a_hook_can_only_warn),
        HOOKS_TEST(each_point_has_hooks_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
