/* portproxy_flip: a route set as portproxy rules, so that it is certain afterwards that it works,
 * or that the old one does. Main path: stage flip, engine portproxy.
 *
 *   1 the rules of all families are read, and must leave room for ours
 *   2 `netsh interface portproxy set` for each public address: it changes a rule in place, and is
 *     never a removal and an addition
 *   3 the registry is read again
 *   4 the public address is listened on by the service iphlpsvc
 *   5 a connection through it comes out at the slot; only this is a proof
 *   6 where 3 to 5 are not so in time, iphlpsvc is told to read its rules again, and they are
 *     looked at once more; else the old rules are set again, and the route is refused
 *
 * Two stacks are two rules, and so two steps: a crash between them leaves one address at each slot.
 * The journal has both as one flip, `portproxy_show` says so, and setting the route again mends it.
 * `reset` is never used: it removes the rules of everybody. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_FLIP_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_FLIP_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_host.h"

/* ERR_FLIP where it was tried, and the old rules stand again. */
bool portproxy_set(const PortproxyHost *host, const EngineContext *context, const Route *route,
                   Error *err);

/* Removes the rules that lead to the app's slots and no other; a rule that was taken over from
 * somebody is set again as it was, and a service that was replaced is started again. */
bool portproxy_remove(const PortproxyHost *host, const EngineContext *context, Error *err);

#endif
