/* file_rights: who may change a file or folder besides its owner. Asked, never changed. */
#ifndef GODEPLOY_BASE_FILE_FILE_RIGHTS_H
#define GODEPLOY_BASE_FILE_FILE_RIGHTS_H

#include <stdbool.h>

/* May this process write there? Source: access(2); _waccess on Windows. */
bool file_may_write(const char *path);

/* False on Windows: access lists are not read, and the next says nothing. */
bool file_hands_are_seen(void);
/* Why somebody who is neither this user nor the system's own may change it: "anybody may write it",
 * "it belongs to user 1000". NULL if nobody may, or if nothing is there. Static or in `out`. */
enum { FILE_RIGHTS_SIZE = 64 };
const char *file_strange_hands(const char *path, char out[FILE_RIGHTS_SIZE]);

#endif
