/* unit_files: the files that make an instance a unit of systemd: instance_unit.h has their text.
 * Nothing of them counts until systemd reads its units again. Inner part of runner_systemd. */
#ifndef GODEPLOY_DEPLOY_RUNNER_UNIT_FILES_H
#define GODEPLOY_DEPLOY_RUNNER_UNIT_FILES_H

#include "deploy/runner/runner.h"

/* Two roots on one host may have an app of the same name, and so the same unit. ERR_START where
 * that of this slot belongs to another root that is still there. */
bool unit_files_check_owner(const InstancePlace *place, Error *err);

/* Each user's systemd knows its own units alone, and root's those of the host. ERR_PERMISSION where
 * another user's keeps what is in this slot. */
bool unit_files_check_user(const InstancePlace *place, Error *err);

/* All of an instance that is to be started, on trial; and lets service.account come to them. */
bool unit_files_write(const InstanceSpec *spec, Error *err);

/* All of a slot in which nothing runs any more. */
bool unit_files_remove(const InstancePlace *place, Error *err);

bool unit_files_mark_good(const InstancePlace *place, Error *err);

/* For a stop that is to follow: the settings may allow it another time by now than when it was
 * started. */
bool unit_files_prepare_stop(const InstancePlace *place, int64_t stop_timeout_ms, Error *err);

#endif
