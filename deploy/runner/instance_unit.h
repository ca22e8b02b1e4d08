/* instance_unit: an instance as units of systemd: a template an app, and for each slot a drop-in
 * that holds the release. Pure text.
 *
 * godeploy-APP@.service          what every instance of the app is; enabled, it starts at boot
 * godeploy-APP@SLOT.service.d/
 *   50-release.conf              what runs in this slot: command, folder, account, limits. On trial
 *   55-ladder.conf               how often it may be restarted: godeploy-supervise counts
 *   60-good.conf                 it has proven itself: restarted from now on
 *   70-stop.conf               for the one stop that follows: another time than it was started with
 * ROOT/APP/run/SLOT.environment  its variables (0600: they may be secrets)
 * ROOT/APP/run/SLOT.ladder       when it was restarted
 *
 * Settings stand in the slot's drop-in and not in the template: a deployment with other settings
 * leaves the release that serves as it is.
 *
 * Source: systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5). */
#ifndef GODEPLOY_DEPLOY_RUNNER_INSTANCE_UNIT_H
#define GODEPLOY_DEPLOY_RUNNER_INSTANCE_UNIT_H

#include "base/error.h"
#include "base/text.h"
#include "deploy/runner/runner.h"

/* Names of units and their files. NULL if out of memory; caller frees. */
char *instance_unit_name(const InstancePlace *place);     /* "godeploy-shop@blue.service" */
char *instance_unit_template(const InstancePlace *place); /* "godeploy-shop@.service" */
char *instance_unit_release(const InstancePlace *place);  /* ".../50-release.conf" */
char *instance_unit_ladder(const InstancePlace *place);   /* ".../55-ladder.conf" */
char *instance_unit_good(const InstancePlace *place);     /* ".../60-good.conf" */
char *instance_unit_stop(const InstancePlace *place);     /* ".../70-stop.conf" */

typedef struct InstanceUnit {
    const InstanceSpec *spec;
    const char *environment_file;
    const char *ladder_file;
    const char *supervise; /* the path of godeploy-supervise */
    bool of_user; /* the manager is a user's, which can neither change accounts nor drop rights */
} InstanceUnit;

bool instance_unit_write_template(const InstanceUnit *unit, Text *out, Error *err);
bool instance_unit_write_release(const InstanceUnit *unit, Text *out, Error *err);
bool instance_unit_write_ladder(const InstanceUnit *unit, Text *out, Error *err);
void instance_unit_write_good(Text *out);
void instance_unit_write_stop(int64_t stop_timeout_ms, Text *out);
/* With an account of its own it gets that one's HOME, USER and LOGNAME, by systemd. */
bool instance_unit_write_environment(const InstanceSpec *spec, Text *out, Error *err);

#endif
