/* See placeholder.h. */
#include "deploy/settings/placeholder.h"

#include "base/process/own_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACEHOLDERS_MOST = 64 };

static const char env_opening[] = "{env:";

/* What NAME of "env:NAME" is; NULL if it is not set. Its text is kept in `texts`. */
static bool find_variable(const char *name, TextList *texts, const char **value, Error *err)
{
    CLEANUP(free) char *found = own_environment_get(name + sizeof "env:" - 1);

    *value = NULL;
    if (!found)
        return true;
    if (!text_list_add(texts, found, err))
        return false;
    *value = texts->items[texts->count - 1];
    return true;
}

/* The names of the {env:...} in a pattern, as text_expand() will look them up. */
static bool find_environment_names(const char *pattern, TextList *names, Error *err)
{
    for (const char *at = strstr(pattern, env_opening); at; at = strstr(at + 1, env_opening)) {
        CLEANUP(free) char *name = text_copy_bytes(at + 1, strcspn(at + 1, "}"));

        if (!name)
            return error_memory(err);
        if (!text_list_add(names, name, err))
            return false;
    }
    return true;
}

bool placeholder_expand(const char *pattern, const Placeholder *values, size_t count, char **out,
                        Error *err)
{
    Placeholder all[PLACEHOLDERS_MOST];
    CLEANUP_TEXT_LIST TextList names = {0};
    CLEANUP_TEXT_LIST TextList texts = {0};
    size_t known = 0;

    if (!find_environment_names(pattern, &names, err))
        return false;
    if (count + names.count > PLACEHOLDERS_MOST)
        return error_set(err, ERR_SETTINGS, "%s has too many placeholders", pattern);
    for (; known < count; known++)
        all[known] = values[known];
    for (size_t i = 0; i < names.count; i++, known++) {
        all[known].name = names.items[i];
        if (!find_variable(names.items[i], &texts, &all[known].value, err))
            return false;
    }
    if (text_expand(pattern, all, known, out, err))
        return true;
    (void)error_as(err, ERR_SETTINGS);
    return names.count > 0 ? error_hint(err, "Set the environment variable where godeploy runs.")
                           : false;
}

/* ---- what is not set ---- */

static bool is_set(const char *name)
{
    CLEANUP(free) char *value = own_environment_get(name);

    return value != NULL;
}

bool placeholder_next_unset(const char **at, char name[PLACEHOLDER_NAME_SIZE])
{
    for (const char *open = strchr(*at, '{'); open; open = strchr(open, '{')) {
        const char *begin = open + sizeof env_opening - 1;
        size_t length = 0;

        if (!text_starts_with(open, env_opening)) {
            open += open[1] == '{' ? 2 : 1; /* "{{" stands for a plain one */
            continue;
        }
        length = strcspn(begin, "}");
        open = begin + length;
        if (*open == '\0')
            break;
        (void)snprintf(name, PLACEHOLDER_NAME_SIZE, "%.*s", (int)length, begin);
        if (is_set(name))
            continue;
        *at = open;
        return true;
    }
    return false;
}
