/* See settings_pattern.h. */
#include "deploy/settings/settings_pattern.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { MOST_NAME = 64 };

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool settings_is_variable_name(const char *name)
{
    if (!is_name_byte(name[0]))
        return false;
    for (const char *at = name; *at; at++)
        if (!is_name_byte(*at) && !(*at >= '0' && *at <= '9'))
            return false;
    return true;
}

static size_t count_of(const char *const *known)
{
    size_t count = 0;

    while (known[count])
        count++;
    return count;
}

static bool is_known(const char *name, const char *const *known)
{
    for (size_t i = 0; known[i]; i++) {
        if (text_equal(known[i], name))
            return !text_equal(name, "env:");
        if (text_equal(known[i], "env:") && text_starts_with(name, "env:"))
            return settings_is_variable_name(name + strlen("env:"));
    }
    return false;
}

static void list_known(const char *const *known, char hint[SETTINGS_WHY_SIZE])
{
    size_t length = (size_t)snprintf(hint, SETTINGS_WHY_SIZE, "Known here:");

    for (size_t i = 0; known[i] && length < SETTINGS_WHY_SIZE; i++)
        length += (size_t)snprintf(hint + length, SETTINGS_WHY_SIZE - length, " {%s%s}", known[i],
                                   text_ends_with(known[i], ":") ? "NAME" : "");
    if (length < SETTINGS_WHY_SIZE)
        (void)snprintf(hint + length, SETTINGS_WHY_SIZE - length, "; write {{ for a plain {.");
}

static bool refuse(const char *name, const char *const *known, char why[SETTINGS_WHY_SIZE],
                   char hint[SETTINGS_WHY_SIZE])
{
    const char *nearest = text_nearest(name, known, count_of(known));

    if (!text_printable(name))
        name = "?";
    if (nearest)
        (void)snprintf(why, SETTINGS_WHY_SIZE, "unknown placeholder {%s}; did you mean {%s}?", name,
                       nearest);
    else
        (void)snprintf(why, SETTINGS_WHY_SIZE, "unknown placeholder {%s}", name);
    list_known(known, hint);
    return false;
}

bool settings_pattern_valid(const char *pattern, const char *const *known,
                            char why[SETTINGS_WHY_SIZE], char hint[SETTINGS_WHY_SIZE])
{
    for (const char *at = strchr(pattern, '{'); at; at = strchr(at, '{')) {
        char name[MOST_NAME];
        size_t length = 0;

        if (at[1] == '{') {
            at += 2;
            continue;
        }
        length = strcspn(at + 1, "{}");
        if (at[1 + length] != '}') {
            (void)snprintf(why, SETTINGS_WHY_SIZE, "'{' without its '}'");
            list_known(known, hint);
            return false;
        }
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < MOST_NAME ? length : MOST_NAME),
                       at + 1);
        if (!is_known(name, known))
            return refuse(name, known, why, hint);
        at += length + 2;
    }
    return true;
}
