/* See routes.h. */
#include "proxy/server/routes.h"

#include "base/clock.h"
#include "base/file/file.h"

#include <stdlib.h>
#include <string.h>

enum { ROUTES_FILE_MAX = 4 * 1024 * 1024, ROUTES_SCHEMA = 1, ROUTES_MAX = 256 };

void routes_free(RouteTable *table)
{
    free(table->items);
    *table = (RouteTable){0};
}

const Route *routes_find(const RouteTable *table, const char *app)
{
    for (size_t i = 0; i < table->count; i++) {
        if (text_equal(table->items[i].app, app))
            return &table->items[i];
    }
    return NULL;
}

const Route *routes_at(const RouteTable *table, const Address *listen)
{
    for (size_t i = 0; i < table->count; i++) {
        if (route_listens_on(&table->items[i], listen))
            return &table->items[i];
    }
    return NULL;
}

static bool add(RouteTable *table, const Route *route, Error *err)
{
    Route *grown = realloc(table->items, (table->count + 1) * sizeof *grown);

    if (!grown)
        return error_memory(err);
    table->items = grown;
    table->items[table->count++] = *route;
    return true;
}

bool routes_without(const RouteTable *table, const char *app, RouteTable *out, Error *err)
{
    CLEANUP_ROUTES RouteTable next = {.generation = table->generation + 1};

    memcpy(next.metrics, table->metrics, sizeof next.metrics);
    for (size_t i = 0; i < table->count; i++) {
        if (!text_equal(table->items[i].app, app) && !add(&next, &table->items[i], err))
            return false;
    }
    *out = next;
    next.items = NULL;
    return true;
}

static bool check_addresses(const RouteTable *table, const Route *route, Error *err)
{
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < route->listen_count; i++) {
        const Route *other = routes_at(table, &route->listen[i]);

        if (other && !text_equal(other->app, route->app))
            return error_set(err, ERR_USAGE, "%s belongs to %s already",
                             address_format(&route->listen[i], text), other->app);
    }
    return true;
}

bool routes_with(const RouteTable *table, const Route *route, RouteTable *out, Error *err)
{
    CLEANUP_ROUTES RouteTable next = {0};

    if (table->count >= ROUTES_MAX && !routes_find(table, route->app))
        return error_set(err, ERR_USAGE, "there are %d routes already, no more can be held",
                         ROUTES_MAX);
    if (!check_addresses(table, route, err) || !routes_without(table, route->app, &next, err) ||
        !add(&next, route, err))
        return false;
    *out = next;
    next.items = NULL;
    return true;
}

Json *routes_to_json(const RouteTable *table)
{
    Json *json = json_new_object();
    Json *list = json_new_array();

    for (size_t i = 0; i < table->count; i++)
        (void)json_push(list, route_to_json(&table->items[i])); /* a failure marks the value */
    (void)json_put_integer(json, "schema", ROUTES_SCHEMA);
    (void)json_put_integer(json, "generation", table->generation);
    (void)json_put_text(json, "metrics", table->metrics);
    (void)json_put(json, "routes", list);
    return json;
}

static bool add_from_json(RouteTable *table, const Json *json, Error *err)
{
    Route route;

    if (!route_from_json(json, &route, err) || !check_addresses(table, &route, err))
        return false;
    if (routes_find(table, route.app))
        return error_set(err, ERR_USAGE, "the app %s stands there twice", route.app);
    return add(table, &route, err);
}

/* Missing in the file of a build that told nobody. */
static bool read_metrics(const Json *json, RouteTable *out, Error *err)
{
    const char *text = json_get_text(json, "metrics");
    Address address;

    if (!text || text[0] == '\0')
        return true;
    if (!address_parse(text, &address, err))
        return false;
    (void)address_format(&address, out->metrics);
    return true;
}

bool routes_from_json(const Json *json, RouteTable *out, Error *err)
{
    CLEANUP_ROUTES RouteTable table = {.generation = json_get_integer(json, "generation", -1)};
    const Json *list = json_get(json, "routes");

    if (json_get_integer(json, "schema", 0) != ROUTES_SCHEMA)
        return error_set(err, ERR_JSON, "the schema is %lld, not %d",
                         (long long)json_get_integer(json, "schema", 0), ROUTES_SCHEMA);
    if (table.generation < 0 || json_kind(list) != JSON_KIND_ARRAY || json_count(list) > ROUTES_MAX)
        return error_set(err, ERR_JSON, "it has no generation or no list of routes");
    if (!read_metrics(json, &table, err))
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        if (!add_from_json(&table, json_item(list, i), err))
            return false;
    }
    *out = table;
    table.items = NULL;
    return true;
}

bool routes_save(const char *path, const RouteTable *table, Error *err)
{
    CLEANUP(json_free) Json *json = routes_to_json(table);
    CLEANUP(free) char *text = json_pretty(json);

    if (!text)
        return error_memory(err);
    return file_write_durable(path, text, strlen(text), 0600, err);
}

static bool read_table(const char *path, RouteTable *out, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;

    return json_read_file(path, ROUTES_FILE_MAX, &json, err) && routes_from_json(json, out, err);
}

static bool move_aside(const char *path, const Error *why, Text *problem, Error *err)
{
    CLEANUP(free) char *aside = text_formatted("%s.bad-%lld", path, (long long)clock_wall_ms());

    if (!aside)
        return error_memory(err);
    if (!file_rename_durable(path, aside, err))
        return error_while(err, "moving the unusable %s aside", path);
    text_appendf(problem, "%s could not be used (%s) and was moved to %s", path, why->message,
                 aside);
    return text_ok(problem, err);
}

bool routes_load(const char *path, RouteTable *out, Text *problem, Error *err)
{
    RouteTable table = {0};
    Error why = {0};

    if (file_kind(path) != FILE_MISSING && !read_table(path, &table, &why) &&
        !move_aside(path, &why, problem, err))
        return false;
    *out = table;
    return true;
}
