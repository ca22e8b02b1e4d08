/* See examination.h. */
#include "deploy/doctor/examination.h"

#include "deploy/doctor/checks.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct Teller {
    const char *check;
    DoctorCode code;
} Teller;

/* Which check tells a finding of the situation, and under which name. */
static Teller teller_of(FindingKind kind)
{
    switch (kind) {
    case FINDING_PROXY_DOWN:
        return (Teller){"engine", DOCTOR_ENGINE_DOWN};
    case FINDING_ROUTE_WRONG:
        return (Teller){"engine", DOCTOR_ROUTE_WRONG};
    case FINDING_GATE_WRONG:
        return (Teller){"engine", DOCTOR_GATE_WRONG};
    case FINDING_SERVING_DOWN:
        return (Teller){"runner", DOCTOR_INSTANCE_DOWN};
    case FINDING_UNSUPERVISED:
        return (Teller){"runner", DOCTOR_INSTANCE_UNSUPERVISED};
    case FINDING_LEFT_OVER:
        return (Teller){"runner", DOCTOR_INSTANCE_LEFT_OVER};
    case FINDING_RELEASE_MISSING:
        return (Teller){"releases", DOCTOR_RELEASE_MISSING};
    case FINDING_CONFIG_UNPROVEN:
        return (Teller){"state", DOCTOR_CONFIG_UNPROVEN};
    case FINDING_JOURNAL_LOST:
        return (Teller){"journal", DOCTOR_JOURNAL_LOST};
    case FINDING_OPEN_DEPLOYMENT:
        break;
    }
    return (Teller){"state", DOCTOR_DEPLOYMENT_OPEN};
}

/* ---- what a check says ---- */

static Symptom *next_symptom(Examination *examination, DoctorCode code, const char *fix)
{
    Diagnosis *diagnosis = examination->diagnosis;
    Symptom *symptom = &diagnosis->symptoms[diagnosis->count];

    if (diagnosis->count + 1 < DIAGNOSIS_MOST)
        diagnosis->count++;
    examination->said++;
    *symptom = (Symptom){.check = examination->check->name, .code = code};
    (void)snprintf(symptom->fix, sizeof symptom->fix, "%s", fix);
    return symptom;
}

void say(Examination *examination, DoctorCode code, const char *fix, const char *format, ...)
{
    Symptom *symptom = next_symptom(examination, code, fix);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(symptom->text, sizeof symptom->text, format, arguments);
    va_end(arguments);
}

void say_well(Examination *examination, const char *format, ...)
{
    Symptom *symptom = NULL;
    va_list arguments;

    if (examination->said > 0)
        return;
    symptom = next_symptom(examination, DOCTOR_WELL, "");
    va_start(arguments, format);
    (void)vsnprintf(symptom->text, sizeof symptom->text, format, arguments);
    va_end(arguments);
}

void say_error(Examination *examination, DoctorCode code, const char *fix, const Error *error)
{
    say(examination, code, error->hint[0] != '\0' ? error->hint : fix, "%s", error->message);
}

void say_findings(Examination *examination)
{
    const Situation *situation = examination->situation;

    for (size_t i = 0; situation && i < situation->finding_count; i++) {
        const Finding *finding = &situation->findings[i];
        Teller teller = teller_of(finding->kind);

        if (text_equal(teller.check, examination->check->name))
            say(examination, teller.code, finding->fix, "%s", finding->text);
    }
}

/* ---- one check after the other ---- */

/* Why it cannot be run; NULL: it can. What is missing is told by another check already. */
static const char *what_is_missing(const Examination *examination)
{
    if (examination->check->needs >= NEEDS_SETTINGS && !examination->settings)
        return "the settings cannot be read";
    if (examination->check->needs >= NEEDS_APP && !examination->app)
        return "the app cannot be opened";
    if (examination->check->needs >= NEEDS_SITUATION && !examination->situation)
        return "its state cannot be seen";
    return NULL;
}

static void run_list(Examination *examination, DoctorCheckList list)
{
    for (size_t i = 0; i < list.count; i++) {
        const char *missing = NULL;

        examination->check = &list.rows[i];
        examination->said = 0;
        missing = what_is_missing(examination);
        if (missing)
            say(examination, DOCTOR_NOT_LOOKED_AT, "", "not looked at: %s", missing);
        else
            examination->check->run(examination);
    }
}

void examination_run(Examination *examination)
{
    run_list(examination, checks_everywhere());
    run_list(examination, checks_of_this_system());
}
