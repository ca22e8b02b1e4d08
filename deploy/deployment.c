/* See deployment.h. */
#include "deploy/deployment.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROGRESS_EVERY_MS = 50 };

void deployment_end(Deployment *deployment)
{
    json_free(deployment->detail);
    deployment->detail = NULL;
}

Instance deployment_instance(const Deployment *deployment)
{
    return (Instance){.version = deployment->record.version,
                      .slot = deployment->record.slot,
                      .id = deployment->record.instance};
}

void deployment_tell(const Deployment *deployment, Event event)
{
    char id[24];

    if (!deployment->observer)
        return;
    (void)snprintf(id, sizeof id, "%lld", (long long)deployment->record.id);
    event.app = deployment->app->settings->app;
    event.deployment = deployment->record.id ? id : NULL;
    event.deployment_began_ms = deployment->record.started_ms;
    event.release = deployment->record.version;
    event.from = deployment->record.from_version;
    event.slot = slot_name(deployment->record.slot);
    event.rollback = deployment->record.kind == KIND_ROLLBACK;
    event.is_open = deployment->record.state == DEPLOYMENT_OPEN;
    event.after_kill = deployment->after_kill;
    event.stage = event.stage ? event.stage : deployment->stage;
    event.stage_index = deployment->stage_index;
    event.stage_count = deployment->stage_count;
    event.wall_ms = clock_wall_ms();
    deployment->observer->notice(deployment->observer->context, &event);
}

PRINTF_LIKE(2, 0)
static void write_proof(Deployment *deployment, const char *format, va_list arguments)
{
    (void)vsnprintf(deployment->proof, sizeof deployment->proof, format, arguments);
}

void deployment_proof(Deployment *deployment, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_proof(deployment, format, arguments);
    va_end(arguments);
}

void deployment_already(Deployment *deployment, const char *format, ...)
{
    va_list arguments;

    deployment->already = true;
    va_start(arguments, format);
    write_proof(deployment, format, arguments);
    va_end(arguments);
}

Json *deployment_detail(Deployment *deployment)
{
    if (!deployment->detail)
        deployment->detail = json_new_object();
    return deployment->detail;
}

/* Told at once, and kept; a journal that cannot take a note has said so where it mattered. */
PRINTF_LIKE(3, 0)
static void say(Deployment *deployment, EventKind kind, const char *format, va_list arguments)
{
    char text[JOURNAL_LINE_SIZE];
    EventRecord record = {.wall_ms = clock_wall_ms()};
    Error ignored = {0};

    (void)vsnprintf(text, sizeof text, format, arguments);
    deployment_tell(deployment, (Event){.kind = kind, .text = text});
    if (!deployment->record.id)
        return;
    (void)snprintf(record.stage, sizeof record.stage, "%s",
                   deployment->stage ? deployment->stage : "");
    (void)snprintf(record.kind, sizeof record.kind, "%s", event_kind_name(kind));
    (void)snprintf(record.text, sizeof record.text, "%s", text);
    (void)journal_add_event(deployment->app->journal, deployment->record.id, &record, &ignored);
}

void deployment_note(Deployment *deployment, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(deployment, EVENT_NOTE, format, arguments);
    va_end(arguments);
}

void deployment_warn(Deployment *deployment, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(deployment, EVENT_WARNING, format, arguments);
    va_end(arguments);
}

void deployment_progress(Deployment *deployment, uint64_t done, uint64_t total, ProgressUnit unit)
{
    int64_t now = clock_monotonic_ms();

    if (now - deployment->last_progress_ms < PROGRESS_EVERY_MS && done < total)
        return;
    deployment->last_progress_ms = now;
    deployment_tell(deployment, (Event){.kind = EVENT_STAGE_PROGRESS,
                                        .done = done,
                                        .total = total,
                                        .unit = unit,
                                        .took_ms = now - deployment->stage_started_ms});
}

/* For engines that know slots alone. */
static const char *release_in(const Deployment *deployment, int slot)
{
    const DeploymentRecord *record = &deployment->record;

    return slot == (int)record->slot ? record->version : record->from_version;
}

/* One that had made room was down meanwhile. */
static const char *words_of_serving(const Deployment *deployment, int active)
{
    if (active == (int)deployment->record.slot)
        return "now";
    return deployment->rollout.exclusive ? "again" : "still";
}

bool deployment_progress_bytes(void *deployment, uint64_t done, uint64_t total)
{
    deployment_progress(deployment, done, total, UNIT_BYTES);
    return !interrupt_requested();
}

void deployment_say_what_serves(const Deployment *deployment, Error *err)
{
    ServingRecord serving = {0};
    EngineView view = {0};
    const App *app = deployment->app;
    const char *release = NULL;
    Error ignored = {0};

    if (!journal_serving(app->journal, &serving, &ignored))
        return;
    if (serving.version[0] == '\0') {
        (void)error_serves(err, "no release has served yet, and none does now");
        return;
    }
    if (!app->engine->show(&app->engine_context, &view, &ignored) || !view.running) {
        (void)error_serves(err, "release %s should serve, but the traffic engine does not answer",
                           serving.version);
        return;
    }
    if (!view.known || view.active == ROUTE_NO_SLOT) {
        (void)error_serves(err,
                           "release %s should serve, but the traffic engine has no route to it",
                           serving.version);
        return;
    }
    release = view.release[0] != '\0' ? view.release : release_in(deployment, view.active);
    if (view.gate != ROUTE_OPEN)
        (void)error_serves(err, "release %s is the one to answer, but the gate is shut: %s",
                           release, view.gate == ROUTE_HELD ? "requests wait" : "maintenance");
    else
        (void)error_serves(err, "release %s %s answers all requests", release,
                           words_of_serving(deployment, view.active));
}
