/* See reports.h. */
#include "deploy/report/reports.h"

#include "base/clock.h"
#include "deploy/report/summary.h"
#include "deploy/report/textfile.h"
#include "deploy/report/trace.h"
#include "deploy/report/webhook.h"

static void warn(const Reports *reports, const char *who, Error *err)
{
    Event event = {.kind = EVENT_WARNING,
                   .app = reports->settings->app,
                   .wall_ms = clock_wall_ms(),
                   .text = err->message};

    (void)error_while(err, "%s", who);
    reports->observer->notice(reports->observer->context, &event);
}

void reports_of_journal(const Reports *reports, const App *app)
{
    const char *folder = reports->settings->report.textfile;
    Error err = {0};

    if (folder && !textfile_write(app, folder, &err))
        warn(reports, "report.textfile", &err);
}

void reports_of_story(const Reports *reports)
{
    const Settings *settings = reports->settings;
    const Story *story = reports->story;
    Error err = {0};

    if (story->deployment[0] == '\0')
        return;
    if (reports->step_summary && !summary_write(story, reports->step_summary, &err))
        warn(reports, "GITHUB_STEP_SUMMARY", &err);
    if (settings->notify.webhook.url && webhook_is_told(settings, story) &&
        !webhook_send(settings, story, &err))
        warn(reports, "notify.webhook", &err);
    if (settings->trace.otlp && !trace_send(settings, story, reports->traceparent, &err))
        warn(reports, "trace.otlp", &err);
}
