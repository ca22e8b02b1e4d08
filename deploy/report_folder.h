/* report_folder: where a Prometheus exporter looks for our metrics, report.textfile: told before a
 * deployment, which goes well without it and leaves the exporter with old figures. */
#ifndef GODEPLOY_DEPLOY_REPORT_FOLDER_H
#define GODEPLOY_DEPLOY_REPORT_FOLDER_H

#include "base/error.h"
#include "deploy/settings/settings.h"

/* ERR_SETTINGS if it is not there, or this user may not write into it. Success if none is set. */
bool report_folder_is_ready(const Settings *settings, Error *err);

#endif
