/* See settings_place.h. */
#include "deploy/settings/settings_place.h"

#include "base/path.h"
#include "deploy/settings/settings_pattern.h"

#include <string.h>

static const char *words_of_node(SettingsNodeKind kind)
{
    switch (kind) {
    case NODE_NOTHING:
        return "nothing";
    case NODE_TEXT:
        return "one value";
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a map";
    }
    return "?";
}

void place_refuse_kind(const Place *place, const SettingsNode *node, const char *wanted)
{
    settings_problem(place->problems, node->line, place->row->path, "found %s; allowed: %s",
                     words_of_node(node->kind), wanted);
    if (node->kind == NODE_NOTHING)
        settings_problem_hint(place->problems, "Remove the line to get the default.");
    else if (node->kind != NODE_TEXT)
        settings_problem_hint(place->problems, "Put text that holds { } or [ ] in double quotes.");
    else
        settings_problem_hint(place->problems, "A list is written [\"one\", \"two\"].");
}

void place_refuse_value(const Place *place, const SettingsNode *node, const char *allowed)
{
    char shown[SETTINGS_SHOWN_SIZE];

    if (place->row->secret)
        settings_problem(place->problems, node->line, place->row->path,
                         "value not valid; allowed: %s", allowed);
    else
        settings_problem(place->problems, node->line, place->row->path, "found '%s'; allowed: %s",
                         settings_shown(node->text, shown), allowed);
}

bool place_check_text(const Place *place, const SettingsNode *node)
{
    char why[SETTINGS_WHY_SIZE], hint[SETTINGS_WHY_SIZE];

    if (node->kind != NODE_TEXT) {
        place_refuse_kind(place, node, "text");
        return false;
    }
    if (node->text[0] == '\0' || !text_printable(node->text)) {
        place_refuse_value(place, node, "text that is not empty, without control characters");
        return false;
    }
    if (place->row->placeholders &&
        !settings_pattern_valid(node->text, place->row->placeholders, why, hint)) {
        settings_problem(place->problems, node->line, place->row->path, "%s", why);
        settings_problem_hint(place->problems, "%s", hint);
        return false;
    }
    return true;
}

void *place_address(const Place *place)
{
    return (char *)place->settings + place->row->offset;
}

/* What was typed on Windows may have backslashes. */
static char *joined(const char *folder, const char *typed)
{
    CLEANUP(free) char *path = text_copy(typed);

    if (!path)
        return NULL;
    path_use_slashes(path);
    return path_join(folder, path);
}

char *place_absolute(const Place *place, const SettingsNode *node)
{
    CLEANUP(free) char *path = NULL;
    const char *problem = NULL;

    if (node->text[0] == '~' && (node->text[1] == '/' || node->text[1] == '\0')) {
        place_refuse_value(place, node, "a path; ~ is not expanded here");
        settings_problem_hint(place->problems, "Write the home folder out.");
        return NULL;
    }
    path = joined(place->settings->folder, node->text);
    problem = path ? path_problem(path) : NULL;
    if (problem) {
        settings_problem(place->problems, node->line, place->row->path, "'%s' %s", node->text,
                         problem);
        return NULL;
    }
    return TAKE(path);
}

static char *with_escaped_braces(const char *folder)
{
    Text text = {0};

    for (const char *at = folder; *at; at++)
        text_append(&text, *at == '{' ? "{{" : (const char[]){*at, '\0'});
    return text_take(&text);
}

/* The folder goes into a pattern, in which a brace means something. */
char *place_absolute_pattern(const Place *place, const SettingsNode *node)
{
    CLEANUP(free) char *folder = with_escaped_braces(place->settings->folder);

    return folder ? joined(folder, node->text) : NULL;
}

/* RFC 9110 5.6.2 */
bool place_is_token(const char *text, size_t length)
{
    return length > 0 && strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= length;
}
