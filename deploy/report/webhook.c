/* See webhook.h. */
#include "deploy/report/webhook.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/platform.h"
#include "deploy/report/delivery.h"

#include <stdlib.h>
#include <string.h>

/* ---- of what it is told ---- */

static bool is_on(const Settings *settings, const char *word)
{
    const TextList *on = &settings->notify.webhook.on;

    for (size_t i = 0; i < on->count; i++)
        if (text_equal(on->items[i], word))
            return true;
    return false;
}

static bool went_back(const Story *story)
{
    return story->flipped_back || (story->rollback && story->result == STORY_DONE);
}

static const char *event_of(const Story *story)
{
    if (story->result != STORY_DONE)
        return "failure";
    return story->rollback ? "rollback" : "success";
}

bool webhook_is_told(const Settings *settings, const Story *story)
{
    if (!story_has_ended(story))
        return false;
    return is_on(settings, event_of(story)) || (went_back(story) && is_on(settings, "rollback"));
}

/* ---- plain JSON ---- */

static void put_time(Json *object, const char *key, int64_t wall_ms)
{
    char time[CLOCK_ISO_SIZE];

    (void)json_put_text(object, key, clock_format_iso(wall_ms, time));
}

/* "" is JSON's null. */
static void put_given(Json *object, const char *key, const char *text)
{
    (void)json_put_text(object, key, text[0] != '\0' ? text : NULL);
}

static Json *stages_of(const Story *story)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < story->count; i++) {
        const StoryPart *part = &story->parts[i];
        Json *one = json_new_object();

        (void)json_put_text(one, "stage", part->stage);
        (void)json_put_bool(one, "undo", part->undoes);
        (void)json_put_text(one, "result", story_result_name(part->result));
        put_time(one, "started", part->began_ms);
        (void)json_put_integer(one, "ms", part->took_ms);
        put_given(one, "text", part->text);
        (void)json_push(list, one);
    }
    return list;
}

static Json *plain_body(const Story *story)
{
    Json *body = json_new_object();
    CLEANUP_TEXT Text headline = {0};
    char by[PLATFORM_WHO_SIZE];

    story_headline(story, &headline);
    (void)json_put_text(body, "event", event_of(story));
    (void)json_put_text(body, "text", text_chars(&headline));
    (void)json_put_text(body, "app", story->app);
    (void)json_put_text(body, "deployment", story->deployment);
    (void)json_put_text(body, "kind", story->rollback ? "rollback" : "deploy");
    (void)json_put_text(body, "result", story_result_name(story->result));
    put_given(body, "release", story->release);
    put_given(body, "from", story->from);
    (void)json_put_bool(body, "flipped_back", story->flipped_back);
    (void)json_put_bool(body, "open", story->is_open);
    (void)json_put_bool(body, "after_kill", story->after_kill);
    (void)json_put_text(body, "by", platform_who(by));
    put_time(body, "started", story->began_ms);
    put_time(body, "ended", story->ended_ms);
    (void)json_put_integer(body, "ms", story->ended_ms - story->began_ms);
    if (story->error.code != ERR_NONE) {
        (void)json_put_text(body, "code", error_code_name(story->error.code));
        (void)json_put_text(body, "message", story->error.message);
        put_given(body, "serves", story->error.serves);
        put_given(body, "hint", story->error.hint);
    }
    (void)json_put(body, "stages", stages_of(story));
    return body;
}

/* ---- for people ---- */

/* Below the headline: what failed, what serves, what to try. */
static void append_reasons(const Story *story, Text *out)
{
    const Error *error = &story->error;

    if (error->code == ERR_NONE)
        return;
    text_append(out, error->message);
    if (error->serves[0] != '\0')
        text_appendf(out, "\n%s", error->serves);
    if (error->hint[0] != '\0')
        text_appendf(out, "\n%s", error->hint);
}

/* Else <!channel> in an error message would call everyone. Slack: & < > are all that needs it. It
 * cuts a text at 40,000 characters, which what an Error holds does not reach. */
static void append_for_slack(Text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            text_append(out, "&amp;");
        else if (*text == '<')
            text_append(out, "&lt;");
        else if (*text == '>')
            text_append(out, "&gt;");
        else
            text_append_bytes(out, text, 1);
    }
}

static Json *slack_body(const Story *story)
{
    Json *body = json_new_object();
    CLEANUP_TEXT Text words = {0}, safe = {0};

    story_headline(story, &words);
    if (story->error.code != ERR_NONE)
        text_append(&words, "\n");
    append_reasons(story, &words);
    append_for_slack(&safe, text_chars(&words));
    (void)json_put_text(body, "text", text_chars(&safe));
    (void)json_put_bool(body, "mrkdwn", false); /* else *.exe and _x_ would lose their signs */
    return body;
}

/* A RichTextBlock: unlike a TextBlock it reads no Markdown, so no error message can hold a link. */
static Json *teams_block(const char *text, bool is_headline, const char *color)
{
    Json *block = json_new_object(), *runs = json_new_array(), *run = json_new_object();

    (void)json_put_text(run, "type", "TextRun");
    (void)json_put_text(run, "text", text);
    if (is_headline) {
        (void)json_put_text(run, "weight", "Bolder");
        (void)json_put_text(run, "color", color);
    }
    (void)json_push(runs, run);
    (void)json_put_text(block, "type", "RichTextBlock");
    (void)json_put(block, "inlines", runs);
    return block;
}

static Json *teams_card(const Story *story)
{
    Json *card = json_new_object(), *blocks = json_new_array();
    CLEANUP_TEXT Text headline = {0}, reasons = {0};

    story_headline(story, &headline);
    append_reasons(story, &reasons);
    (void)json_push(blocks, teams_block(text_chars(&headline), true,
                                        story->result == STORY_DONE ? "Good" : "Attention"));
    if (reasons.length > 0)
        (void)json_push(blocks, teams_block(text_chars(&reasons), false, NULL));
    (void)json_put_text(card, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    (void)json_put_text(card, "type", "AdaptiveCard");
    (void)json_put_text(card, "version", "1.4");
    (void)json_put(card, "body", blocks);
    return card;
}

static Json *teams_body(const Story *story)
{
    Json *body = json_new_object(), *attachments = json_new_array(), *one = json_new_object();

    (void)json_put_text(one, "contentType", "application/vnd.microsoft.card.adaptive");
    (void)json_put_text(one, "contentUrl", NULL);
    (void)json_put(one, "content", teams_card(story));
    (void)json_push(attachments, one);
    (void)json_put_text(body, "type", "message");
    (void)json_put(body, "attachments", attachments);
    return body;
}

char *webhook_body(WebhookKind kind, const Story *story)
{
    static Json *(*const bodies[])(const Story *) = {plain_body, slack_body, teams_body};
    CLEANUP(json_free) Json *body = bodies[kind](story);

    return json_line(body);
}

bool webhook_send(const Settings *settings, const Story *story, Error *err)
{
    CLEANUP(free) char *body = webhook_body(settings->notify.webhook.kind, story);
    const Delivery delivery = {.url = settings->notify.webhook.url,
                               .headers = &settings->notify.webhook.headers,
                               .body = body,
                               .budget_ms = settings->notify.webhook.timeout_ms,
                               .tries = settings->notify.webhook.tries};

    return body ? delivery_post(&delivery, err) : error_memory(err);
}
