/* engine_nftables_rules: a route as rules of nftables, written and read: text and JSON alone.
 *
 * One table of the family inet belongs to an app. Its chain `serve` redirects to a slot;
 * `prerouting` and `output` lead the first packet of a connection to a public address there, from
 * other hosts and from this one; `guard` keeps other hosts from the side ports, which are not
 * theirs. A counter for each slot counts the connections that it was given. Source: nft(8);
 * libnftables-json(5). */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_RULES_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_RULES_H

#include "base/json.h"
#include "base/text.h"
#include "proxy/engine/engine.h"

/* True for what may stand as the name of a table in a command. */
bool nftables_is_name(const char *text);

/* Commands of one transaction that make the table be as the route is, whatever was in it. */
bool nftables_write_route(const char *table, const Route *route, Text *out, Error *err);
/* Those that leave nothing of it, also where there is nothing. */
bool nftables_write_removal(const char *table, Text *out, Error *err);

/* What `list table` says of a route with these addresses and slots. Not known where the rules of
 * some address are missing: connections would pass us by. */
void nftables_read_route(const Json *listing, const Route *route, EngineView *out);
/* How many connections a slot was given; -1 if the listing has no counter of that name. */
int64_t nftables_read_count(const Json *listing, const char *slot);

#endif
