/* See revive.h. */
#include "deploy/revive.h"

#include "base/text.h"
#include "deploy/instance.h"
#include "deploy/release/release.h"
#include "proxy/probe.h"

#include <stdio.h>

static bool still_alive(void *context)
{
    (void)
        context; /* an instance that ends is started again by its supervisor, or fails its checks */
    return true;
}

static bool wait_until_healthy(const App *app, const Instance *instance, Error *err)
{
    CLEANUP_TEXT_LIST TextList exec = {0};
    ProbeCheck check = {0};
    ProbeAnswer last = {0};
    ProbeRepeat repeat = {.interval_ms = app->settings->check.interval_ms,
                          .passes = (int)app->settings->check.passes,
                          .deadline_ms = app->settings->check.deadline_ms,
                          .still_alive = still_alive,
                          .log = instance_log_command(instance->slot)};
    int tries = 0;

    return instance_health_check(app, instance, &exec, &check, err) &&
           probe_until_healthy(&check, &repeat, &last, &tries, err);
}

static bool start_again(const App *app, const Instance *instance, Error *err)
{
    ReleaseRecord release = {0};
    StopReport report = {0};
    Error ignored = {0};
    bool here = false, started = false;

    if (!release_find(app, instance->version, &release, &here, err))
        return false;
    if (!here)
        return error_set(err, ERR_NO_RELEASE, "release %s is no longer on this host",
                         instance->version);
    if (!release_check_tree(app, &release, err) ||
        !instance_start(app, instance, app->settings->check.deadline_ms, &started, err))
        return false;
    if (wait_until_healthy(app, instance, err))
        return instance_mark_good(app, instance->slot, err);
    instance_show_last_lines(app, instance->slot, err);
    (void)instance_stop(app, instance->slot, &report, &ignored); /* why it failed is what matters */
    return false;
}

bool revive_instance(const App *app, const char *version, Slot slot, const char *instance,
                     Error *err)
{
    Instance wanted = {.version = version, .slot = slot, .id = instance};

    if (instance_runs(app, &wanted))
        return instance_adopt(app, &wanted, err);
    if (!start_again(app, &wanted, err))
        return error_while(err, "starting release %s again in slot %s", version, slot_name(slot));
    return true;
}
