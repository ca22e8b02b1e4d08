/* path_root: what stands in front of the names of a path. Inner part of path.c; differs by system.
 */
#ifndef GODEPLOY_BASE_PATH_ROOT_H
#define GODEPLOY_BASE_PATH_ROOT_H

#include "base/path.h"

/* True for "/a" on Windows, whose drive is that of the current folder. */
bool path_root_lacks_drive(const char *path);

#endif
