/* Tests deploy/report/webhook.h: what is told to whom. That it arrives is tested end to end. */
#include "tests/deploy/report/story_scene.h"

#include "base/json.h"
#include "deploy/report/webhook.h"

#include <stdlib.h>

typedef enum Told { BY_SUCCESS = 1, BY_FAILURE = 2, BY_ROLLBACK = 4 } Told;

static Told who_is_told(const Story *story)
{
    static const char *const words[] = {"success", "failure", "rollback"};
    Told told = 0;

    for (unsigned i = 0; i < 3; i++) {
        Settings settings = {0};
        Error err = {0};

        assert_true(text_list_add(&settings.notify.webhook.on, words[i], &err));
        if (webhook_is_told(&settings, story))
            told |= 1U << i;
        text_list_free(&settings.notify.webhook.on);
    }
    return told;
}

static void of_what_it_is_told(void **state)
{
    Story done = story_of_success(false), back = story_of_success(true);
    Story failed = story_of_failure("x"), aborted = {0}, open = {0};

    (void)state;
    tell_at(&aborted, 5, (Event){.kind = EVENT_DEPLOYMENT_ABORTED});
    tell_at(&open, 5, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    assert_int_equal(who_is_told(&done), BY_SUCCESS);
    assert_int_equal(who_is_told(&back), BY_ROLLBACK);
    assert_int_equal(who_is_told(&failed), BY_FAILURE | BY_ROLLBACK); /* its flip was undone */
    assert_int_equal(who_is_told(&aborted), BY_FAILURE);
    assert_int_equal(who_is_told(&open), 0);
}

/* Slack: & < > are escaped, so that <!channel> calls nobody. */
static void slack_gets_text_that_calls_nobody(void **state)
{
    Story story = story_of_failure("<!channel> & co");
    CLEANUP(free) char *body = webhook_body(WEBHOOK_SLACK, &story);

    (void)state;
    assert_string_equal(body, "{\"text\":\"shop: the deployment of release 2.0.0 failed at watch, "
                              "the traffic went back\\n&lt;!channel&gt; &amp; co\\n"
                              "release 1.0.0 still answers all requests\\nRead its log.\"}");
}

static void teams_gets_a_card_without_markdown(void **state)
{
    Story story = story_of_failure("[x](http://y)");
    CLEANUP(free) char *body = webhook_body(WEBHOOK_TEAMS, &story);

    (void)state;
    assert_string_equal(
        body, "{\"type\":\"message\",\"attachments\":[{\"contentType\":"
              "\"application/vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{"
              "\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\","
              "\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":\"RichTextBlock\","
              "\"inlines\":[{\"type\":\"TextRun\",\"text\":\"shop: the deployment of release 2.0.0 "
              "failed at watch, the traffic went back\",\"weight\":\"Bolder\",\"color\":"
              "\"Attention\"}]},{\"type\":\"RichTextBlock\",\"inlines\":[{\"type\":\"TextRun\","
              "\"text\":\"[x](http://y)\\nrelease 1.0.0 still answers all requests\\n"
              "Read its log.\"}]}]}}]}");
}

static void success_is_good_news_without_reasons(void **state)
{
    Story story = story_of_success(false);
    CLEANUP(free) char *slack = webhook_body(WEBHOOK_SLACK, &story);
    CLEANUP(free) char *teams = webhook_body(WEBHOOK_TEAMS, &story);

    (void)state;
    assert_string_equal(slack, "{\"text\":\"shop: release 2.0.0 serves (before: 1.0.0)\"}");
    assert_non_null(strstr(teams, "\"color\":\"Good\"}]}]}}]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_what_it_is_told),
        cmocka_unit_test(slack_gets_text_that_calls_nobody),
        cmocka_unit_test(teams_gets_a_card_without_markdown),
        cmocka_unit_test(success_is_good_news_without_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
