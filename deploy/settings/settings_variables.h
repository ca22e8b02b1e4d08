/* settings_variables: the variables of the environment that settings name by {env:NAME}, and that
 * are not set where this godeploy runs: told before a deployment stops at the first of them. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_VARIABLES_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_VARIABLES_H

#include "deploy/settings/placeholder.h"
#include "deploy/settings/settings.h"

typedef struct UnsetVariable {
    const char *setting; /* "release.headers"; static */
    char name[PLACEHOLDER_NAME_SIZE];
    bool only_reports; /* without it somebody is not told; a deployment does not fail by it */
} UnsetVariable;

enum { UNSET_VARIABLES_MOST = 16 }; /* who sets these is told of the rest next time */

typedef struct UnsetVariables {
    UnsetVariable items[UNSET_VARIABLES_MOST];
    size_t count;
} UnsetVariables;

/* Each once for each setting, in the order of the settings table. */
void settings_unset_variables(const Settings *settings, UnsetVariables *out);

/* "release.headers takes {env:TOKEN}, and TOKEN is not set here" and so on; what to do about it is
 * settings_variables_hint. */
enum { UNSET_VARIABLE_WORDS_SIZE = 256 };
const char *unset_variable_words(const UnsetVariable *variable,
                                 char out[UNSET_VARIABLE_WORDS_SIZE]);
extern const char settings_variables_hint[];

#endif
