/* doctor: what will hurt the next deployment, restart or rollback, found before it does.
 *
 * `godeploy doctor` shows it. It looks and changes nothing: no lock is taken, nothing is started or
 * repaired. The checks are the rows of checks.c and of checks_SYSTEM.c; each is a file of its own
 * and says at least one thing: that all is well, or what is not, and what to do. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_DOCTOR_H
#define GODEPLOY_DEPLOY_DOCTOR_DOCTOR_H

#include "base/cleanup.h"
#include "deploy/doctor/codes.h"
#include "deploy/settings/settings.h"

#include <stddef.h>

enum { SYMPTOM_TEXT_SIZE = 512, SYMPTOM_FIX_SIZE = ERROR_HINT_SIZE, DIAGNOSIS_MOST = 128 };

typedef struct Symptom {
    const char *check; /* static: "disk" */
    DoctorCode code;
    char text[SYMPTOM_TEXT_SIZE]; /* what was seen */
    char fix[SYMPTOM_FIX_SIZE];   /* a sentence: what to do; "" where nothing need be */
} Symptom;

/* In the order of the checks. */
typedef struct Diagnosis {
    Symptom symptoms[DIAGNOSIS_MOST]; /* more than that are not kept */
    size_t count;
} Diagnosis;

/* `settings` NULL: they could not be read, and *unreadable says why. */
bool doctor_examine(const Settings *settings, const Error *unreadable, Diagnosis **out, Error *err);
void diagnosis_free(Diagnosis *diagnosis);
DEFINE_CLEANUP(Diagnosis *, diagnosis_free)

size_t diagnosis_count_of(const Diagnosis *diagnosis, DoctorLevel level);
/* ERR_STATE where --resume, abort or another command must mend the state first, else ERR_AILING
 * where there is a problem, else ERR_NONE: notes and warnings alone are no failure. */
ErrorCode diagnosis_outcome(const Diagnosis *diagnosis);

#endif
