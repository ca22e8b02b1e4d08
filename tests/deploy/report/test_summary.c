/* Tests deploy/report/summary.h. */
#include "tests/deploy/report/story_scene.h"

#include "base/file/file.h"
#include "deploy/report/summary.h"
#include "tests/support/temporary_folder.h"

#include <stdlib.h>

static void it_is_a_table_that_nothing_breaks_out_of(void **state)
{
    Story story = story_of_failure("a|b\n<img src=x> [l](u)");
    CLEANUP_TEXT Text text = {0};

    (void)state;
    summary_format(&story, &text);
    assert_string_equal(
        text_chars(&text),
        "### shop: the deployment of release 2.0.0 failed at watch, the traffic went back\n\n"
        "| stage | result | took | |\n| --- | --- | --- | --- |\n"
        "| check | skipped | 0 ms | already done |\n"
        "| flip | done | 20 ms | proof |\n"
        "| watch | failed | 500 ms | a&#124;b &#60;img src=x&#62; &#91;l&#93;&#40;u&#41; |\n"
        "| undo flip | done | 10 ms |  |\n"
        "\n**Why:** a&#124;b &#60;img src=x&#62; &#91;l&#93;&#40;u&#41;\n"
        "\n**Serves:** release 1.0.0 still answers all requests\n"
        "\n**Try:** Read its log.\n\n");
}

/* https://docs.github.com/actions/reference/workflow-commands-for-github-actions, "Step isolation
 * and limits": of more than 1 MiB nothing is shown. */
static void what_github_would_not_show_is_not_written(void **state)
{
    Story story = story_of_success(false);
    char folder[TEMPORARY_FOLDER_SIZE];
    CLEANUP(free) char *path = NULL;
    CLEANUP(free) char *full = calloc(1, SUMMARY_MOST);
    CLEANUP_TEXT Text text = {0};
    uint64_t size = 0;
    Error err = {0};

    (void)state;
    assert_true(temporary_folder_make(folder, "summary"));
    path = text_formatted("%s/summary.md", folder);
    assert_non_null(path);
    assert_non_null(full);
    summary_format(&story, &text);
    assert_true(file_write_durable(path, full, (size_t)SUMMARY_MOST - 2 * text.length, 0600, &err));
    assert_true(summary_write(&story, path, &err));
    assert_true(summary_write(&story, path, &err));
    assert_false(summary_write(&story, path, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_true(file_size_of(path, &size, &err));
    assert_int_equal(size, SUMMARY_MOST);
    assert_true(folder_remove_tree(folder, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_github_would_not_show_is_not_written),
        cmocka_unit_test(it_is_a_table_that_nothing_breaks_out_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
