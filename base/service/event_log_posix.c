/* See event_log.h: this system has no Event Log. */
#include "base/service/event_log.h"

bool event_log_exists(void)
{
    return false;
}

bool event_log_install(bool *changed, Error *err)
{
    (void)err;
    *changed = false;
    return true;
}

bool event_log_remove(bool *changed, Error *err)
{
    (void)err;
    *changed = false;
    return true;
}

bool event_log_is_installed(void)
{
    return false;
}

bool event_log_write(EventLogLevel level, unsigned id, const char *text)
{
    (void)level;
    (void)id;
    (void)text;
    return true;
}
