/* event_log: proxy.log: one line for each notable event, none for a request. Rolled at 10 MB, eight
 * old files are kept. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_EVENT_LOG_H
#define GODEPLOY_PROXY_SERVER_PARENT_EVENT_LOG_H

#include "base/error.h"
#include "base/format.h"

typedef struct EventLog {
    const char *path; /* borrowed */
    bool foreground;  /* lines go to stderr too */
} EventLog;

/* A log that cannot be written must not stop the traffic: failures are ignored. */
void event_log(const EventLog *log, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
