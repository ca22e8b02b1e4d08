/* Commands and hooks among the settings; see settings_place.h. */
#include "deploy/settings/settings_place.h"

#include "base/path.h"

#include <string.h>

void place_free_hooks(void *list)
{
    HookList *hooks = list;

    for (size_t i = 0; i < hooks->count; i++)
        text_list_free(&hooks->items[i]);
    free(hooks->items);
    memset(hooks, 0, sizeof *hooks);
}

/* An argument may be empty; it may not hold what no program expects. */
static bool check_argument(const Place *place, const SettingsNode *item)
{
    if (item->kind == NODE_TEXT && item->text[0] == '\0')
        return true;
    return place_check_text(place, item);
}

static bool read_arguments(const Place *place, const SettingsNode *node, TextList *list)
{
    static const char *const wanted =
        "a program and its arguments, such as [\"./migrate\", \"up\"]";

    if (!place_check_list(place, node, wanted))
        return false;
    if (node->count == 0 || (node->items[0].kind == NODE_TEXT && node->items[0].text[0] == '\0')) {
        settings_problem(place->problems, node->line, place->row->path,
                         "found no program; allowed: %s", wanted);
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!check_argument(place, &node->items[i]))
            return false;
        place_add(place, list, node->items[i].text);
    }
    return !place->problems->out_of_memory;
}

void place_read_command(const Place *place, const SettingsNode *node)
{
    TextList *list = place_address(place);

    if (read_arguments(place, node, list)) /* what is wrong is noted */
        path_use_slashes(list->items[0]);
}

/* A hook lies beside the settings, not in the release: ./smoke-test means that folder. */
static bool read_hook(const Place *place, const SettingsNode *node, TextList *list)
{
    const SettingsNode *program = node->items;
    char *path = NULL;

    if (!read_arguments(place, node, list))
        return false;
    path_use_slashes(list->items[0]);
    if (!strchr(list->items[0], '/') || program->text[0] == '{')
        return true;
    path = place_absolute_pattern(place, program);
    if (!path) {
        place->problems->out_of_memory = true;
        return false;
    }
    free(list->items[0]);
    list->items[0] = path;
    return true;
}

void place_read_hook(const Place *place, const SettingsNode *node)
{
    (void)read_hook(place, node, place_address(place)); /* what is wrong is noted */
}

void place_read_hooks(const Place *place, const SettingsNode *node)
{
    HookList *hooks = place_address(place);

    if (!place_check_list(place, node, "a list of hooks, such as [[\"./migrate\", \"--up\"]]"))
        return;
    if (node->count == 0)
        return;
    hooks->items = calloc(node->count, sizeof *hooks->items);
    if (!hooks->items) {
        place->problems->out_of_memory = true;
        return;
    }
    hooks->count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        if (node->items[i].kind == NODE_LIST) {
            (void)read_hook(place, &node->items[i], &hooks->items[i]); /* noted */
            continue;
        }
        place_refuse_kind(place, &node->items[i], "each hook is a list of its own");
        settings_problem_hint(place->problems, "Write two brackets: [[\"./migrate\", \"--up\"]].");
        return;
    }
}
