/* See route_limits.h. */
#include "proxy/route_limits.h"

#include <stddef.h>

typedef struct Row {
    const char *name;
    size_t at;
    int64_t initial;
    int64_t most;
} Row;

#define LIMIT(member, initial, most)                                                               \
    {                                                                                              \
#member, offsetof(RouteLimits, member), initial, most                                      \
    }
#define YEAR_MS (INT64_C(365) * 86400 * 1000)

static const Row rows[] = {
    LIMIT(head_ms, 30000, YEAR_MS),
    LIMIT(idle_ms, 120000, YEAR_MS),
    LIMIT(connect_ms, 10000, YEAR_MS),
    LIMIT(first_byte_ms, 60000, YEAR_MS),
    LIMIT(stall_ms, 60000, YEAR_MS),
    LIMIT(head_bytes, ROUTE_HEAD_BYTES_MAX, ROUTE_HEAD_BYTES_MAX),
    LIMIT(body_bytes, 0, INT64_MAX),
    LIMIT(connections, 0, INT32_MAX),
};

enum { ROWS = sizeof rows / sizeof *rows };

static int64_t *limit_in(RouteLimits *limits, const Row *row)
{
    return (int64_t *)(void *)((char *)limits + row->at);
}

static int64_t limit_of(const RouteLimits *limits, const Row *row)
{
    return *(const int64_t *)(const void *)((const char *)limits + row->at);
}

bool route_limits_from_json(const Json *json, RouteLimits *out, Error *err)
{
    RouteLimits limits = {0};

    for (size_t i = 0; i < ROWS; i++) {
        int64_t value = json_get_integer(json, rows[i].name, 0);

        if (value < 0 || value > rows[i].most)
            return error_set(err, ERR_USAGE, "route: the limit %s is %lld, not 0 to %lld",
                             rows[i].name, (long long)value, (long long)rows[i].most);
        *limit_in(&limits, &rows[i]) = value;
    }
    *out = limits;
    return true;
}

Json *route_limits_to_json(const RouteLimits *limits)
{
    Json *json = json_new_object();

    for (size_t i = 0; i < ROWS; i++)
        (void)json_put_integer(json, rows[i].name, limit_of(limits, &rows[i])); /* see json.h */
    return json;
}

RouteLimits route_limits_in_force(const RouteLimits *limits)
{
    RouteLimits full = *limits;

    for (size_t i = 0; i < ROWS; i++) {
        if (limit_of(limits, &rows[i]) == 0)
            *limit_in(&full, &rows[i]) = rows[i].initial;
    }
    return full;
}
