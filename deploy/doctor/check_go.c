/* check_go: where the settings run the Go toolchain, is it there, and which? */
#include "base/path.h"
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

static bool is_go(const TextList *command)
{
    const char *name = command->count > 0 ? path_file_name(command->items[0]) : "";

    return text_equal_ignoring_case(name, "go") || text_equal_ignoring_case(name, "go.exe");
}

static bool any_is_go(const HookList *hooks)
{
    for (size_t i = 0; i < hooks->count; i++)
        if (is_go(&hooks->items[i]))
            return true;
    return false;
}

static bool is_wanted(const Settings *settings)
{
    return is_go(&settings->service.command) || any_is_go(&settings->hooks.before_start) ||
           any_is_go(&settings->hooks.before_flip) || any_is_go(&settings->hooks.after_flip) ||
           any_is_go(&settings->hooks.after_retire) || any_is_go(&settings->hooks.on_failure);
}

static const char install[] =
    "Install Go for all users, and open a new prompt: PATH is read when it opens.";

static void tell(Examination *examination, const WindowsGo *go)
{
    if (go->programs.count == 0) {
        say(examination, DOCTOR_GO_MISSING, install,
            "the settings run `go`, and PATH leads to no go.exe");
        return;
    }
    if (go->version[0] == '\0')
        say(examination, DOCTOR_GO_MISSING, install, "the settings run `go`, and %s does not run",
            go->programs.items[0]);
    if (go->programs.count > 1)
        say(examination, DOCTOR_GO_SEVERAL, "Name the one that is meant by its whole path.",
            "PATH leads to %zu go.exe; %s is taken, %s is not", go->programs.count,
            go->programs.items[0], go->programs.items[1]);
    say_well(examination, "%s (%s)", go->version, go->folders);
}

void check_go(Examination *examination)
{
    CLEANUP_WINDOWS_GO WindowsGo go = {0};
    Error why = {0};

    if (!is_wanted(examination->settings))
        say_well(examination, "the settings do not run the Go toolchain");
    else if (!windows_go(&go, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else
        tell(examination, &go);
}
