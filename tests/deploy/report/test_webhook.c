/* Tests deploy/report/webhook.h: what is told to whom. That it arrives is tested end to end. */
#include "tests/deploy/report/story_scene.h"

#include "base/json.h"
#include "deploy/report/webhook.h"

#include <stdio.h>
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

/* As much of `out` as whole copies of `piece` can fill. */
static void fill(char *out, size_t size, const char *piece)
{
    out[0] = '\0';
    for (size_t at = 0; at + strlen(piece) < size; at += strlen(piece))
        (void)snprintf(out + at, size - at, "%s", piece);
}

/* Slack: & < > are escaped, so that <!channel> calls nobody. */
static void slack_gets_text_that_calls_nobody(void **state)
{
    Story story = story_of_failure("<!channel> & co");
    CLEANUP(free) char *body = webhook_body(WEBHOOK_SLACK, &story);

    (void)state;
    assert_string_equal(
        body, "{\"text\":\"shop: the deployment of release 2.0.0 failed at watch, "
              "the traffic went back\\n&lt;!channel&gt; &amp; co\\n"
              "release 1.0.0 still answers all requests\\nRead its log.\",\"mrkdwn\":false}");
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
    assert_string_equal(
        slack, "{\"text\":\"shop: release 2.0.0 serves (before: 1.0.0)\",\"mrkdwn\":false}");
    assert_non_null(strstr(teams, "\"color\":\"Good\"}]}]}}]}"));
}

/* Slack cuts a text at 40,000 characters (docs.slack.dev, "Truncating content"), Teams refuses a
 * message of more than 28 KB (learn.microsoft.com, "Create Incoming Webhooks"). */
static void what_an_error_can_hold_is_not_too_long(void **state)
{
    static const char *const worst[] = {"&", "\x01", "\"", "\U0001F4A5"};

    (void)state;
    for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
        Story story = story_of_failure("x");
        CLEANUP(free) char *slack = NULL;
        CLEANUP(free) char *teams = NULL;

        fill(story.error.message, sizeof story.error.message, worst[i]);
        fill(story.error.hint, sizeof story.error.hint, worst[i]);
        fill(story.error.serves, sizeof story.error.serves, worst[i]);
        fill(story.release, sizeof story.release, worst[i]);
        slack = webhook_body(WEBHOOK_SLACK, &story);
        teams = webhook_body(WEBHOOK_TEAMS, &story);
        assert_in_range(strlen(slack), sizeof story.error.message, 40000);
        assert_in_range(strlen(teams), sizeof story.error.message, 28000);
    }
}

/* Failed and open: whoever reads it knows that there is something left to do. */
static void json_tells_what_is_still_open_and_what_was_killed(void **state)
{
    Story story = story_of_failure("x");
    CLEANUP(free) char *body = NULL;

    (void)state;
    story.is_open = story.after_kill = true;
    body = webhook_body(WEBHOOK_JSON, &story);
    assert_non_null(strstr(body, "\"open\":true,\"after_kill\":true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_what_it_is_told),
        cmocka_unit_test(slack_gets_text_that_calls_nobody),
        cmocka_unit_test(teams_gets_a_card_without_markdown),
        cmocka_unit_test(success_is_good_news_without_reasons),
        cmocka_unit_test(what_an_error_can_hold_is_not_too_long),
        cmocka_unit_test(json_tells_what_is_still_open_and_what_was_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
