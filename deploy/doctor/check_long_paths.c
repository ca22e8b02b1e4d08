/* check_long_paths: may a service use paths of more than 260 characters? godeploy itself does
 * without asking (\\?\). */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

void check_long_paths(Examination *examination)
{
    bool on = false;
    Error why = {0};

    if (!windows_long_paths(&on, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else if (!on)
        say(examination, DOCTOR_LONG_PATHS_OFF,
            "Keep `root` short, or set LongPathsEnabled of "
            "HKLM\\SYSTEM\\CurrentControlSet\\Control\\FileSystem to 1.",
            "a service cannot open paths of more than 260 characters unless it asks for them in "
            "another way (LongPathsEnabled is 0); godeploy can");
    say_well(examination, "LongPathsEnabled is 1");
}
