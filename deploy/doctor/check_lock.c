/* check_lock: does somebody work on the app, or hold it, and for how long already? */
#include "base/clock.h"
#include "deploy/doctor/checks.h"
#include "deploy/lock.h"

enum { LONG_MS = 3600000 };

static void look_at_lock(Examination *examination)
{
    LockHolder holder = {0};
    char took[TEXT_QUANTITY_SIZE];
    Error why = {0};
    int64_t for_ms = 0;

    if (!lock_look(examination->app, &holder, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (!holder.held)
        return;
    for_ms = holder.since_ms > 0 ? clock_wall_ms() - holder.since_ms : 0;
    if (for_ms > LONG_MS)
        say(examination, DOCTOR_LOCK_HELD_LONG,
            "Look what that process waits for; the lock ends with it.",
            "%s (process %lld, %s) has worked on it for %s", holder.by, (long long)holder.pid,
            holder.why, text_duration(for_ms, took));
    else
        say(examination, DOCTOR_LOCK_HELD, "Wait for it: `--wait 300s`.",
            "%s (process %lld) works on it: %s", holder.by, (long long)holder.pid, holder.why);
}

static void look_at_hold(Examination *examination)
{
    FreezeRecord freeze = {0};
    char since[CLOCK_ISO_SIZE];
    Error why = {0};

    if (!examination->app->journal)
        return;
    if (!journal_freeze(examination->app->journal, &freeze, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else if (freeze.since_ms != 0)
        say(examination, DOCTOR_APP_HELD, "`godeploy unlock` ends the hold.",
            "%s has held it since %s: %s", freeze.by, clock_format_local(freeze.since_ms, since),
            freeze.message);
}

void check_lock(Examination *examination)
{
    look_at_lock(examination);
    look_at_hold(examination);
    say_well(examination, "nobody works on it or holds it");
}
