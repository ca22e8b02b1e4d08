/* See codes.h. */
#include "deploy/doctor/codes.h"

typedef struct CodeRow {
    const char *name;
    DoctorLevel level;
} CodeRow;

static const CodeRow rows[] = {
#define DOCTOR_AS_ROW(name, level, word) [name] = {word, LEVEL_##level},
    DOCTOR_CODES(DOCTOR_AS_ROW)
#undef DOCTOR_AS_ROW
};

const char *doctor_code_name(DoctorCode code)
{
    return rows[code].name;
}

DoctorLevel doctor_code_level(DoctorCode code)
{
    return rows[code].level;
}

const char *doctor_level_name(DoctorLevel level)
{
    static const char *const names[] = {[LEVEL_OK] = "ok",
                                        [LEVEL_NOTE] = "note",
                                        [LEVEL_WARNING] = "warning",
                                        [LEVEL_PROBLEM] = "problem",
                                        [LEVEL_STATE] = "problem"};

    return names[level];
}
