/* parent_lock: one parent works in a folder at a time. Who hands over lets go of the lock, and who
 * takes over waits for it (succession.h). */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_PARENT_LOCK_H
#define GODEPLOY_PROXY_SERVER_PARENT_PARENT_LOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Parent Parent;

/* Waits a moment where `dead_parent` (0: nobody) still seems to hold it. ERR_LOCKED if another one
 * has it. */
bool parent_take_lock(Parent *parent, int64_t dead_parent, Error *err);
void parent_release_lock(Parent *parent);

#endif
