/* instance_environment: the words that stand for an instance in settings, and the variables that it
 * and its hooks are started with. */
#ifndef GODEPLOY_DEPLOY_INSTANCE_ENVIRONMENT_H
#define GODEPLOY_DEPLOY_INSTANCE_ENVIRONMENT_H

#include "deploy/instance.h"

/* Replaces {port} {release} {slot} {instance} {folder} {app} {url} {env:NAME} in every item. */
bool instance_expand(const App *app, const Instance *instance, const TextList *patterns,
                     TextList *out, Error *err);

/* "NAME=value" for the instance and for hooks: a small fixed part of our own environment (so that a
 * CI job's secrets never reach the service), the preset, the settings' own, and then GODEPLOY_* and
 * PORT, which nothing replaces. */
bool instance_environment(const App *app, const Instance *instance, TextList *out, Error *err);

/* The same for a runner: less what it brings itself, as a service account has a PATH, a folder for
 * temporary files and a profile of its own. */
bool instance_environment_for_runner(const App *app, const Instance *instance, TextList *out,
                                     Error *err);

#endif
