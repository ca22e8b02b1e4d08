/* See doctor.h. */
#include "deploy/doctor/doctor.h"

#include "deploy/app.h"
#include "deploy/doctor/examination.h"
#include "deploy/situation.h"

#include <stdlib.h>

void diagnosis_free(Diagnosis *diagnosis)
{
    free(diagnosis);
}

bool doctor_examine(const Settings *settings, const Error *unreadable, Diagnosis **out, Error *err)
{
    CLEANUP(diagnosis_free) Diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    CLEANUP(app_close) App *app = NULL;
    Examination examination = {.settings = settings, .diagnosis = diagnosis};
    Situation situation;

    if (!diagnosis)
        return error_memory(err);
    if (!settings)
        examination.settings_trouble = *unreadable;
    else if (app_open(settings, JOURNAL_LOOK, &app, &examination.app_trouble))
        examination.app = app;
    if (app && situation_look(app, &situation, &examination.situation_trouble))
        examination.situation = &situation;
    examination_run(&examination);
    *out = TAKE(diagnosis);
    return true;
}

size_t diagnosis_count_of(const Diagnosis *diagnosis, DoctorLevel level)
{
    size_t count = 0;

    for (size_t i = 0; i < diagnosis->count; i++)
        if (doctor_code_level(diagnosis->symptoms[i].code) == level)
            count++;
    return count;
}

ErrorCode diagnosis_outcome(const Diagnosis *diagnosis)
{
    if (diagnosis_count_of(diagnosis, LEVEL_STATE) > 0)
        return ERR_STATE;
    return diagnosis_count_of(diagnosis, LEVEL_PROBLEM) > 0 ? ERR_AILING : ERR_NONE;
}
