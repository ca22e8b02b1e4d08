/* settings_root: where godeploy keeps its state if the settings do not say. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_ROOT_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_ROOT_H

#include "base/error.h"

/* /var/lib/godeploy for root, else $XDG_STATE_HOME/godeploy or ~/.local/state/godeploy. On Windows
 * %ProgramData%\godeploy with an elevated token, else %LOCALAPPDATA%\godeploy. Caller frees.
 * Source: XDG Base Directory Specification, KNOWNFOLDERID. */
bool settings_default_root(char **out, Error *err);

#endif
