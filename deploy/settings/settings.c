/* See settings.h. The way of a file: bytes, tree (settings_yaml), values by the table
 * (settings_value), what depends on each other (settings_check). */
#include "deploy/settings/settings.h"

#include "base/file/file.h"
#include "base/path.h"
#include "deploy/settings/settings_check.h"
#include "deploy/settings/settings_problems.h"
#include "deploy/settings/settings_root.h"
#include "deploy/settings/settings_table.h"
#include "deploy/settings/settings_value.h"
#include "deploy/settings/settings_yaml.h"

#include <stdio.h>
#include <string.h>

#define CLEANUP_PROBLEMS __attribute__((cleanup(settings_problems_free)))

typedef struct Reading {
    Settings *settings;
    int *lines; /* of each row of the table; 0: not set */
    SettingsProblems *problems;
} Reading;

void settings_free(Settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings_row_count(); i++)
        settings_value_free(settings, settings_row(i));
    free(settings->file);
    free(settings->folder);
    free(settings);
}

/* "x-" keys belong to whoever reads the file besides us. */
static bool is_extension(const SettingsNode *node)
{
    return text_starts_with(node->key, "x-");
}

/* What is below an unknown section often tells which one was meant. */
static const char *nearest(const char *path, const SettingsNode *node, char *longer, size_t size)
{
    const char *meant = NULL;

    if (node->kind == NODE_MAP && node->count > 0) {
        (void)snprintf(longer, size, "%.100s.%.100s", path, node->items[0].key);
        meant = settings_row_nearest(longer);
        if (meant)
            return meant;
    }
    (void)snprintf(longer, size, "%.200s", path);
    return settings_row_nearest(path);
}

static void refuse_unknown(const Reading *reading, const char *path, const SettingsNode *node)
{
    char longer[256], shown[SETTINGS_SHOWN_SIZE];
    const char *meant = NULL;

    if (reading->problems->count >= SETTINGS_PROBLEMS_SHOWN) {
        settings_problem(reading->problems, node->line, NULL, "unknown setting"); /* only counted */
        return;
    }
    meant = nearest(path, node, longer, sizeof longer);
    settings_shown(longer, shown);
    if (meant && !text_equal(meant, path))
        settings_problem(reading->problems, node->line, NULL,
                         "unknown setting '%s'; did you mean '%s'?", shown, meant);
    else
        settings_problem(reading->problems, node->line, NULL, "unknown setting '%s'", shown);
    if (strchr(node->key, '.'))
        settings_problem_hint(reading->problems, "Settings are nested: check: { path: /healthz }.");
    else
        settings_problem_hint(
            reading->problems,
            "`godeploy help settings` lists them; what begins with x- is ignored.");
}

static void read_section(const Reading *reading, const char *section, const SettingsNode *map);

static void read_item(const Reading *reading, const char *path, const SettingsNode *node)
{
    size_t row = settings_row_find(path);

    if (row < settings_row_count() && !strchr(node->key, '.')) {
        reading->lines[row] = node->line;
        settings_value_read(reading->settings, settings_row(row), node, reading->problems);
    } else if (!settings_is_section(path) || strchr(node->key, '.')) {
        refuse_unknown(reading, path, node);
    } else if (node->kind == NODE_MAP) {
        read_section(reading, path, node);
    } else if (node->kind != NODE_NOTHING) { /* all lines of a section may be comments */
        settings_problem(reading->problems, node->line, path,
                         "this is a section; its settings go below it, indented");
    }
}

static void read_section(const Reading *reading, const char *section, const SettingsNode *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const SettingsNode *node = &map->items[i];
        char path[256];

        if (is_extension(node))
            continue;
        (void)snprintf(path, sizeof path, "%s%s%s", section, section[0] ? "." : "", node->key);
        read_item(reading, path, node);
    }
}

static void set_defaults(const Reading *reading)
{
    for (size_t i = 0; i < settings_row_count(); i++)
        if (reading->lines[i] == 0)
            settings_value_initial(reading->settings, settings_row(i), reading->problems);
}

static bool read_tree(const Reading *reading, const SettingsNode *root, Error *err)
{
    Settings *settings = reading->settings;

    if (root->kind == NODE_MAP)
        read_section(reading, "", root);
    else if (root->kind != NODE_NOTHING)
        return error_set(err, ERR_SETTINGS, "%s:%d: settings are a map, such as app: shop-api",
                         reading->problems->file, root->line);
    set_defaults(reading);
    settings_check(settings, reading->lines, reading->problems);
    if (!settings_problems_none(reading->problems, err))
        return false;
    return settings->root || settings_default_root(&settings->root, err);
}

static bool read_bytes(const char *path, char **bytes, size_t *length, Error *err)
{
    if (!file_exists(path)) {
        error_set(err, ERR_SETTINGS, "no settings file %s", path);
        return error_hint(err, "Name it with -f FILE, or let `godeploy init` write one.");
    }
    if (file_read_all(path, SETTINGS_MOST_BYTES, bytes, length, err))
        return true;
    error_while(err, "reading the settings");
    return error_as(err, ERR_SETTINGS);
}

/* Where the file is: what is relative in it is relative to its folder. */
static bool set_place(Settings *settings, const char *path, Error *err)
{
    if (!path_absolute(path, &settings->file, err))
        return false;
    settings->folder = path_folder(settings->file);
    return settings->folder || error_memory(err);
}

bool settings_read(const char *path, Settings **out, Error *err)
{
    CLEANUP(settings_free) Settings *settings = calloc(1, sizeof *settings);
    CLEANUP(free) int *lines = calloc(settings_row_count() + 1, sizeof *lines);
    CLEANUP(settings_node_free) SettingsNode *root = NULL;
    CLEANUP_PROBLEMS SettingsProblems problems = {0};
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    if (!settings || !lines)
        return error_memory(err);
    path = path ? path : "godeploy.yaml";
    problems.file = path;
    if (!set_place(settings, path, err) || !read_bytes(path, &bytes, &length, err) ||
        !settings_yaml_parse(path, bytes, length, &root, err) ||
        !read_tree(&(Reading){settings, lines, &problems}, root, err))
        return error_hint(err, "`godeploy help settings` says what each setting takes.");
    *out = TAKE(settings);
    return true;
}
