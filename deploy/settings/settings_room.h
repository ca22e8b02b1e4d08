/* settings_room: is there room for a release, by the lengths of paths alone? On Windows a program
 * is not started in a folder whose path is too long, and a release's folder is what its program
 * runs in (base/process/process.h has the figures). */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_ROOM_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_ROOM_H

#include "deploy/settings/settings.h"

/* ERR_SETTINGS if release `version` could not be started where it would lie. */
bool settings_room_for(const Settings *settings, const char *version, Error *err);

/* How many characters a version may have; what is more than `enough` is not counted. */
bool settings_room_for_versions(const Settings *settings, size_t enough, size_t *out, Error *err);

#endif
