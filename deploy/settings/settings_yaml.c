/* See settings_yaml.h. Source: https://yaml.org/spec/1.1/, libyaml's event interface (yaml.h).
 *
 * Events and not libyaml's documents: a document would resolve aliases and keep the last of two
 * equal keys before we see them. */
#include "deploy/settings/settings_yaml.h"

#include "base/text.h"

#include <string.h>
#include <yaml.h>

typedef struct Reader {
    yaml_parser_t parser;
    const char *name;
    const char *bytes;
    size_t length;
    size_t nodes;
} Reader;

static void reader_close(Reader *reader)
{
    yaml_parser_delete(&reader->parser);
}

#define CLEANUP_READER __attribute__((cleanup(reader_close)))
#define CLEANUP_EVENT  __attribute__((cleanup(yaml_event_delete)))

static void free_content(SettingsNode *node)
{
    for (size_t i = 0; i < node->count; i++)
        free_content(&node->items[i]);
    free(node->items);
    free(node->text);
    free(node->key);
    memset(node, 0, sizeof *node);
}

#define CLEANUP_NODE __attribute__((cleanup(free_content)))

void settings_node_free(SettingsNode *node)
{
    if (!node)
        return;
    free_content(node);
    free(node);
}

static int line_of_offset(const Reader *reader, size_t offset)
{
    int line = 1;

    for (size_t i = 0; i < offset && i < reader->length; i++)
        line += reader->bytes[i] == '\n';
    return line;
}

static bool is_tab(const Reader *reader, size_t offset)
{
    return offset < reader->length && reader->bytes[offset] == '\t';
}

static bool report_syntax(const Reader *reader, Error *err)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "unknown trouble";

    if (parser->error == YAML_MEMORY_ERROR)
        return error_memory(err);
    if (parser->error == YAML_READER_ERROR) {
        error_set(err, ERR_SETTINGS, "%s:%d: not UTF-8 text: %s", reader->name,
                  line_of_offset(reader, parser->problem_offset), problem);
        return error_hint(err, "Save the file as UTF-8.");
    }
    error_set(err, ERR_SETTINGS, "%s:%zu: not valid YAML: %s%s%s", reader->name,
              parser->problem_mark.line + 1, parser->context ? parser->context : "",
              parser->context ? ", " : "", problem);
    if (is_tab(reader, parser->problem_mark.index))
        return error_hint(err, "Indent with spaces: YAML does not take tabs.");
    return error_hint(err, "Put text that holds any of { } [ ] : , # & * ! in double quotes.");
}

static bool next_event(Reader *reader, yaml_event_t *event, Error *err)
{
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    return report_syntax(reader, err);
}

static int line_of(const yaml_event_t *event)
{
    return (int)event->start_mark.line + 1;
}

static bool refuse(const Reader *reader, int line, const char *what, Error *err)
{
    return error_set(err, ERR_SETTINGS, "%s:%d: %s", reader->name, line, what);
}

static bool has_anchor_or_tag(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor || event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    return false;
}

static bool refuse_references(const Reader *reader, const yaml_event_t *event, Error *err)
{
    if (event->type != YAML_ALIAS_EVENT && !has_anchor_or_tag(event))
        return true;
    refuse(reader, line_of(event), "anchors (&), aliases (*) and tags (!) are not read here", err);
    return error_hint(err, "Write the value out; put text that begins with & * or ! in quotes.");
}

static bool is_nothing(const yaml_event_t *event, const char *text)
{
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text_equal(text, "") || text_equal(text, "~") || text_equal(text, "null") ||
            text_equal(text, "Null") || text_equal(text, "NULL"));
}

static bool copy_text(const Reader *reader, const yaml_event_t *event, char **out, Error *err)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;

    if (memchr(text, '\0', length))
        return refuse(reader, line_of(event), "text with a NUL character in it", err);
    *out = text_copy_bytes(text, length);
    return *out || error_memory(err);
}

static bool read_text(const Reader *reader, const yaml_event_t *event, SettingsNode *node,
                      Error *err)
{
    if (!copy_text(reader, event, &node->text, err))
        return false;
    node->kind = is_nothing(event, node->text) ? NODE_NOTHING : NODE_TEXT;
    return true;
}

/* Moves `item` to the end of `node`. */
static bool push(SettingsNode *node, SettingsNode *item, Error *err)
{
    if (node->count == node->capacity) {
        size_t capacity = node->capacity ? 2 * node->capacity : 8;
        SettingsNode *items = realloc(node->items, capacity * sizeof *items);

        if (!items)
            return error_memory(err);
        node->items = items;
        node->capacity = capacity;
    }
    node->items[node->count++] = *item;
    memset(item, 0, sizeof *item);
    return true;
}

static bool read_node(Reader *reader, const yaml_event_t *event, int depth, SettingsNode *node,
                      Error *err);

