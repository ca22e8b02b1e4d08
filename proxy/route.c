/* See route.h. */
#include "proxy/route.h"

#include "base/path.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool is_name(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return text[0] != '\0' && strspn(text, letters) == strlen(text);
}

/* What travels in a header must not be able to end it. */
static bool is_header_safe(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x21 || *text > 0x7e)
            return false;
    }
    return true;
}

static bool read_text(const Json *json, const char *key, char *out, size_t size, Error *err)
{
    const char *text = json_get_text(json, key);

    if (!text)
        return error_set(err, ERR_USAGE, "route: \"%s\" is missing or no text", key);
    if (strlen(text) >= size)
        return error_set(err, ERR_USAGE, "route: \"%s\" is longer than %zu characters", key,
                         size - 1);
    (void)snprintf(out, size, "%s", text); /* length is checked above */
    return true;
}

static bool read_optional_token(const Json *json, const char *key, char *out, size_t size,
                                Error *err)
{
    if (json_kind(json_get(json, key)) == JSON_KIND_NULL) {
        out[0] = '\0';
        return true;
    }
    if (!read_text(json, key, out, size, err))
        return false;
    if (!is_header_safe(out))
        return error_set(err, ERR_USAGE, "route: \"%s\" holds a blank or a control character", key);
    return true;
}

static bool read_mode(const Json *json, RouteMode *out, Error *err)
{
    const char *mode = json_get_text(json, "mode");

    if (!mode || (!text_equal(mode, "http") && !text_equal(mode, "tcp")))
        return error_set(err, ERR_USAGE, "route: \"mode\" is \"%s\", not http or tcp",
                         mode ? mode : "");
    *out = text_equal(mode, "tcp") ? ROUTE_TCP : ROUTE_HTTP;
    return true;
}

static bool read_listen(const Json *json, Route *out, Error *err)
{
    const Json *list = json_get(json, "listen");
    size_t count = json_kind(list) == JSON_KIND_ARRAY ? json_count(list) : 0;

    if (count == 0 || count > ROUTE_LISTEN_MAX)
        return error_set(err, ERR_USAGE, "route: \"listen\" needs 1 to %d addresses, found %zu",
                         ROUTE_LISTEN_MAX, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_as_text(json_item(list, i));

        if (!address_parse(text ? text : "", &out->listen[i], err))
            return error_set(err, ERR_USAGE, "route: \"%s\" in \"listen\" is not HOST:PORT",
                             text ? text : "");
        out->listen_count = i; /* so far, for the question below */
        if (route_listens_on(out, &out->listen[i]))
            return error_set(err, ERR_USAGE, "route: %s is listed twice", text);
    }
    out->listen_count = count;
    return true;
}

static bool read_slots(const Json *json, Route *out, Error *err)
{
    const Json *slots = json_get(json, "slots");
    size_t count = json_kind(slots) == JSON_KIND_OBJECT ? json_count(slots) : 0;

    if (count == 0 || count > ROUTE_SLOTS_MAX)
        return error_set(err, ERR_USAGE, "route: \"slots\" needs 1 or %d slots, found %zu",
                         ROUTE_SLOTS_MAX, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_key(slots, i);
        const char *text = json_get_text(slots, name);

        if (strlen(name) >= ROUTE_SLOT_NAME_SIZE || !is_name(name))
            return error_set(err, ERR_USAGE, "route: \"%s\" is no name for a slot", name);
        if (!address_parse(text ? text : "", &out->slots[i].address, err))
            return error_set(err, ERR_USAGE, "route: slot %s is at \"%s\", not HOST:PORT", name,
                             text ? text : "");
        (void)snprintf(out->slots[i].name, ROUTE_SLOT_NAME_SIZE, "%s", name);
    }
    out->slot_count = count;
    return true;
}

static bool read_active(const Json *json, Route *out, Error *err)
{
    const Json *active = json_get(json, "active");
    const char *name = json_as_text(active);

    out->active = ROUTE_NO_SLOT;
    if (json_kind(active) == JSON_KIND_NULL)
        return true;
    if (name)
        out->active = route_slot_index(out, name);
    if (out->active == ROUTE_NO_SLOT)
        return error_set(err, ERR_USAGE, "route: \"active\" is \"%s\", not one of its slots",
                         name ? name : "");
    return true;
}

