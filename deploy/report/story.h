/* story: what a deployment did, as its events tell it: kept for those who are told only at the end.
 *
 * An observer like those of the terminal and the Event Log: it keeps what it hears and hands it on.
 */
#ifndef GODEPLOY_DEPLOY_REPORT_STORY_H
#define GODEPLOY_DEPLOY_REPORT_STORY_H

#include "base/text.h"
#include "deploy/journal/journal.h"
#include "deploy/progress.h"

enum { STORY_MOST_PARTS = 64, STORY_APP_SIZE = 64, STORY_ID_SIZE = 24, STORY_SLOT_SIZE = 8 };

typedef enum StoryResult {
    STORY_RUNS, /* open: the next command goes on with it */
    STORY_DONE,
    STORY_FAILED,
    STORY_ABORTED, /* undone because the operator wanted it */
    STORY_SKIPPED, /* of a part alone: it was done before */
    STORY_WAITS    /* of a part alone: for `godeploy promote` */
} StoryResult;

/* A stage that ran, or was undone. */
typedef struct StoryPart {
    char stage[JOURNAL_STAGE_SIZE];
    bool undoes;
    StoryResult result;
    int64_t began_ms, ended_ms; /* by the wall clock */
    int64_t took_ms;
    char text[JOURNAL_LINE_SIZE]; /* the proof, or why it failed */
} StoryPart;

typedef struct Story {
    Observer observer;
    const Observer *next; /* borrowed */
    char app[STORY_APP_SIZE];
    char deployment[STORY_ID_SIZE]; /* "": there was none */
    char release[JOURNAL_VERSION_SIZE];
    char from[JOURNAL_VERSION_SIZE];
    char slot[STORY_SLOT_SIZE];
    bool rollback;
    bool flipped_back; /* the new release had the traffic, and lost it */
    bool is_open;      /* nothing has closed it: what failed may still be finished */
    bool after_kill;   /* an earlier process was killed in the middle of it, and told nobody */
    StoryResult result;
    int64_t began_ms, ended_ms;        /* by the wall clock; began perhaps by an earlier command */
    Error error;                       /* of STORY_FAILED */
    StoryPart parts[STORY_MOST_PARTS]; /* in this process; more share the last one */
    size_t count;
} Story;

/* The observer that keeps *story, which must stay where it is, and hands on to `next`. What was
 * heard before is kept. */
const Observer *story_listen(Story *story, const Observer *next);

/* This run is done with it. */
bool story_has_ended(const Story *story);
const char *story_result_name(StoryResult result); /* "done"; static */
/* One line: "shop: release 2.0.0 serves (before: 1.0.0)". */
void story_headline(const Story *story, Text *out);
/* The stage that failed; NULL if none did. */
const StoryPart *story_failed_part(const Story *story);

#endif
