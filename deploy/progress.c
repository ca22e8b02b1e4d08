/* See progress.h. */
#include "deploy/progress.h"

const char *event_kind_name(EventKind kind)
{
    switch (kind) {
    case EVENT_DEPLOYMENT_BEGIN:
        return "deployment_begin";
    case EVENT_STAGE_BEGIN:
        return "stage_begin";
    case EVENT_STAGE_PROGRESS:
        return "stage_progress";
    case EVENT_NOTE:
        return "note";
    case EVENT_WARNING:
        return "warning";
    case EVENT_STAGE_DONE:
        return "stage_done";
    case EVENT_STAGE_SKIPPED:
        return "stage_skipped";
    case EVENT_STAGE_WAITS:
        return "stage_waits";
    case EVENT_STAGE_FAILED:
        return "stage_failed";
    case EVENT_UNDO_BEGIN:
        return "undo_begin";
    case EVENT_UNDO_DONE:
        return "undo_done";
    case EVENT_DEPLOYMENT_DONE:
        return "deployment_done";
    case EVENT_DEPLOYMENT_FAILED:
        return "deployment_failed";
    case EVENT_DEPLOYMENT_ABORTED:
        return "deployment_aborted";
    }
    return "unknown";
}
