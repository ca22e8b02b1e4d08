/* check_runner: does the release that should run do so, watched over, and without falling again and
 * again? */
#include "deploy/doctor/checks.h"
#include "deploy/instance.h"
#include "deploy/runner/supervised.h"

static void look_at_program(Examination *examination)
{
    CLEANUP(free) char *program = NULL;
    Error why = {0};

    if (text_equal(examination->app->runner->name, "supervise") &&
        !supervised_program(&program, &why))
        say_error(examination, DOCTOR_PROGRAM_MISSING, "Install godeploy anew.", &why);
}

static void look_at_restarts(Examination *examination, Slot slot)
{
    const InstanceState *state = &examination->situation->instances[slot];

    if (state->restarts == 0)
        return;
    say(examination, DOCTOR_INSTANCE_RESTARTED,
        "`godeploy logs` shows what it wrote before; after service.restart.times restarts it stays "
        "down.",
        "release %s in slot %s was restarted %d time%s%s%s", state->release, slot_name(slot),
        state->restarts, text_plural(state->restarts), state->last_exit[0] != '\0' ? ": " : "",
        state->last_exit);
}

static void look_at_hindrance(Examination *examination, const Runner *runner, Slot slot)
{
    const InstancePlace place = app_instance_place(examination->app, slot);
    bool serves = examination->situation->serving.slot == slot;
    Error why = {0};

    if (runner->hindered && runner->hindered(&place, serves, &why))
        say_error(examination, DOCTOR_RUNNER_HINDERED, "", &why);
}

/* The runner of the settings, and one that started something here before. */
static void look_at_hindrances(Examination *examination, Slot slot)
{
    const InstancePlace place = app_instance_place(examination->app, slot);
    const Runner *const *runners = runners_here();

    look_at_hindrance(examination, examination->app->runner, slot);
    for (size_t i = 0; runners[i]; i++)
        if (runners[i] != examination->app->runner && runners[i]->remembers &&
            runners[i]->remembers(&place))
            look_at_hindrance(examination, runners[i], slot);
}

/* One that another runner has is no trouble: the next deployment moves it. */
static void tell_keeper(Examination *examination, const ServingRecord *serving)
{
    const Runner *runner = NULL;
    Error ignored = {0};

    if (!instance_runner(examination->app, serving->slot, &runner, &ignored))
        return; /* the situation has said why */
    say_well(examination, "%s keeps release %s in slot %s running%s%s", runner->name,
             serving->version, slot_name(serving->slot),
             runner == examination->app->runner ? "" : "; the next deployment is for ",
             runner == examination->app->runner ? "" : examination->app->runner->name);
}

void check_runner(Examination *examination)
{
    const ServingRecord *serving = &examination->situation->serving;

    look_at_program(examination);
    say_findings(examination);
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++) {
        look_at_restarts(examination, (Slot)slot);
        look_at_hindrances(examination, (Slot)slot);
    }
    if (serving->version[0] != '\0')
        tell_keeper(examination, serving);
    say_well(examination, "%s will keep releases running", examination->app->runner->name);
}
