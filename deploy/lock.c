/* See lock.h. */
#include "deploy/lock.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/platform.h"
#include "base/process/process.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { LOCK_POLL_MS = 50 };

static bool write_note(FileLock *lock, const char *why, Error *err)
{
    CLEANUP(json_free) Json *note = json_new_object();
    CLEANUP(free) char *line = NULL;
    char who[PLATFORM_WHO_SIZE];

    (void)json_put_integer(note, "pid", process_own_pid());
    (void)json_put_integer(note, "since_ms", clock_wall_ms());
    (void)json_put_text(note, "by", platform_who(who));
    (void)json_put_text(note, "why", why);
    line = json_line(note);
    return line ? file_lock_write_note(lock, line, err) : error_memory(err);
}

static void read_note(const char *text, LockHolder *out)
{
    CLEANUP(json_free) Json *note = NULL;
    Error torn = {0}; /* the holder is writing it just now */
    const char *by = NULL, *why = NULL;

    if (!json_parse(text, strlen(text), &note, &torn))
        return;
    by = json_get_text(note, "by");
    why = json_get_text(note, "why");
    out->pid = json_get_integer(note, "pid", 0);
    out->since_ms = json_get_integer(note, "since_ms", 0);
    (void)snprintf(out->by, sizeof out->by, "%s", by ? by : "");
    (void)snprintf(out->why, sizeof out->why, "%s", why ? why : "");
}

bool lock_look(const App *app, LockHolder *out, Error *err)
{
    CLEANUP(free) char *path = app_path(app, "lock");
    CLEANUP(free) char *note = NULL;
    Error unreadable = {0};

    memset(out, 0, sizeof *out);
    if (!path)
        return error_memory(err);
    out->held = file_lock_is_held(path);
    if (out->held && file_lock_read_note(path, &note, &unreadable))
        read_note(note, out);
    return true;
}

static bool locked_by_other(const App *app, Error *err)
{
    LockHolder holder = {0};
    char since[CLOCK_ISO_SIZE];

    if (!lock_look(app, &holder, err))
        return false;
    if (holder.pid == 0)
        (void)error_set(err, ERR_LOCKED, "another godeploy works on %s", app->settings->app);
    else
        (void)error_set(err, ERR_LOCKED, "%s is locked by %s (process %lld) since %s: %s",
                        app->settings->app, holder.by, (long long)holder.pid,
                        clock_format_iso(holder.since_ms, since), holder.why);
    return error_hint(err, "Wait for it: `--wait 300s`. The lock ends with that process.");
}

bool lock_take(const App *app, const char *why, int64_t wait_ms, FileLock **out, Error *err)
{
    int64_t deadline = clock_monotonic_ms() + wait_ms;
    CLEANUP(file_lock_release) FileLock *lock = NULL;
    CLEANUP(free) char *path = app_path(app, "lock");

    if (!path)
        return error_memory(err);
    for (;;) {
        if (!file_lock_try(path, &lock, err))
            return false;
        if (lock)
            break;
        if (clock_monotonic_ms() >= deadline)
            return locked_by_other(app, err);
        if (!clock_sleep_ms(LOCK_POLL_MS) && !interrupt_check(err))
            return false;
    }
    if (!write_note(lock, why, err))
        return false;
    *out = TAKE(lock);
    return true;
}

bool lock_check_hold(const App *app, Error *err)
{
    FreezeRecord freeze = {0};
    char since[CLOCK_ISO_SIZE];

    if (!journal_freeze(app->journal, &freeze, err))
        return false;
    if (freeze.since_ms == 0)
        return true;
    (void)error_set(err, ERR_LOCKED, "%s is held by %s since %s: %s", app->settings->app, freeze.by,
                    clock_format_iso(freeze.since_ms, since), freeze.message);
    return error_hint(err, "`godeploy unlock` ends the hold.");
}
