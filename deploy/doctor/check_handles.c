/* check_handles: how many handles does each instance hold, and of which kinds? A leak shows long
 * before it hurts; the watch of a deployment sees its slope, here one sees its height. */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

enum { HANDLES_MANY = 20000 };

static void tell_kinds(const WindowsHandles *handles, Text *out)
{
    for (int i = 0; i < WINDOWS_HANDLE_KINDS && handles->most[i].count > 0; i++)
        text_appendf(out, "%s%lld %s", i == 0 ? ": " : ", ", (long long)handles->most[i].count,
                     handles->most[i].name);
}

static bool look_at_slot(Examination *examination, Slot slot, Text *seen, Error *err)
{
    const InstanceState *state = &examination->situation->instances[slot];
    CLEANUP_TEXT Text kinds = {0};
    WindowsHandles handles = {0};

    if (state->process.pid == 0)
        return true;
    if (!windows_handles(state->process.pid, &handles, err))
        return false;
    tell_kinds(&handles, &kinds);
    if (handles.count > HANDLES_MANY)
        say(examination, DOCTOR_HANDLES_MANY,
            "Look for a leak (`handle.exe -s -p PID`); a new release starts from nothing.",
            "release %s in slot %s holds %lld handles%s", state->release, slot_name(slot),
            (long long)handles.count, text_chars(&kinds));
    text_appendf(seen, "%s%s holds %lld handles%s", seen->length > 0 ? "; " : "", slot_name(slot),
                 (long long)handles.count, text_chars(&kinds));
    return true;
}

void check_handles(Examination *examination)
{
    CLEANUP_TEXT Text seen = {0};
    Error why = {0};

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (!look_at_slot(examination, (Slot)slot, &seen, &why)) {
            say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
            return;
        }
    say_well(examination, "%s", seen.length > 0 ? text_chars(&seen) : "no release runs");
}
