/* settings_value: one value of the settings file, checked and put into its place.
 *
 * What can be judged from the value alone is judged here; what depends on others in settings_check.
 */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_VALUE_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_VALUE_H

#include "deploy/settings/settings_problems.h"
#include "deploy/settings/settings_table.h"
#include "deploy/settings/settings_yaml.h"

/* Reads `node` as what `row` asks for. What is wrong goes to `problems`. */
void settings_value_read(Settings *settings, const SettingRow *row, const SettingsNode *node,
                         SettingsProblems *problems);

/* The same with row->initial, where the file has no such setting. */
void settings_value_initial(Settings *settings, const SettingRow *row, SettingsProblems *problems);

void settings_value_free(Settings *settings, const SettingRow *row);

/* "duration", for the documentation; static. */
const char *settings_kind_words(SettingKind kind);

#endif
