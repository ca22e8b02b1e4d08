/* See report_folder.h. */
#include "deploy/report_folder.h"

#include "base/file/file.h"
#include "base/file/file_rights.h"

bool report_folder_is_ready(const Settings *settings, Error *err)
{
    const char *folder = settings->report.textfile;

    if (!folder)
        return true;
    if (!file_exists(folder) || file_kind(folder) == FILE_REGULAR) {
        (void)error_set(err, ERR_SETTINGS,
                        "report.textfile: %s is no folder: no metrics would be "
                        "written",
                        folder);
        return error_hint(err, "Make it, or name the folder that the exporter reads.");
    }
    if (file_may_write(folder))
        return true;
    (void)error_set(err, ERR_SETTINGS,
                    "report.textfile: this user may not write to %s: no metrics "
                    "would be written",
                    folder);
    return error_hint(err, "Let the user who deploys write there.");
}