/* ---- canary and gate ---- */

static bool is_salt(const char *text)
{
    uint8_t bytes[(ROUTE_SALT_SIZE - 1) / 2];

    return strlen(text) == ROUTE_SALT_SIZE - 1 && text_to_bytes(text, bytes, sizeof bytes);
}

static bool read_canary(const Json *json, Route *out, Error *err)
{
    const Json *canary = json_get(json, "canary");

    if (json_kind(canary) == JSON_KIND_NULL)
        return true;
    out->candidate_ppm = json_get_integer(canary, "ppm", -1);
    if (out->candidate_ppm < 0 || out->candidate_ppm > ROUTE_MILLION)
        return error_set(err, ERR_USAGE, "route: the share of the canary is %lld, not 0 to %d",
                         (long long)out->candidate_ppm, ROUTE_MILLION);
    if (!read_optional_token(canary, "release", out->candidate_release,
                             sizeof out->candidate_release, err) ||
        !read_optional_token(canary, "salt", out->salt, sizeof out->salt, err))
        return false;
    if (out->candidate_ppm == 0)
        return true;
    if (out->slot_count != 2 || out->active == ROUTE_NO_SLOT)
        return error_set(err, ERR_USAGE, "route: a canary needs two slots, one of them active");
    if (!is_salt(out->salt))
        return error_set(err, ERR_USAGE, "route: the salt of the canary is not %d hex characters",
                         ROUTE_SALT_SIZE - 1);
    return true;
}

static const char *const gate_words[] = {
    [ROUTE_OPEN] = "open", [ROUTE_HELD] = "held", [ROUTE_MAINTENANCE] = "maintenance"};

const char *route_gate_name(RouteGate gate)
{
    return gate_words[gate];
}

static bool read_gate(const Json *json, RouteGate *out, Error *err)
{
    const char *word = json_get_text(json, "gate");

    if (json_kind(json_get(json, "gate")) == JSON_KIND_NULL)
        return true; /* a table that an older build wrote: open */
    for (size_t i = 0; word && i < sizeof gate_words / sizeof *gate_words; i++) {
        if (text_equal(word, gate_words[i])) {
            *out = (RouteGate)i;
            return true;
        }
    }
    return error_set(err, ERR_USAGE, "route: \"gate\" is \"%s\", not open, held or maintenance",
                     word ? word : "");
}

static bool read_hold(const Json *json, RouteHold *out, Error *err)
{
    const Json *hold = json_get(json, "hold");

    out->requests = json_get_integer(hold, "requests", 0);
    out->bytes = json_get_integer(hold, "bytes", 0);
    out->ms = json_get_integer(hold, "ms", 0);
    if (out->requests < 0 || out->bytes < 0 || out->ms < 0)
        return error_set(err, ERR_USAGE, "route: a bound of \"hold\" is below zero");
    return true;
}

/* The proxy works in the folder "/": a relative path would mean something else there. */
static bool read_page(const Json *json, char out[ROUTE_PATH_SIZE], Error *err)
{
    if (json_kind(json_get(json, "page")) == JSON_KIND_NULL)
        return true;
    if (!read_text(json, "page", out, ROUTE_PATH_SIZE, err))
        return false;
    if (out[0] != '\0' && (!path_is_absolute(out) || !text_printable(out)))
        return error_set(err, ERR_USAGE, "route: \"page\" is not the absolute path of a file");
    return true;
}

static bool read_health_path(const Json *json, char out[ROUTE_PATH_SIZE], Error *err)
{
    if (!read_optional_token(json, "health_path", out, ROUTE_PATH_SIZE, err))
        return false;
    if (out[0] != '\0' && (out[0] != '/' || strpbrk(out, "?#")))
        return error_set(err, ERR_USAGE,
                         "route: \"health_path\" is \"%s\", not a path without a query", out);
    return true;
}

static bool read_gatekeeping(const Json *json, Route *out, Error *err)
{
    return read_gate(json, &out->gate, err) && read_hold(json, &out->hold, err) &&
           read_page(json, out->page, err) && read_health_path(json, out->health_path, err);
}

