/* manual: the manual pages, made from the tables of commands, options, error codes and settings.
 * `godeploy help godeploy.1` and `godeploy help godeploy.yaml.5` print them. */
#ifndef GODEPLOY_CLI_MANUAL_H
#define GODEPLOY_CLI_MANUAL_H

#include "cli/options.h"

#define MANUAL_COMMANDS "godeploy.1"
#define MANUAL_SETTINGS "godeploy.yaml.5"

void manual_commands(CommandList commands, Text *out);
void manual_settings(Text *out);

#endif
