/* See engine_nftables_rules.h. */
#include "proxy/engine/engine_nftables_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_MOST = 64,
    COMMENT_MOST = 100, /* the kernel keeps 128 bytes */
    PRIORITY = -101     /* before what other tables do at dstnat, -100 */
};

static const char release_mark[] = "release ";

bool nftables_is_name(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
            return false;
    return length > 0 && length <= NAME_MOST && isalpha((unsigned char)text[0]);
}

/* ---- writing ---- */

/* A comment stands in quotation marks. */
static bool fits_a_comment(const char *release)
{
    for (const char *at = release; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(".-+_~", *at))
            return false;
    return *release != '\0' && strlen(release) <= COMMENT_MOST;
}

static void write_redirect(const char *table, const RouteSlot *slot, const char *match, Text *out)
{
    text_appendf(out,
                 "add rule inet %s serve meta l4proto tcp %scounter name \"%s\" redirect to :%u",
                 table, match, slot->name, (unsigned)slot->address.port);
}

static void write_serve(const char *table, const Route *route, Text *out)
{
    char share[64];

    if (route->active == ROUTE_NO_SLOT)
        return;
    if (route->candidate_ppm > 0) {
        (void)snprintf(share, sizeof share, "numgen random mod %d < %lld ", ROUTE_MILLION,
                       (long long)route->candidate_ppm);
        write_redirect(table, &route->slots[1 - route->active], share, out);
        text_append(out, "\n");
    }
    write_redirect(table, &route->slots[route->active], "", out);
    if (fits_a_comment(route->release))
        text_appendf(out, " comment \"%s%s\"", release_mark, route->release);
    text_append(out, "\n");
}

/* Only a first packet: connections from before the table, which the kernel begins to follow in
 * their middle, keep going to whom they went. */
static void write_listen(const char *table, const char *chain, const Address *listen, Text *out)
{
    text_appendf(out, "add rule inet %s %s ", table, chain);
    if (address_is_wildcard(listen))
        text_appendf(out, "meta nfproto %s fib daddr type local",
                     listen->is_ipv6 ? "ipv6" : "ipv4");
    else
        text_appendf(out, "%s daddr %s", listen->is_ipv6 ? "ip6" : "ip", listen->host);
    text_appendf(out, " tcp dport %u tcp flags & (fin | syn | rst | ack) == syn jump serve\n",
                 (unsigned)listen->port);
}

/* Instances that other hosts shall reach by way of the table listen on all addresses. */
static void write_guard(const char *table, const Route *route, Text *out)
{
    text_appendf(out, "add rule inet %s guard iifname != \"lo\" tcp dport { ", table);
    for (size_t i = 0; i < route->slot_count; i++)
        text_appendf(out, "%s%u", i > 0 ? ", " : "", (unsigned)route->slots[i].address.port);
    text_append(out, " } ct status & dnat == 0 reject with tcp reset\n");
}

bool nftables_write_route(const char *table, const Route *route, Text *out, Error *err)
{
    text_appendf(out, "add table inet %s\n", table);
    for (size_t i = 0; i < route->slot_count; i++)
        text_appendf(out, "add counter inet %s %s\n", table, route->slots[i].name);
    text_appendf(out, "add chain inet %s serve\n", table);
    text_appendf(out,
                 "add chain inet %s prerouting { type nat hook prerouting priority %d; }\n"
                 "add chain inet %s output { type nat hook output priority %d; }\n"
                 "add chain inet %s guard { type filter hook input priority 0; }\n",
                 table, PRIORITY, table, PRIORITY, table);
    text_appendf(out, "flush table inet %s\n", table);
    write_serve(table, route, out);
    for (size_t i = 0; i < route->listen_count; i++) {
        write_listen(table, "prerouting", &route->listen[i], out);
        write_listen(table, "output", &route->listen[i], out);
    }
    write_guard(table, route, out);
    return text_ok(out, err);
}

bool nftables_write_removal(const char *table, Text *out, Error *err)
{
    text_appendf(out, "add table inet %s\ndelete table inet %s\n", table, table);
    return text_ok(out, err);
}

/* ---- reading ---- */

/* The rule at `index` if it is one of that chain; NULL otherwise. */
static const Json *rule_at(const Json *listing, size_t index, const char *chain)
{
    const Json *rule = json_get(json_item(json_get(listing, "nftables"), index), "rule");
    const char *its_chain = json_get_text(rule, "chain");

    return its_chain && text_equal(its_chain, chain) ? rule : NULL;
}

static size_t item_count(const Json *listing)
{
    return json_count(json_get(listing, "nftables"));
}

/* The first statement of that name in a rule; NULL if it has none. */
static const Json *statement_of(const Json *rule, const char *name)
{
    const Json *statements = json_get(rule, "expr");

    for (size_t i = 0; i < json_count(statements); i++) {
        const Json *found = json_get(json_item(statements, i), name);

        if (found)
            return found;
    }
    return NULL;
}

/* The share of a canary, in parts per million; 0 if the rule is none of one. */
static int64_t share_of(const Json *rule)
{
    const Json *statements = json_get(rule, "expr");

    for (size_t i = 0; i < json_count(statements); i++) {
        const Json *match = json_get(json_item(statements, i), "match");

        if (json_get(json_get(match, "left"), "numgen"))
            return json_get_integer(match, "right", 0);
    }
    return 0;
}

static size_t count_jumps(const Json *listing, const char *chain)
{
    size_t count = 0;

    for (size_t i = 0; i < item_count(listing); i++) {
        const char *target =
            json_get_text(statement_of(rule_at(listing, i, chain), "jump"), "target");

        count += target && text_equal(target, "serve");
    }
    return count;
}

static int slot_of_port(const Route *route, int64_t port)
{
    for (size_t i = 0; i < route->slot_count; i++)
        if (route->slots[i].address.port == port)
            return (int)i;
    return ROUTE_NO_SLOT;
}

static void read_serve(const Json *rule, const Route *route, EngineView *out)
{
    const char *comment = json_get_text(rule, "comment");

    out->active = slot_of_port(route, json_get_integer(statement_of(rule, "redirect"), "port", 0));
    if (comment && text_starts_with(comment, release_mark))
        (void)snprintf(out->release, sizeof out->release, "%s", comment + sizeof release_mark - 1);
}

void nftables_read_route(const Json *listing, const Route *route, EngineView *out)
{
    out->known = count_jumps(listing, "prerouting") == route->listen_count &&
                 count_jumps(listing, "output") == route->listen_count;
    out->active = ROUTE_NO_SLOT;
    if (!out->known)
        return;
    for (size_t i = 0; i < item_count(listing); i++) {
        const Json *rule = rule_at(listing, i, "serve");

        if (rule && share_of(rule) > 0)
            out->candidate_ppm = share_of(rule);
        else if (rule)
            read_serve(rule, route, out);
    }
}

int64_t nftables_read_count(const Json *listing, const char *slot)
{
    for (size_t i = 0; i < item_count(listing); i++) {
        const Json *counter = json_get(json_item(json_get(listing, "nftables"), i), "counter");
        const char *name = json_get_text(counter, "name");

        if (name && text_equal(name, slot))
            return json_get_integer(counter, "packets", -1);
    }
    return -1;
}