static bool read_proxy_header(const Json *json, Route *out, Error *err)
{
    out->send_proxy_header = json_get_bool(json, "send_proxy_header", false);
    if (out->send_proxy_header && out->mode != ROUTE_TCP)
        return error_set(err, ERR_USAGE, "route: \"send_proxy_header\" needs the mode tcp");
    return true;
}

/* ---- the whole ---- */

bool route_from_json(const Json *json, Route *out, Error *err)
{
    Route route = {0};

    if (json_kind(json) != JSON_KIND_OBJECT)
        return error_set(err, ERR_USAGE, "route: missing or no object");
    if (!read_text(json, "app", route.app, sizeof route.app, err))
        return false;
    if (!is_name(route.app))
        return error_set(err, ERR_USAGE, "route: \"%s\" is no name for an app", route.app);
    if (!read_mode(json, &route.mode, err) || !read_listen(json, &route, err) ||
        !read_slots(json, &route, err) || !read_active(json, &route, err) ||
        !read_optional_token(json, "release", route.release, sizeof route.release, err) ||
        !read_optional_token(json, "proof", route.proof, sizeof route.proof, err) ||
        !route_trust_from_json(json_get(json, "trusted"), &route.trusted, err) ||
        !route_limits_from_json(json_get(json, "limits"), &route.limits, err) ||
        !read_canary(json, &route, err) || !read_gatekeeping(json, &route, err) ||
        !read_proxy_header(json, &route, err))
        return false;
    *out = route;
    return true;
}

static Json *listen_to_json(const Route *route)
{
    Json *list = json_new_array();
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < route->listen_count; i++)
        (void)json_push_text(list, address_format(&route->listen[i], text)); /* see json.h */
    return list;
}

static Json *slots_to_json(const Route *route)
{
    Json *slots = json_new_object();
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < route->slot_count; i++)
        (void)json_put_text(slots, route->slots[i].name,
                            address_format(&route->slots[i].address, text));
    return slots;
}

static Json *canary_to_json(const Route *route)
{
    Json *json = json_new_object();

    (void)json_put_integer(json, "ppm", route->candidate_ppm);
    (void)json_put_text(json, "release", route->candidate_release);
    (void)json_put_text(json, "salt", route->salt);
    return json;
}

static Json *hold_to_json(const RouteHold *hold)
{
    Json *json = json_new_object();

    (void)json_put_integer(json, "requests", hold->requests);
    (void)json_put_integer(json, "bytes", hold->bytes);
    (void)json_put_integer(json, "ms", hold->ms);
    return json;
}

Json *route_to_json(const Route *route)
{
    Json *json = json_new_object();
    const char *active = route->active == ROUTE_NO_SLOT ? NULL : route->slots[route->active].name;

    /* A failed put marks the whole value: json_line() of it is NULL. */
    (void)json_put_text(json, "app", route->app);
    (void)json_put_text(json, "mode", route->mode == ROUTE_TCP ? "tcp" : "http");
    (void)json_put(json, "listen", listen_to_json(route));
    (void)json_put(json, "slots", slots_to_json(route));
    (void)json_put_text(json, "active", active);
    (void)json_put_text(json, "release", route->release);
    (void)json_put_text(json, "proof", route->proof);
    (void)json_put(json, "trusted", route_trust_to_json(&route->trusted));
    (void)json_put(json, "limits", route_limits_to_json(&route->limits));
    (void)json_put(json, "canary", canary_to_json(route));
    (void)json_put_text(json, "gate", route_gate_name(route->gate));
    (void)json_put(json, "hold", hold_to_json(&route->hold));
    (void)json_put_text(json, "page", route->page);
    (void)json_put_text(json, "health_path", route->health_path);
    (void)json_put_bool(json, "send_proxy_header", route->send_proxy_header);
    return json;
}

bool route_listens_on(const Route *route, const Address *address)
{
    for (size_t i = 0; i < route->listen_count; i++) {
        if (address_equal(&route->listen[i], address))
            return true;
    }
    return false;
}

int route_slot_index(const Route *route, const char *name)
{
    for (size_t i = 0; i < route->slot_count; i++) {
        if (text_equal(route->slots[i].name, name))
            return (int)i;
    }
    return ROUTE_NO_SLOT;
}
