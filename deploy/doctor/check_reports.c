/* check_reports: can what a deployment leaves for others to read be written? */
#include "deploy/doctor/checks.h"
#include "deploy/report_folder.h"

void check_reports(Examination *examination)
{
    const char *folder = examination->settings->report.textfile;
    Error why = {0};

    if (!folder)
        say_well(examination, "the settings name no folder for metrics");
    else if (!report_folder_is_ready(examination->settings, &why))
        say_error(examination, DOCTOR_TEXTFILE_FOLDER, "", &why);
    else
        say_well(examination, "metrics are written into %s", folder);
}
