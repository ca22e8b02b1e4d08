/* instance: a release that runs in a slot: what it is started with, where it listens, how it ends.
 */
#ifndef GODEPLOY_DEPLOY_INSTANCE_H
#define GODEPLOY_DEPLOY_INSTANCE_H

#include "deploy/app.h"
#include "proxy/probe.h"

/* Which release runs where, under which name. Borrows. */
typedef struct Instance {
    const char *version;
    Slot slot;
    const char *id;
} Instance;

/* Starts it and waits until it listens on its side port itself, at most `deadline_ms`. Stops it
 * again, and shows its last lines, where that fails. One that runs already is success, with
 * *started false. */
bool instance_start(const App *app, const Instance *instance, int64_t deadline_ms, bool *started,
                    Error *err);

/* One whose supervisor is gone gets a new one; the process goes on untouched. Success if it has
 * one. */
bool instance_adopt(const App *app, const Instance *instance, Error *err);

/* The runner that has what is in this slot (deploy/runner/holder.h); *out is static. What follows
 * asks that one. */
bool instance_runner(const App *app, Slot slot, const Runner **out, Error *err);

/* Truth, not memory: looks at the processes. */
bool instance_look(const App *app, Slot slot, InstanceState *out, Error *err);
bool instance_runs(const App *app, const Instance *instance); /* this very one */

/* Asks, waits settings.service.stop_timeout, then ends the whole tree. Gone already is success. */
bool instance_stop(const App *app, Slot slot, StopReport *out, Error *err);

/* From now on it is restarted when it ends. */
bool instance_mark_good(const App *app, Slot slot, Error *err);

/* What is asked of it to know that it is healthy. Borrows from `app`, `instance` and `exec`, which
 * takes the argument list of check.exec. */
bool instance_health_check(const App *app, const Instance *instance, TextList *exec,
                           ProbeCheck *out, Error *err);

/* Appends "its last lines:" and the lines to the message of `err`. */
void instance_show_last_lines(const App *app, Slot slot, Error *err);

/* The command that shows what it wrote. Static. */
const char *instance_log_command(Slot slot);

/* Sets ERR_START with how it ended and its last lines. Returns false. */
bool instance_report_end(const App *app, Slot slot, const InstanceState *state, Error *err);

#endif
