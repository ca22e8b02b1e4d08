/* settings_check: what no setting can be judged on alone. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_CHECK_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_CHECK_H

#include "deploy/settings/settings.h"
#include "deploy/settings/settings_problems.h"

/* `lines` has a place for each row of the table: the line where it was set, 0 where it was not. */
void settings_check(Settings *settings, const int *lines, SettingsProblems *problems);

#endif
