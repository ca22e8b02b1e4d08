/* event_text: what an entry of the Event Log says, so that the viewer shows it as it is. Its one
 * user is base/service/event_log_windows.c; made on every system, so that it is tested on every
 * one. */
#ifndef GODEPLOY_BASE_SERVICE_EVENT_TEXT_H
#define GODEPLOY_BASE_SERVICE_EVENT_TEXT_H

/* The viewer takes a percent sign and a number, as in "a%20b" or "fe80::1%4", for a place to put
 * the entry's own text into, and nothing escapes that: a blank is put between them. Source:
 * Microsoft's KB 934640. NULL if out of memory. Caller frees. */
char *event_text(const char *text);

#endif
