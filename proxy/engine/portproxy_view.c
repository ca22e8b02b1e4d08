/* See portproxy_view.h. */
#include "proxy/engine/portproxy_view.h"

#include "proxy/engine/portproxy_preflight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_MS = 2000, RELAY_TIMEOUT_MS = 1000, POLL_MS = 5 };

/* ---- the route ---- */

static const PortproxyHolder *holder_at(const PortproxyHolders *holders, const Address *listen)
{
    for (size_t i = 0; i < holders->count; i++)
        if (address_equal(&holders->items[i].at, listen))
            return &holders->items[i];
    return NULL;
}

bool portproxy_is_heard(const PortproxyHost *host, const Address *listen, Error *err)
{
    PortproxyService service = {0};
    PortproxyHolders holders = {0};
    const PortproxyHolder *holder = NULL;
    char address[ADDRESS_TEXT_SIZE];

    if (!host->look_at_service(host->context, &service, err) ||
        !portproxy_service_check(&service, err) ||
        !host->find_holders(host->context, listen->port, &holders, err))
        return false;
    (void)address_format(listen, address);
    holder = holder_at(&holders, listen);
    if (!holder)
        return error_set(err, ERR_ENGINE, "nobody listens on %s", address);
    /* An owner that cannot be seen is proved by what comes out at the slot. */
    if (holder->pid == 0 || holder->pid == service.pid)
        return true;
    return error_set(err, ERR_ENGINE,
                     "%s (process %" PRId64 ") listens on %s, not the service iphlpsvc (process "
                     "%" PRId64 ")",
                     holder->name[0] != '\0' ? holder->name : "a program", holder->pid, address,
                     service.pid);
}

static void say(EngineView *view, const char *text, const char *fix)
{
    (void)snprintf(view->trouble, sizeof view->trouble, "%.255s", text);
    view->fix = fix;
}

/* Where the rules of the addresses lead; a text in view->trouble where that is not one slot. */
static void read_targets(const EngineContext *context, const PortproxyRules *rules,
                         EngineView *view)
{
    const Route *route = &context->route;
    char text[PORTPROXY_TEXT_SIZE], line[PORTPROXY_TEXT_SIZE + 64], address[ADDRESS_TEXT_SIZE];
    char first[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < route->listen_count && view->trouble[0] == '\0'; i++) {
        PortproxyRule wanted = portproxy_rule_for(&route->listen[i], &route->slots[0].address);
        const PortproxyRule *rule = portproxy_rules_find(rules, &wanted);
        int slot = rule ? portproxy_slot_of(route, rule) : ROUTE_NO_SLOT;

        (void)address_format(&route->listen[i], address);
        line[0] = '\0';
        if (!rule)
            (void)snprintf(line, sizeof line, "there is no portproxy rule for %s", address);
        else if (slot == ROUTE_NO_SLOT)
            (void)snprintf(line, sizeof line, "the portproxy rule %s leads to no slot of %s",
                           portproxy_rule_text(rule, text), context->app);
        else if (i > 0 && slot != view->active)
            (void)snprintf(line, sizeof line, "%s leads to %s, and %s to %s",
                           address_format(&route->listen[0], first),
                           route->slots[view->active].name, address, route->slots[slot].name);
        else
            view->active = slot;
        if (line[0] != '\0')
            say(view, line, NULL);
    }
}

static bool read_view(const PortproxyHost *host, const EngineContext *context, EngineView *out,
                      Error *err)
{
    CLEANUP_PORTPROXY_RULES PortproxyRules rules = {0};
    Error unheard = {0};

    if (!host->read_rules(host->context, &rules, err))
        return false;
    read_targets(context, &rules, out);
    for (size_t i = 0; i < context->route.listen_count && out->trouble[0] == '\0'; i++)
        if (!portproxy_is_heard(host, &context->route.listen[i], &unheard))
            say(out, unheard.message, NULL);
    out->known = out->trouble[0] == '\0';
    if (!out->known)
        out->active = ROUTE_NO_SLOT;
    return true;
}

