/* Tests deploy/report/summary.h. */
#include "tests/deploy/report/story_scene.h"

#include "deploy/report/summary.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_table_that_nothing_breaks_out_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
