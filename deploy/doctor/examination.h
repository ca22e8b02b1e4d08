/* examination: what the checks look at, and how they say what they saw. Internal to
 * deploy/doctor. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_EXAMINATION_H
#define GODEPLOY_DEPLOY_DOCTOR_EXAMINATION_H

#include "base/format.h"
#include "deploy/app.h"
#include "deploy/doctor/doctor.h"
#include "deploy/situation.h"

/* What a check cannot do without; where it is missing the check says so and is not run. */
typedef enum CheckNeed { NEEDS_NOTHING, NEEDS_SETTINGS, NEEDS_APP, NEEDS_SITUATION } CheckNeed;

typedef struct Examination Examination;

typedef struct DoctorCheck {
    const char *name;
    CheckNeed needs;
    void (*run)(Examination *examination);
} DoctorCheck;

struct Examination {
    const Settings *settings;   /* NULL: could not be read */
    const App *app;             /* NULL: could not be opened; its journal NULL: nothing deployed */
    const Situation *situation; /* NULL: could not be seen */
    Error settings_trouble, app_trouble, situation_trouble; /* why not */
    const DoctorCheck *check;                               /* the one that runs */
    size_t said;                                            /* by it, so far */
    Diagnosis *diagnosis;
};

/* Runs every check of this system on it. */
void examination_run(Examination *examination);

/* A check says these. `fix` is a sentence, or "". */
void say(Examination *examination, DoctorCode code, const char *fix, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* That it is well, unless it said something else: last. */
void say_well(Examination *examination, const char *format, ...) PRINTF_LIKE(2, 3);
/* An error as it is, its hint the cure (or `fix`, where it has none). */
void say_error(Examination *examination, DoctorCode code, const char *fix, const Error *error);
/* Those findings of the situation that belong to this check. */
void say_findings(Examination *examination);

#endif
