/* See checks.h: what only Windows has. */
#include "deploy/doctor/windows_checks.h"

DoctorCheckList checks_of_this_system(void)
{
    return windows_checks();
}
