/* Tests deploy/settings/placeholder.c. */
#include "deploy/settings/placeholder.h"
#include "tests/deploy/app_scene.h"
#include "tests/support/environment.h"

static const Placeholder values[] = {
    {"port", "18081"},
    {"url",  NULL   },
};

static void assert_expands(const char *pattern, const char *expected)
{
    CLEANUP(free) char *out = NULL;

    assert_done(placeholder_expand(pattern, values, 2, &out, &app_scene->err));
    assert_string_equal(out, expected);
}

static void names_are_replaced_by_their_values(void **state)
{
    (void)state;
    assert_expands("127.0.0.1:{port}/{port}", "127.0.0.1:18081/18081");
    assert_expands("nothing to do", "nothing to do");
    assert_expands("", "");
}

static void the_environment_is_read_where_it_is_named(void **state)
{
    (void)state;
    assert_true(environment_set("GODEPLOY_TEST_TOKEN", "s3{cret"));
    assert_expands("Bearer {env:GODEPLOY_TEST_TOKEN}, {port}", "Bearer s3{cret, 18081");
    assert_expands("{env:GODEPLOY_TEST_TOKEN}{env:GODEPLOY_TEST_TOKEN}", "s3{crets3{cret");
}

static void two_braces_stand_for_one(void **state)
{
    (void)state;
    assert_expands("{{port}", "{port}");
    assert_expands("{{env:GODEPLOY_TEST_NOBODY}", "{env:GODEPLOY_TEST_NOBODY}");
}

static void what_has_no_value_is_an_error_that_names_it(void **state)
{
    char *out = NULL;

    (void)state;
    assert_fails(placeholder_expand("{url}", values, 2, &out, &app_scene->err), ERR_SETTINGS,
                 "url");
    assert_fails(placeholder_expand("{pott}", values, 2, &out, &app_scene->err), ERR_SETTINGS,
                 "pott");
    assert_fails(placeholder_expand("{env:GODEPLOY_TEST_NOBODY}", values, 2, &out, &app_scene->err),
                 ERR_SETTINGS, "env:GODEPLOY_TEST_NOBODY");
    assert_non_null(strstr(app_scene->err.hint, "environment"));
    assert_null(out);
}

static void what_is_not_set_is_found_name_by_name(void **state)
{
    const char *at = "{port}{{env:NO} {env:GODEPLOY_TEST_A}{env:GODEPLOY_TEST_TOKEN}"
                     "{env:GODEPLOY_TEST_B} {env:";
    char name[PLACEHOLDER_NAME_SIZE];

    (void)state;
    assert_true(environment_set("GODEPLOY_TEST_TOKEN", "s3{cret"));
    assert_true(placeholder_next_unset(&at, name));
    assert_string_equal(name, "GODEPLOY_TEST_A");
    assert_true(placeholder_next_unset(&at, name));
    assert_string_equal(name, "GODEPLOY_TEST_B");
    assert_false(placeholder_next_unset(&at, name));
}

static void more_names_than_fit_are_refused(void **state)
{
    CLEANUP_TEXT Text pattern = {0};
    char *out = NULL;

    (void)state;
    for (int i = 0; i < 65; i++)
        text_append(&pattern, "{env:HOME}");
    assert_fails(placeholder_expand(text_chars(&pattern), values, 2, &out, &app_scene->err),
                 ERR_SETTINGS, "too many placeholders");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(names_are_replaced_by_their_values),
        SCENE_TEST(the_environment_is_read_where_it_is_named),
        SCENE_TEST(two_braces_stand_for_one),
        SCENE_TEST(what_has_no_value_is_an_error_that_names_it),
        SCENE_TEST(what_is_not_set_is_found_name_by_name),
        SCENE_TEST(more_names_than_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
