/* See portproxy_rule.h. */
#include "proxy/engine/portproxy_rule.h"

#include <stdio.h>
#include <string.h>

static const char *const family_names[] = {
    [V4TOV4] = "v4tov4", [V4TOV6] = "v4tov6", [V6TOV4] = "v6tov4", [V6TOV6] = "v6tov6"};

const char *portproxy_family_name(PortproxyFamily family)
{
    return family_names[family];
}

bool portproxy_family_find(const char *name, PortproxyFamily *out)
{
    for (int family = V4TOV4; family < PORTPROXY_FAMILIES; family++)
        if (text_equal(family_names[family], name)) {
            *out = (PortproxyFamily)family;
            return true;
        }
    return false;
}

static bool listens_ipv6(PortproxyFamily family)
{
    return family == V6TOV4 || family == V6TOV6;
}

/* ---- a list of them ---- */

bool portproxy_rules_add(PortproxyRules *rules, const PortproxyRule *rule, Error *err)
{
    PortproxyRule *more = NULL;

    if (rules->count >= PORTPROXY_RULES_MOST)
        return error_set(err, ERR_ENGINE, "more than %d portproxy rules",
                         (int)PORTPROXY_RULES_MOST);
    more = realloc(rules->items, (rules->count + 1) * sizeof *more);
    if (!more)
        return error_memory(err);
    rules->items = more;
    more[rules->count++] = *rule;
    return true;
}

void portproxy_rules_free(PortproxyRules *rules)
{
    free(rules->items);
    *rules = (PortproxyRules){0};
}

const PortproxyRule *portproxy_rules_find(const PortproxyRules *rules, const PortproxyRule *key)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].family == key->family &&
            portproxy_ends_equal(&rules->items[i].listen, &key->listen))
            return &rules->items[i];
    return NULL;
}

/* ---- reading ---- */

/* "::0" and "0:0::" are "::"; what is no number stays as it is. */
static void spell(char host[PORTPROXY_HOST_SIZE])
{
    char text[PORTPROXY_HOST_SIZE + 8];
    Address address = {0};
    Error none = {0};

    (void)snprintf(text, sizeof text, strchr(host, ':') ? "[%s]:1" : "%s:1", host);
    if (address_parse(text, &address, &none))
        (void)snprintf(host, PORTPROXY_HOST_SIZE, "%s", address.host);
}

/* "host/port". Without a port nobody can listen, or be reached, there; it is kept, to be shown. */
static bool parse_end(const char *text, PortproxyEnd *out)
{
    const char *slash = strrchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    uint64_t port = 0;

    *out = (PortproxyEnd){0};
    if (length >= sizeof out->host)
        return false;
    memcpy(out->host, text, length);
    spell(out->host);
    if (slash && text_parse_number(slash + 1, UINT16_MAX, &port))
        out->port = (uint16_t)port;
    return true;
}

bool portproxy_rule_parse(PortproxyFamily family, const char *name, const char *data,
                          PortproxyRule *out)
{
    PortproxyRule rule = {.family = family};

    if (!parse_end(name, &rule.listen) || !parse_end(data, &rule.connect))
        return false;
    *out = rule;
    return true;
}

static PortproxyEnd end_of(const Address *address)
{
    PortproxyEnd end = {.port = address->port};

    (void)snprintf(end.host, sizeof end.host, "%s", address->host);
    return end;
}

PortproxyRule portproxy_rule_for(const Address *listen, const Address *slot)
{
    static const PortproxyFamily families[2][2] = {
        {V4TOV4, V4TOV6},
        {V6TOV4, V6TOV6}
    };

    return (PortproxyRule){.family = families[listen->is_ipv6][slot->is_ipv6],
                           .listen = end_of(listen),
                           .connect = end_of(slot)};
}

/* ---- comparing ---- */

bool portproxy_ends_equal(const PortproxyEnd *a, const PortproxyEnd *b)
{
    return a->port == b->port && text_equal_ignoring_case(a->host, b->host);
}

bool portproxy_end_is(const PortproxyEnd *end, const Address *address)
{
    PortproxyEnd other = end_of(address);

    return portproxy_ends_equal(end, &other);
}

static bool is_wildcard(const char *host)
{
    return host[0] == '\0' || text_equal(host, "*") || text_equal(host, "0.0.0.0") ||
           text_equal(host, "::");
}

static bool is_number(const char *host)
{
    return strchr(host, ':') || strspn(host, "0123456789.") == strlen(host);
}

/* Nobody knows here which address a name has: it may be any. */
static bool hosts_meet(const char *a, const char *b)
{
    return is_wildcard(a) || is_wildcard(b) || text_equal_ignoring_case(a, b) || !is_number(a) ||
           !is_number(b);
}

bool portproxy_rules_clash(const PortproxyRule *a, const PortproxyRule *b)
{
    if (listens_ipv6(a->family) != listens_ipv6(b->family) || a->listen.port != b->listen.port ||
        a->listen.port == 0)
        return false;
    if (a->family == b->family && portproxy_ends_equal(&a->listen, &b->listen))
        return false;
    return hosts_meet(a->listen.host, b->listen.host);
}

bool portproxy_rule_covers(const PortproxyRule *rule, const Address *listen)
{
    return listens_ipv6(rule->family) == listen->is_ipv6 && rule->listen.port == listen->port &&
           hosts_meet(rule->listen.host, listen->host);
}

/* ---- text ---- */

static const char *end_text(const PortproxyEnd *end, char out[PORTPROXY_TEXT_SIZE / 2])
{
    (void)snprintf(out, PORTPROXY_TEXT_SIZE / 2, strchr(end->host, ':') ? "[%s]:%u" : "%s:%u",
                   end->host, (unsigned)end->port);
    return out;
}

const char *portproxy_rule_text(const PortproxyRule *rule, char out[PORTPROXY_TEXT_SIZE])
{
    char from[PORTPROXY_TEXT_SIZE / 2], to[PORTPROXY_TEXT_SIZE / 2];

    (void)snprintf(out, PORTPROXY_TEXT_SIZE, "%.16s %.280s -> %.280s",
                   portproxy_family_name(rule->family), end_text(&rule->listen, from),
                   end_text(&rule->connect, to));
    return out;
}

static bool add(TextList *list, const char *name, const char *value, Error *err)
{
    CLEANUP(free) char *argument = text_formatted("%s=%s", name, value);

    return argument ? text_list_add(list, argument, err) : error_memory(err);
}

static bool add_end(TextList *list, const char *side, const PortproxyEnd *end, Error *err)
{
    char name[32], port[8];

    (void)snprintf(name, sizeof name, "%saddress", side);
    if (!add(list, name, end->host, err))
        return false;
    (void)snprintf(name, sizeof name, "%sport", side);
    (void)snprintf(port, sizeof port, "%u", (unsigned)end->port);
    return add(list, name, port, err);
}

static bool begin(const char *verb, const PortproxyRule *rule, TextList *out, Error *err)
{
    return text_list_add(out, "interface", err) && text_list_add(out, "portproxy", err) &&
           text_list_add(out, verb, err) &&
           text_list_add(out, portproxy_family_name(rule->family), err) &&
           add_end(out, "listen", &rule->listen, err);
}

bool portproxy_set_arguments(const PortproxyRule *rule, TextList *out, Error *err)
{
    return begin("set", rule, out, err) && add_end(out, "connect", &rule->connect, err) &&
           text_list_add(out, "protocol=tcp", err);
}

bool portproxy_delete_arguments(const PortproxyRule *rule, TextList *out, Error *err)
{
    return begin("delete", rule, out, err) && text_list_add(out, "protocol=tcp", err);
}
