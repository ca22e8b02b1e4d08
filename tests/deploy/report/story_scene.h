/* story_scene: the stories that reports are tested with, told event by event as the pipeline tells
 * them. Included once in a test program. */
#ifndef GODEPLOY_TESTS_DEPLOY_REPORT_STORY_SCENE_H
#define GODEPLOY_TESTS_DEPLOY_REPORT_STORY_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "deploy/report/story.h"

/* 2026-11-23T12:00:00Z, when the deployment began. */
#define NOON INT64_C(1795435200000)

static inline void hear_nothing(void *context, const Event *event)
{
    (void)context;
    (void)event;
}

static const Observer nobody = {hear_nothing, NULL};

static inline void tell_at(Story *story, int64_t after_ms, Event event)
{
    const Observer *observer = story_listen(story, &nobody);

    event.app = "shop";
    event.deployment = "7";
    event.deployment_began_ms = NOON;
    event.release = "2.0.0";
    event.from = "1.0.0";
    event.slot = "green";
    event.wall_ms = NOON + after_ms;
    observer->notice(observer->context, &event);
}

/* Sent back by its watch: flip is undone. */
static inline Story story_of_failure(const char *message)
{
    Story story = {0};
    Error err = {0};

    (void)error_set(&err, ERR_FLIPPED_BACK, "%s", message);
    (void)error_serves(&err, "release 1.0.0 still answers all requests");
    (void)error_hint(&err, "Read its log.");
    tell_at(&story, 1,
            (Event){.kind = EVENT_STAGE_SKIPPED, .stage = "check", .text = "already done"});
    tell_at(&story, 10, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "flip"});
    tell_at(&story, 30,
            (Event){.kind = EVENT_STAGE_DONE, .stage = "flip", .text = "proof", .took_ms = 20});
    tell_at(&story, 30, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "watch"});
    tell_at(&story, 530,
            (Event){.kind = EVENT_STAGE_FAILED, .stage = "watch", .error = &err, .took_ms = 500});
    tell_at(&story, 530, (Event){.kind = EVENT_UNDO_BEGIN, .stage = "flip"});
    tell_at(&story, 540, (Event){.kind = EVENT_UNDO_DONE, .stage = "flip", .took_ms = 10});
    tell_at(&story, 600, (Event){.kind = EVENT_DEPLOYMENT_FAILED, .error = &err, .took_ms = 600});
    return story;
}

static inline Story story_of_success(bool rollback)
{
    Story story = {0};

    tell_at(&story, 10, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "flip"});
    tell_at(&story, 30,
            (Event){.kind = EVENT_STAGE_DONE, .stage = "flip", .text = "proof", .took_ms = 20});
    tell_at(&story, 40, (Event){.kind = EVENT_DEPLOYMENT_DONE, .text = "release 2.0.0 serves"});
    story.rollback = rollback;
    return story;
}

#endif
