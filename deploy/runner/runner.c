/* See runner.h. */
#include "deploy/runner/runner.h"

#include <string.h>

enum { REPORTED_LINES = 10, REPORTED_BYTES = 1200 };

bool runner_find(const char *name, const Runner **out, Error *err)
{
    const Runner *const *runners = runners_here();

    if (text_equal(name, "auto")) {
        *out = runner_auto();
        return true;
    }
    for (size_t i = 0; runners[i]; i++) {
        if (text_equal(runners[i]->name, name)) {
            *out = runners[i];
            return true;
        }
    }
    if (text_equal(name, "systemd") || text_equal(name, "service"))
        error_set(err, ERR_SETTINGS, "service.runner: %s is not in this build", name);
    else
        error_set(err, ERR_SETTINGS, "service.runner: there is no runner %s", name);
    return error_hint(err, "Use service.runner: auto, which takes what this system has.");
}

bool runner_meets(const Runner *runner, const Settings *settings, Error *err)
{
    const Confinement *confinement = &settings->service.confinement;
    const struct {
        const char *setting;
        bool asked;
        unsigned ability;
    } needs[] = {
        {"service.account",       settings->service.account != NULL, RUNNER_ACCOUNT},
        {"service.limits.memory", confinement->memory > 0,           RUNNER_LIMITS },
        {"service.limits.cpu",    confinement->cpu_ppm > 0,          RUNNER_LIMITS },
        {"service.limits.tasks",  confinement->tasks > 0,            RUNNER_LIMITS },
    };

    if (runner->usable && !runner->usable(err))
        return false;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (!needs[i].asked || (runner->can & needs[i].ability) != 0)
            continue;
        error_set(err, ERR_SETTINGS, "%s: runner %s, which is in use here, cannot do that",
                  needs[i].setting, runner->name);
        return error_hint(err, "Take the setting away, or set service.runner to one that can.");
    }
    return true;
}

bool runner_report_end(const Runner *runner, const InstancePlace *place, const InstanceState *state,
                       Error *err)
{
    CLEANUP_TEXT Text lines = {0};
    const char *said, *before = "; its last lines:\n";
    Error unread = {0};

    if (runner->last_lines(place, REPORTED_LINES, &lines, NULL, &unread)) {
        said = text_chars(&lines);
        if (strlen(said) > REPORTED_BYTES)
            said += strlen(said) - REPORTED_BYTES;
        if (said[0] == '\0')
            before = "; it wrote nothing";
    } else {
        said = unread.message;
        before = "; what it wrote is not known: ";
    }
    error_set(err, ERR_START, "release %s in slot %s %s: %s%s%s", state->release, place->slot,
              text_starts_with(state->last_exit, "starting ") ? "did not start" : "ended",
              state->last_exit[0] ? state->last_exit : "how is not known", before, said);
    if (text_ends_with(err->message, "\n"))
        err->message[strlen(err->message) - 1] = '\0';
    return error_hint(err,
                      "Run its command by hand in its folder, or read `godeploy logs --slot %s`.",
                      place->slot);
}