bool portproxy_show(const PortproxyHost *host, const EngineContext *context, EngineView *out,
                    Error *err)
{
    PortproxyService service = {0};
    EngineView view = {.active = ROUTE_NO_SLOT};
    const char *trouble = NULL, *fix = NULL;

    if (!host->look_at_service(host->context, &service, err))
        return false;
    view.running = service.running;
    trouble = portproxy_service_trouble(&service, &fix);
    if (trouble)
        say(&view, trouble, fix);
    else if (!read_view(host, context, &view, err))
        return false;
    *out = view;
    return true;
}

/* ---- the proof ---- */

static bool has_new_peer(const PortproxyPeers *before, const PortproxyPeers *after)
{
    for (size_t i = 0; i < sizeof after->bits; i++)
        if (after->bits[i] & ~before->bits[i])
            return true;
    return false;
}

/* What is looked for: one connection to the slot's port more than before. */
typedef struct Proof {
    const PortproxyHost *host;
    uint16_t port;
    int64_t listener; /* the process that carries it; 0: owners cannot be seen */
    PortproxyPeers before;
} Proof;

/* Whose the new one is, is asked once, as it may take long. */
static bool is_carried(const Proof *proof, bool *carried, Error *err)
{
    const PortproxyHost *host = proof->host;
    PortproxyPeers after = {0};

    *carried = true;
    if (proof->listener == 0)
        return true;
    if (!host->find_peers(host->context, proof->port, proof->listener, &after, err))
        return false;
    *carried = has_new_peer(&proof->before, &after);
    return true;
}

/* Others connect at the same time, but nobody comes to the slot by the service unless the rules
 * lead there. */
static bool wait_for_peer(const Proof *proof, bool *came, Error *err)
{
    const PortproxyHost *host = proof->host;
    int64_t deadline = host->now_ms(host->context) + RELAY_TIMEOUT_MS;
    PortproxyPeers after = {0};

    *came = false;
    for (;;) {
        if (!host->find_peers(host->context, proof->port, 0, &after, err) ||
            (has_new_peer(&proof->before, &after) && !is_carried(proof, came, err)))
            return false;
        if (*came || host->now_ms(host->context) >= deadline)
            return true;
        host->pause(host->context, POLL_MS);
    }
}

static bool ask(const PortproxyHost *host, const RouteSlot *slot, const Address *listen, bool *came,
                Error *err)
{
    Address reach = address_to_reach(listen);
    Proof proof = {.host = host, .port = slot->address.port};
    PortproxyConnection *connection = NULL;
    PortproxyHolders holders = {0};
    const PortproxyHolder *holder = NULL;
    bool asked = false;

    if (!host->find_holders(host->context, listen->port, &holders, err) ||
        !host->find_peers(host->context, proof.port, 0, &proof.before, err))
        return false;
    holder = holder_at(&holders, listen);
    proof.listener = holder ? holder->pid : 0;
    if (!host->connect(host->context, &reach, CONNECT_TIMEOUT_MS, &connection, err))
        return false;
    asked = wait_for_peer(&proof, came, err);
    host->disconnect(host->context, connection);
    return asked;
}

bool portproxy_who_answers(const PortproxyHost *host, const Route *route, const Address *listen,
                           EngineAnswer *out, Error *err)
{
    EngineAnswer answer = {.slot = ROUTE_NO_SLOT, .seen = "no answer"};
    const RouteSlot *slot = NULL;
    bool came = false;

    if (route->active == ROUTE_NO_SLOT) {
        *out = answer;
        return true;
    }
    slot = &route->slots[route->active];
    if (!ask(host, slot, listen, &came, err))
        return false;
    if (came)
        answer.slot = route->active;
    (void)snprintf(answer.seen, sizeof answer.seen, "a connection that %s slot %s",
                   came ? "reached" : "did not reach", slot->name);
    *out = answer;
    return true;
}
