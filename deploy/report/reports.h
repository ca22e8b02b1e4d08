/* reports: everyone who is told when the work on an app is over. None of them can make it fail:
 * what could not be told is a warning. */
#ifndef GODEPLOY_DEPLOY_REPORT_REPORTS_H
#define GODEPLOY_DEPLOY_REPORT_REPORTS_H

#include "deploy/app.h"
#include "deploy/report/story.h"

typedef struct Reports {
    const Settings *settings;
    const Story *story;
    const Observer *observer; /* hears the warnings */
    const char *traceparent;  /* TRACEPARENT of whoever began it; NULL or "": none */
    const char *step_summary; /* GITHUB_STEP_SUMMARY; NULL: not set */
} Reports;

/* What is told of the journal: while the app's lock is held. */
void reports_of_journal(const Reports *reports, const App *app);

/* What is told of the story: when nobody has to wait for it any more. */
void reports_of_story(const Reports *reports);

#endif
