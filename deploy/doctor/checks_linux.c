/* See checks.h: what only Linux has. */
#include "deploy/doctor/checks_linux.h"
#include "deploy/doctor/checks.h"

static const DoctorCheck rows[] = {
    {"limits", NEEDS_SITUATION, check_limits},
};

DoctorCheckList checks_of_this_system(void)
{
    return (DoctorCheckList){.rows = rows, .count = sizeof rows / sizeof rows[0]};
}
