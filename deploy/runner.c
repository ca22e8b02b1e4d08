/* See runner.h. The runners this build has. */
#include "deploy/runner.h"

#include "deploy/runner_supervise.h"

static const Runner *const runners[] = {
    &runner_supervise, /* the first is what "auto" means */
    NULL,
};

bool runner_find(const char *name, const Runner **out, Error *err)
{
    if (text_equal(name, "auto"))
        name = runners[0]->name;
    for (size_t i = 0; runners[i]; i++) {
        if (text_equal(runners[i]->name, name)) {
            *out = runners[i];
            return true;
        }
    }
    if (text_equal(name, "systemd") || text_equal(name, "service"))
        error_set(err, ERR_SETTINGS, "service.runner: %s is not in this build yet", name);
    else
        error_set(err, ERR_SETTINGS, "service.runner: there is no runner %s", name);
    return error_hint(err, "Use service.runner: auto, which needs no service manager.");
}
