/* lock: one deployment of an app at a time.
 *
 * Two things, told apart: the lock of the operating system (ROOT/APP/lock), which dies with the
 * command that holds it, and the hold that an operator puts on the app with `godeploy lock`, which
 * stays until `godeploy unlock`. */
#ifndef GODEPLOY_DEPLOY_LOCK_H
#define GODEPLOY_DEPLOY_LOCK_H

#include "base/file/file_lock.h"
#include "deploy/app.h"

/* Waits up to `wait_ms`; then ERR_LOCKED says who holds it, since when and why. `why` is written
 * for others to read: "deploy 2.4.0". */
bool lock_take(const App *app, const char *why, int64_t wait_ms, FileLock **out, Error *err);

/* ERR_LOCKED if an operator has put a hold on the app. */
bool lock_check_hold(const App *app, Error *err);

typedef struct LockHolder {
    bool held;
    int64_t pid;
    int64_t since_ms;
    char by[128];
    char why[128];
} LockHolder;
/* Who holds the lock of the operating system at this moment. */
bool lock_look(const App *app, LockHolder *out, Error *err);

#endif
