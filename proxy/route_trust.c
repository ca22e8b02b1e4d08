/* See route_trust.h. */
#include "proxy/route_trust.h"

bool route_trust_from_json(const Json *json, RouteTrust *out, Error *err)
{
    RouteTrust trust = {0};
    size_t count = json_count(json);

    if (json_kind(json) != JSON_KIND_NULL && json_kind(json) != JSON_KIND_ARRAY)
        return error_set(err, ERR_USAGE, "route: \"trusted\" is no list");
    if (count > ROUTE_TRUST_MAX)
        return error_set(err, ERR_USAGE, "route: \"trusted\" takes %d ranges, found %zu",
                         ROUTE_TRUST_MAX, count);
    for (; trust.count < count; trust.count++) {
        const char *text = json_as_text(json_item(json, trust.count));
        Error why = {0};

        if (!address_range_parse(text ? text : "", &trust.ranges[trust.count], &why))
            return error_set(err, ERR_USAGE, "route: in \"trusted\": %s", why.message);
    }
    *out = trust;
    return true;
}

Json *route_trust_to_json(const RouteTrust *trust)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < trust->count; i++)
        (void)json_push_text(list, trust->ranges[i].text); /* see json.h */
    return list;
}

bool route_trust_includes(const RouteTrust *trust, const char *host)
{
    for (size_t i = 0; i < trust->count; i++) {
        if (address_range_contains(&trust->ranges[i], host))
            return true;
    }
    return false;
}