static bool read_list(Reader *reader, int depth, SettingsNode *node, Error *err)
{
    node->kind = NODE_LIST;
    for (;;) {
        CLEANUP_EVENT yaml_event_t event = {0};
        CLEANUP_NODE SettingsNode item = {0};

        if (!next_event(reader, &event, err))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (!read_node(reader, &event, depth, &item, err) || !push(node, &item, err))
            return false;
    }
}

static bool refuse_duplicate(const Reader *reader, const SettingsNode *map,
                             const SettingsNode *item, Error *err)
{
    for (size_t i = 0; i < map->count; i++)
        if (text_equal(map->items[i].key, item->key))
            return error_set(err, ERR_SETTINGS, "%s:%d: '%s' is set twice, first in line %d",
                             reader->name, item->line, text_printable(item->key) ? item->key : "?",
                             map->items[i].line);
    return true;
}

static bool read_key(const Reader *reader, const yaml_event_t *event, SettingsNode *item,
                     Error *err)
{
    if (!refuse_references(reader, event, err))
        return false;
    if (event->type != YAML_SCALAR_EVENT) {
        refuse(reader, line_of(event), "a setting's name must be plain text", err);
        return error_hint(err, "Put text that holds { } or [ ] in double quotes.");
    }
    item->line = line_of(event);
    return copy_text(reader, event, &item->key, err);
}

static bool read_map(Reader *reader, int depth, SettingsNode *node, Error *err)
{
    node->kind = NODE_MAP;
    for (;;) {
        CLEANUP_EVENT yaml_event_t name = {0};
        CLEANUP_EVENT yaml_event_t value = {0};
        CLEANUP_NODE SettingsNode item = {0};

        if (!next_event(reader, &name, err))
            return false;
        if (name.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_key(reader, &name, &item, err) || !refuse_duplicate(reader, node, &item, err) ||
            !next_event(reader, &value, err) || !read_node(reader, &value, depth, &item, err) ||
            !push(node, &item, err))
            return false;
    }
}

static bool read_node(Reader *reader, const yaml_event_t *event, int depth, SettingsNode *node,
                      Error *err)
{
    if (!node->key)
        node->line = line_of(event);
    if (++reader->nodes > SETTINGS_MOST_NODES)
        return refuse(reader, node->line, "more than 10000 values in one settings file", err);
    if (depth >= SETTINGS_MOST_DEPTH)
        return refuse(reader, node->line, "lists and maps nested more than 16 deep", err);
    if (!refuse_references(reader, event, err))
        return false;
    if (event->type == YAML_SCALAR_EVENT)
        return read_text(reader, event, node, err);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return read_list(reader, depth + 1, node, err);
    return read_map(reader, depth + 1, node, err);
}

static bool read_end(Reader *reader, Error *err)
{
    CLEANUP_EVENT yaml_event_t document_end = {0};
    CLEANUP_EVENT yaml_event_t last = {0};

    if (!next_event(reader, &document_end, err) || !next_event(reader, &last, err))
        return false;
    if (last.type == YAML_STREAM_END_EVENT)
        return true;
    refuse(reader, line_of(&last), "a second document begins (---)", err);
    return error_hint(err, "Keep one app's settings in one file; name the file with -f.");
}

static bool read_document(Reader *reader, SettingsNode *root, Error *err)
{
    CLEANUP_EVENT yaml_event_t stream = {0};
    CLEANUP_EVENT yaml_event_t document = {0};
    CLEANUP_EVENT yaml_event_t first = {0};

    if (!next_event(reader, &stream, err) || !next_event(reader, &document, err))
        return false;
    root->line = 1;
    if (document.type == YAML_STREAM_END_EVENT) /* nothing but blanks and comments */
        return true;
    return next_event(reader, &first, err) && read_node(reader, &first, 0, root, err) &&
           read_end(reader, err);
}

/* Some Windows editors begin UTF-8 with a byte order mark; a document may not hold one. */
static size_t mark_length(const char *bytes, size_t length)
{
    return length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

bool settings_yaml_parse(const char *name, const char *bytes, size_t length, SettingsNode **out,
                         Error *err)
{
    size_t mark = mark_length(bytes, length);
    CLEANUP_READER Reader reader = {.name = name, .bytes = bytes + mark, .length = length - mark};
    CLEANUP(settings_node_free) SettingsNode *root = calloc(1, sizeof *root);

    if (!root || !yaml_parser_initialize(&reader.parser))
        return error_memory(err);
    /* Set, not guessed: a UTF-16 file is refused with a clear word. */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.bytes,
                                 reader.length);
    if (length > SETTINGS_MOST_BYTES)
        return error_set(err, ERR_SETTINGS, "%s: %zu bytes are too many for a settings file", name,
                         length);
    if (!read_document(&reader, root, err))
        return false;
    *out = TAKE(root);
    return true;
}
