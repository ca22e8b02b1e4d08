/* See story.h. */
#include "deploy/report/story.h"

#include "base/text.h"

#include <string.h>

/* What does not fit is cut between two characters. */
static void keep_text(char *out, size_t size, const char *text)
{
    size_t length = text ? strnlen(text, size) : 0;

    if (!text)
        return;
    if (length == size)
        for (length--; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    memcpy(out, text, length);
    out[length] = '\0';
}

/* Some of it is known late: the version by verify, the slot by start. */
static void keep_facts(Story *story, const Event *event)
{
    keep_text(story->app, sizeof story->app, event->app);
    keep_text(story->deployment, sizeof story->deployment, event->deployment);
    keep_text(story->release, sizeof story->release, event->release);
    keep_text(story->from, sizeof story->from, event->from);
    keep_text(story->slot, sizeof story->slot, event->slot);
    story->rollback = event->rollback;
    story->is_open = event->is_open;
    story->after_kill = event->after_kill;
    story->began_ms = event->deployment_began_ms;
}

static void begin_part(Story *story, const Event *event)
{
    StoryPart *part = &story->parts[story->count];

    if (story->count == STORY_MOST_PARTS)
        return;
    story->count++;
    *part = (StoryPart){.undoes = event->kind == EVENT_UNDO_BEGIN,
                        .began_ms = event->wall_ms,
                        .ended_ms = event->wall_ms};
    keep_text(part->stage, sizeof part->stage, event->stage);
}

/* The part that runs; one that was done before this process has none that began. */
static StoryPart *open_part(Story *story, const Event *event)
{
    StoryPart *last = story->count > 0 ? &story->parts[story->count - 1] : NULL;

    if (last && last->result == STORY_RUNS && text_equal(last->stage, event->stage))
        return last;
    begin_part(story, event);
    return &story->parts[story->count - 1];
}

static void end_part(Story *story, const Event *event, StoryResult result)
{
    StoryPart *part = open_part(story, event);

    part->result = result;
    part->took_ms = event->took_ms;
    part->ended_ms = event->wall_ms > part->began_ms ? event->wall_ms : part->began_ms;
    keep_text(part->text, sizeof part->text, event->error ? event->error->message : event->text);
}

static void end_undo(Story *story, const Event *event)
{
    end_part(story, event, event->error ? STORY_FAILED : STORY_DONE);
    if (!event->error && text_equal(event->stage, "flip"))
        story->flipped_back = true;
}

static void end_story(Story *story, const Event *event, StoryResult result)
{
    story->result = result;
    story->ended_ms = event->wall_ms > story->began_ms ? event->wall_ms : story->began_ms;
    if (event->error)
        story->error = *event->error;
}

static void keep(Story *story, const Event *event)
{
    switch (event->kind) {
    case EVENT_STAGE_BEGIN:
    case EVENT_UNDO_BEGIN:
        begin_part(story, event);
        break;
    case EVENT_STAGE_DONE:
        end_part(story, event, STORY_DONE);
        break;
    case EVENT_STAGE_SKIPPED:
        end_part(story, event, STORY_SKIPPED);
        break;
    case EVENT_STAGE_WAITS:
        end_part(story, event, STORY_WAITS);
        break;
    case EVENT_STAGE_FAILED:
        end_part(story, event, STORY_FAILED);
        break;
    case EVENT_UNDO_DONE:
        end_undo(story, event);
        break;
    case EVENT_DEPLOYMENT_DONE:
        end_story(story, event, STORY_DONE);
        break;
    case EVENT_DEPLOYMENT_FAILED:
        end_story(story, event, STORY_FAILED);
        break;
    case EVENT_DEPLOYMENT_ABORTED:
        end_story(story, event, STORY_ABORTED);
        break;
    case EVENT_DEPLOYMENT_BEGIN:
    case EVENT_STAGE_PROGRESS:
    case EVENT_NOTE:
    case EVENT_WARNING:
        break;
    }
}

static void notice(void *context, const Event *event)
{
    Story *story = context;

    if (event->deployment) { /* what is repaired before belongs to none */
        keep_facts(story, event);
        keep(story, event);
    }
    story->next->notice(story->next->context, event);
}

const Observer *story_listen(Story *story, const Observer *next)
{
    story->observer = (Observer){.notice = notice, .context = story};
    story->next = next;
    return &story->observer;
}

/* ---- what it comes to ---- */

bool story_has_ended(const Story *story)
{
    return story->result != STORY_RUNS;
}

const char *story_result_name(StoryResult result)
{
    static const char *const names[] = {"open", "done", "failed", "aborted", "skipped", "waits"};

    return names[result];
}

const StoryPart *story_failed_part(const Story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->parts[i].result == STORY_FAILED && !story->parts[i].undoes)
            return &story->parts[i];
    return NULL;
}

static void append_what(const Story *story, Text *out)
{
    text_appendf(out, "%s", story->rollback ? "the rollback" : "the deployment");
    if (story->release[0] != '\0')
        text_appendf(out, " %s release %s", story->rollback ? "to" : "of", story->release);
}

static void append_success(const Story *story, Text *out)
{
    text_appendf(out, "release %s serves%s", story->release, story->rollback ? " again" : "");
    if (story->from[0] != '\0')
        text_appendf(out, " (before: %s)", story->from);
}

static void append_failure(const Story *story, Text *out)
{
    const StoryPart *failed = story_failed_part(story);

    append_what(story, out);
    text_appendf(out, " failed%s%s", failed ? " at " : "", failed ? failed->stage : "");
    if (story->flipped_back)
        text_append(out, ", the traffic went back");
    if (story->is_open)
        text_append(out, ", and is still open");
}

static void append_other(const Story *story, Text *out)
{
    append_what(story, out);
    text_append(out, story->result == STORY_ABORTED ? " was undone by the operator" : " goes on");
}

void story_headline(const Story *story, Text *out)
{
    text_appendf(out, "%s: ", story->app);
    if (story->result == STORY_DONE)
        append_success(story, out);
    else if (story->result == STORY_FAILED)
        append_failure(story, out);
    else
        append_other(story, out);
    if (story->after_kill)
        text_append(out, "; an earlier godeploy was killed in the middle of it");
}
