/* check_exporter: where windows_exporter runs, is there the folder in which it looks for files of
 * metrics? */
#include "base/file/file.h"
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

void check_exporter(Examination *examination)
{
    CLEANUP(free) char *folder = windows_exporter_folder();
    bool installed = false;
    Error why = {0};

    if (!folder || !windows_exporter(&installed, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (installed && !file_exists(folder))
        say(examination, DOCTOR_EXPORTER_FOLDER,
            "Make it, and start the exporter with its collector `textfile`; or name your own "
            "folder to both.",
            "windows_exporter is installed, and the folder %s, in which it looks for files of "
            "metrics, is not there",
            folder);
    if (!installed)
        say_well(examination, "windows_exporter is not installed");
    say_well(examination, "windows_exporter looks into %s", folder);
}
