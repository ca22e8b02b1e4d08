/* See settings_variables.h. */
#include "deploy/settings/settings_variables.h"

#include "deploy/settings/settings_table.h"

#include <stdio.h>

const char settings_variables_hint[] =
    "Set it where godeploy runs when it deploys: in the CI job, or in that user's environment.";

static bool takes_variables(const SettingRow *row)
{
    for (const char *const *known = row->placeholders; known && *known; known++)
        if (text_equal(*known, "env:"))
            return true;
    return false;
}

static bool is_noted(const UnsetVariables *list, const UnsetVariable *variable)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].setting, variable->setting) &&
            text_equal(list->items[i].name, variable->name))
            return true;
    return false;
}

static void note(const SettingRow *row, const char *pattern, UnsetVariables *out)
{
    UnsetVariable variable = {.setting = row->path,
                              .only_reports = text_starts_with(row->path, "notify.") ||
                                              text_starts_with(row->path, "trace.")};

    while (pattern && out->count < UNSET_VARIABLES_MOST &&
           placeholder_next_unset(&pattern, variable.name))
        if (!is_noted(out, &variable))
            out->items[out->count++] = variable;
}

void settings_unset_variables(const Settings *settings, UnsetVariables *out)
{
    *out = (UnsetVariables){0};
    for (size_t i = 0; i < settings_row_count(); i++) {
        const SettingRow *row = settings_row(i);
        const char *address = (const char *)settings + row->offset;
        const TextList *list = NULL;

        if (!takes_variables(row))
            continue;
        if (row->kind == SETTING_PATTERN) {
            note(row, *(char *const *)(const void *)address, out);
            continue;
        }
        list = (const TextList *)(const void *)address;
        for (size_t item = 0; item < list->count; item++)
            note(row, list->items[item], out);
    }
}

const char *unset_variable_words(const UnsetVariable *variable, char out[UNSET_VARIABLE_WORDS_SIZE])
{
    (void)snprintf(out, UNSET_VARIABLE_WORDS_SIZE, "%s takes {env:%s}, and %s is not set here%s",
                   variable->setting, variable->name, variable->name,
                   variable->only_reports ? ": nobody would be told by it" : "");
    return out;
}
