/* check_settings: can they be read, and has this host what they ask for? */
#include "deploy/doctor/checks.h"
#include "deploy/engine_needs.h"

static bool are_met(const Settings *settings, Error *err)
{
    const Engine *engine = NULL;
    const Runner *runner = NULL;

    return engine_find(settings->traffic.engine, &engine, err) &&
           engine_meets(engine, settings, err) &&
           runner_find(settings->service.runner, &runner, err);
}

void check_settings(Examination *examination)
{
    Error why = {0};

    if (!examination->settings)
        say_error(examination, DOCTOR_SETTINGS_REFUSED,
                  "`godeploy help settings` says what each setting takes.",
                  &examination->settings_trouble);
    else if (!are_met(examination->settings, &why))
        say_error(examination, DOCTOR_SETTINGS_UNMET, "Change the setting that is named.", &why);
    else
        say_well(examination, "%s is sound", examination->settings->file);
}
