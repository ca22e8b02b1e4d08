/* settings_yaml: godeploy.yaml as a tree of values that still know their lines. The door to
 * libyaml.
 *
 * A small, strict part of YAML: one document of maps, lists and text. Anchors, aliases and tags are
 * refused (nobody can read a deployment's settings by resolving references), duplicate keys too. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_YAML_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_YAML_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>

enum {
    SETTINGS_MOST_BYTES = 1 << 20,
    SETTINGS_MOST_NODES = 10000,
    SETTINGS_MOST_DEPTH = 16,
};

typedef enum SettingsNodeKind { NODE_NOTHING, NODE_TEXT, NODE_LIST, NODE_MAP } SettingsNodeKind;

typedef struct SettingsNode {
    SettingsNodeKind kind;
    int line;   /* 1-based; of the key where there is one */
    char *key;  /* NULL: the root, or an item of a list */
    char *text; /* of NODE_TEXT; "" if it was written as '' */
    struct SettingsNode *items;
    size_t count;
    size_t capacity;
} SettingsNode;

/* `name` stands in messages. An empty file is NODE_NOTHING. ERR_SETTINGS with name and line. */
bool settings_yaml_parse(const char *name, const char *bytes, size_t length, SettingsNode **out,
                         Error *err);
void settings_node_free(SettingsNode *node);
DEFINE_CLEANUP(SettingsNode *, settings_node_free)

#endif
