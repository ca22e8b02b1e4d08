/* Tests deploy/report/story.h. */
#include "tests/deploy/report/story_scene.h"

static void assert_headline(const Story *story, const char *expected)
{
    CLEANUP_TEXT Text headline = {0};

    story_headline(story, &headline);
    assert_string_equal(text_chars(&headline), expected);
}

static void it_keeps_each_part_with_its_times(void **state)
{
    Story story = story_of_failure("503");

    (void)state;
    assert_int_equal(story.count, 4);
    assert_string_equal(story.parts[0].stage, "check");
    assert_int_equal(story.parts[0].result, STORY_SKIPPED);
    assert_int_equal(story.parts[1].result, STORY_DONE);
    assert_int_equal(story.parts[1].began_ms, NOON + 10);
    assert_int_equal(story.parts[1].ended_ms, NOON + 30);
    assert_string_equal(story.parts[1].text, "proof");
    assert_int_equal(story.parts[2].result, STORY_FAILED);
    assert_string_equal(story.parts[2].text, "503");
    assert_true(story.parts[3].undoes && story.flipped_back);
    assert_int_equal(story.began_ms, NOON);
    assert_int_equal(story.ended_ms, NOON + 600);
    assert_true(story_has_ended(&story));
    assert_ptr_equal(story_failed_part(&story), &story.parts[2]);
}

static void its_headline_is_what_one_line_can_say(void **state)
{
    Story done = story_of_success(false), back = story_of_success(true);
    Story failed = story_of_failure("x"), aborted = {0}, open = {0};

    (void)state;
    assert_headline(&done, "shop: release 2.0.0 serves (before: 1.0.0)");
    assert_headline(&back, "shop: release 2.0.0 serves again (before: 1.0.0)");
    assert_headline(&failed,
                    "shop: the deployment of release 2.0.0 failed at watch, the traffic went back");
    tell_at(&aborted, 5, (Event){.kind = EVENT_DEPLOYMENT_ABORTED, .text = "aborted"});
    assert_headline(&aborted, "shop: the deployment of release 2.0.0 was undone by the operator");
    failed.is_open = true;
    assert_headline(&failed, "shop: the deployment of release 2.0.0 failed at watch, the traffic "
                             "went back, and is still open");
    done.after_kill = true;
    assert_headline(&done, "shop: release 2.0.0 serves (before: 1.0.0); an earlier godeploy was "
                           "killed in the middle of it");
    tell_at(&open, 5, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    assert_headline(&open, "shop: the deployment of release 2.0.0 goes on");
    assert_false(story_has_ended(&open));
}

static void what_is_repaired_before_a_deployment_is_no_part_of_it(void **state)
{
    Story story = {0};
    const Observer *observer = story_listen(&story, &nobody);
    const Event repaired = {.kind = EVENT_NOTE, .app = "shop", .text = "repaired"};

    (void)state;
    observer->notice(observer->context, &repaired);
    assert_string_equal(story.deployment, "");
}

static void count_up(void *context, const Event *event)
{
    (void)event;
    (*(int *)context)++;
}

static void whoever_stands_behind_it_hears_everything(void **state)
{
    Story story = {0};
    int heard = 0;
    const Observer next = {count_up, &heard};
    const Event events[] = {
        {.kind = EVENT_NOTE, .app = "shop"   },
        { .kind = EVENT_STAGE_BEGIN,    .app = "shop", .deployment = "1", .stage = "fetch"},
        { .kind = EVENT_STAGE_PROGRESS, .app = "shop", .deployment = "1", .stage = "fetch"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const Observer *observer = story_listen(&story, &next); /* again: what was kept stays */

        observer->notice(observer->context, &events[i]);
    }
    assert_int_equal(heard, 3);
    assert_int_equal(story.count, 1);
}

/* A long text ends between two characters, and more parts than there is room for do no harm. */
static void what_does_not_fit_is_cut(void **state)
{
    char text[JOURNAL_LINE_SIZE + 8];
    Story story = {0};

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + JOURNAL_LINE_SIZE - 2, "\xc3\xa4\xc3\xa4", 5);
    for (int i = 0; i < STORY_MOST_PARTS + 5; i++) {
        tell_at(&story, i, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "drain"});
        tell_at(&story, i, (Event){.kind = EVENT_STAGE_DONE, .stage = "drain", .text = text});
    }
    assert_int_equal(story.count, STORY_MOST_PARTS);
    assert_int_equal(strlen(story.parts[0].text), JOURNAL_LINE_SIZE - 2);
    assert_true(text_is_utf8(story.parts[0].text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_each_part_with_its_times),
        cmocka_unit_test(its_headline_is_what_one_line_can_say),
        cmocka_unit_test(what_is_repaired_before_a_deployment_is_no_part_of_it),
        cmocka_unit_test(whoever_stands_behind_it_hears_everything),
        cmocka_unit_test(what_does_not_fit_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
