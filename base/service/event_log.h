/* event_log: the Event Log of Windows, source `godeploy` of the log Application. Where a system has
 * none, nothing is written.
 *
 * event_log_windows.c writes; event_log_posix.c does not.
 * Source: https://learn.microsoft.com/windows/win32/eventlog/event-logging */
#ifndef GODEPLOY_BASE_SERVICE_EVENT_LOG_H
#define GODEPLOY_BASE_SERVICE_EVENT_LOG_H

#include "base/error.h"

#include <stdbool.h>

typedef enum EventLogLevel {
    EVENT_LOG_INFORMATION,
    EVENT_LOG_WARNING,
    EVENT_LOG_ERROR
} EventLogLevel;

/* Ids above are not shown with their text: EventCreate.exe has messages 1 to 1000. */
enum { EVENT_LOG_MOST_ID = 1000 };

bool event_log_exists(void); /* does this system have one? */

/* Registers the source, so that the viewer shows the text; *changed is false where it was already.
 * Needs an administrator (ERR_PERMISSION), once. */
bool event_log_install(bool *changed, Error *err);
/* Success where it is not registered; *changed is false then. */
bool event_log_remove(bool *changed, Error *err);
bool event_log_is_installed(void);

/* One entry, one line or several. A log that cannot be written must stop nothing: false is for
 * whoever wants to say so. Longer text is cut at 31 839 characters, the log's own limit. */
bool event_log_write(EventLogLevel level, unsigned id, const char *text);

#endif
