/* See portproxy_preflight.h. Who may bind beside whom:
 * learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse */
#include "proxy/engine/portproxy_preflight.h"

#include "proxy/engine/portproxy_legacy.h"

#include <inttypes.h>
#include <stdio.h>

enum { PID_OF_SYSTEM = 4 };

/* ---- the service ---- */

const char *portproxy_service_trouble(const PortproxyService *service, const char **fix)
{
    *fix = "Start it: `sc.exe start iphlpsvc`. Never restart one that runs: that cuts every "
           "connection through a portproxy rule.";
    if (service->running)
        return NULL;
    if (!service->installed)
        *fix = "Use traffic.engine: embedded; this Windows cannot carry portproxy rules.";
    else if (service->disabled)
        *fix = "Enable and start it: `sc.exe config iphlpsvc start= auto`, then `sc.exe start "
               "iphlpsvc`.";
    return !service->installed ? "there is no service iphlpsvc (IP Helper): no portproxy rule works"
           : service->disabled
               ? "the service iphlpsvc (IP Helper) is disabled: no portproxy rule works"
               : "the service iphlpsvc (IP Helper) does not run: no portproxy rule works";
}

bool portproxy_service_check(const PortproxyService *service, Error *err)
{
    const char *fix = NULL;
    const char *trouble = portproxy_service_trouble(service, &fix);

    if (!trouble)
        return true;
    (void)error_set(err, ERR_ENGINE, "%s", trouble);
    return error_hint(err, "%s", fix);
}

/* ---- rules ---- */

int portproxy_slot_of(const Route *route, const PortproxyRule *rule)
{
    for (size_t i = 0; i < route->slot_count; i++)
        if (portproxy_end_is(&rule->connect, &route->slots[i].address))
            return (int)i;
    return ROUTE_NO_SLOT;
}

/* At a public address itself. Taking it over is asked for, as its owner may not know of us; and it
 * must be one that can be set again. */
static bool check_owner(const EngineContext *context, const PortproxyRule *rule, Error *err)
{
    char text[PORTPROXY_TEXT_SIZE];

    if (portproxy_slot_of(&context->route, rule) != ROUTE_NO_SLOT)
        return true;
    if (context->options.portproxy_take_over && rule->connect.port != 0)
        return true;
    (void)error_set(err, ERR_ENGINE, "the portproxy rule %s is not of %s",
                    portproxy_rule_text(rule, text), context->app);
    return error_hint(err, "With traffic.portproxy.take_over: true it is taken over without a gap, "
                           "and set again if the first deployment is undone.");
}

static bool refuse_clash(const PortproxyRule *wanted, const PortproxyRule *other, Error *err)
{
    char ours[PORTPROXY_TEXT_SIZE], theirs[PORTPROXY_TEXT_SIZE];

    (void)error_set(err, ERR_ENGINE,
                    "the portproxy rule %s stands in the way of %s: connections would be split "
                    "between them, or one of them would not listen",
                    portproxy_rule_text(other, theirs), portproxy_rule_text(wanted, ours));
    return error_hint(err,
                      "Remove it if nobody needs it: `netsh interface portproxy delete %s "
                      "listenaddress=%.64s listenport=%u`. Or give traffic.listen another port.",
                      portproxy_family_name(other->family), other->listen.host,
                      (unsigned)other->listen.port);
}

static bool check_address_rules(const EngineContext *context, const PortproxyRules *rules,
                                const Address *listen, Error *err)
{
    PortproxyRule wanted = portproxy_rule_for(listen, &context->route.slots[0].address);
    const PortproxyRule *there = portproxy_rules_find(rules, &wanted);

    if (there && !check_owner(context, there, err))
        return false;
    for (size_t i = 0; i < rules->count; i++)
        if (portproxy_rules_clash(&wanted, &rules->items[i]))
            return refuse_clash(&wanted, &rules->items[i], err);
    return true;
}

bool portproxy_check_rules(const EngineContext *context, const PortproxyRules *rules, Error *err)
{
    for (size_t i = 0; i < context->route.listen_count; i++)
        if (!check_address_rules(context, rules, &context->route.listen[i], err))
            return false;
    return true;
}

/* ---- who holds the port ---- */

typedef struct Looking {
    const PortproxyHost *host;
    const EngineContext *context;
    PortproxyRules rules;
    PortproxyService service;
} Looking;

static bool has_rule(const Looking *looking, const Address *listen)
{
    for (size_t i = 0; i < looking->rules.count; i++)
        if (portproxy_rule_covers(&looking->rules.items[i], listen))
            return true;
    return false;
}

/* An owner that cannot be seen is taken for the service where a rule says that it should listen. */
static bool is_the_service(const Looking *looking, const PortproxyHolder *holder,
                           const Address *listen)
{
    return holder->pid == 0 ? has_rule(looking, listen) : holder->pid == looking->service.pid;
}

enum { WHO_SIZE = 512 };

/* Who listens, as an operator would look for it. */
typedef struct Who {
    char service[PORTPROXY_SERVICE_SIZE]; /* "" if it is none */
    char text[WHO_SIZE];
} Who;

static const Who *look_at_holder(const Looking *looking, const PortproxyHolder *holder, Who *out)
{
    const char *program = holder->name[0] != '\0' ? holder->name : "a program";
    char at[ADDRESS_TEXT_SIZE];
    Error unknown = {0}; /* a name less in a text that refuses anyway */

    out->service[0] = '\0';
    if (holder->pid != PID_OF_SYSTEM)
        (void)looking->host->service_of(looking->host->context, holder->pid, out->service,
                                        &unknown);
    (void)address_format(&holder->at, at);
    if (holder->pid == 0)
        (void)snprintf(out->text, WHO_SIZE, "a program that cannot be seen listens on %s", at);
    else if (holder->pid == PID_OF_SYSTEM)
        (void)snprintf(out->text, WHO_SIZE, "the system (http.sys, as IIS uses it) listens on %s",
                       at);
    else if (out->service[0] != '\0')
        (void)snprintf(out->text, WHO_SIZE, "service %s (%s, process %" PRId64 ") listens on %s",
                       out->service, program, holder->pid, at);
    else
        (void)snprintf(out->text, WHO_SIZE, "%s (process %" PRId64 ") listens on %s", program,
                       holder->pid, at);
    return out;
}

/* Whoever has the wildcard, or the very address, keeps the relay out, whatever netsh says. */
static bool refuse_holder(const Looking *looking, const PortproxyHolder *holder,
                          const Address *listen, Error *err)
{
    char address[ADDRESS_TEXT_SIZE];
    Who who;

    (void)error_set(err, ERR_ENGINE,
                    "%s, and Windows lets no portproxy rule listen on %s beside it",
                    look_at_holder(looking, holder, &who)->text, address_format(listen, address));
    return error_hint(
        err,
        "In one restart, let it listen on 127.0.0.1:ITS_PORT, `netsh interface portproxy set %s "
        "listenaddress=%s listenport=%u connectaddress=127.0.0.1 connectport=ITS_PORT`, and deploy "
        "with traffic.portproxy.take_over: true: no connection is refused then. Or, if it is a "
        "service, with traffic.portproxy.replaces: %s: the flip stops it and sets the rule in its "
        "place; meanwhile connections are refused, and its own end. Or give traffic.listen another "
        "port.",
        portproxy_family_name(listen->is_ipv6 ? V6TOV4 : V4TOV4), listen->host,
        (unsigned)listen->port, who.service[0] != '\0' ? who.service : "ITS_NAME");
}

/* The rule would listen, but who connects to the holder's address goes on reaching the holder. */
static bool refuse_split(const Looking *looking, const PortproxyHolder *holder,
                         const Address *listen, Error *err)
{
    char address[ADDRESS_TEXT_SIZE];
    Who who;

    (void)error_set(err, ERR_ENGINE,
                    "%s: beside a portproxy rule on %s it would go on answering there",
                    look_at_holder(looking, holder, &who)->text, address_format(listen, address));
    return error_hint(err, "With traffic.portproxy.take_over: true the rule is set beside it, and "
                           "new connections reach the release from the moment that it is stopped.");
}

static bool check_holder(const Looking *looking, const PortproxyHolder *holder,
                         const Address *listen, Error *err)
{
    bool same_place = text_equal(holder->at.host, listen->host) || address_is_wildcard(&holder->at);
    bool goes = false;

    if (holder->at.is_ipv6 != listen->is_ipv6 || is_the_service(looking, holder, listen))
        return true;
    if (!portproxy_legacy_holds(looking->host, looking->context, holder, &goes, err))
        return false;
    if (goes)
        return true;
    if (same_place)
        return refuse_holder(looking, holder, listen, err);
    if (!address_is_wildcard(listen))
        return true; /* two addresses, each its own */
    /* Our own proof goes by loopback: one that listens there would answer it. */
    if (address_is_loopback(&holder->at))
        return refuse_holder(looking, holder, listen, err);
    return looking->context->options.portproxy_take_over ||
           refuse_split(looking, holder, listen, err);
}

/* A socket of both stacks, as Go's servers have, may be seen in the other one alone. NULL: none. */
static const PortproxyHolder *holder_of_both(const PortproxyHolders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        if (holders->items[i].at.is_ipv6 && address_is_wildcard(&holders->items[i].at))
            return &holders->items[i];
    return NULL;
}

/* Nobody is seen there, and still it may be refused: a socket of both stacks, or a range that
 * Hyper-V or an administrator keeps (netsh interface ipv4 show excludedportrange). */
static bool check_free(const Looking *looking, const PortproxyHolders *holders,
                       const Address *listen, Error *err)
{
    const PortproxyHolder *both = holder_of_both(holders);
    char address[ADDRESS_TEXT_SIZE];
    const char *why = NULL;
    bool goes = false;

    if (has_rule(looking, listen) || looking->host->can_bind(looking->host->context, listen, &why))
        return true;
    if (!portproxy_legacy_holds(looking->host, looking->context, both, &goes, err))
        return false;
    if (goes)
        return true;
    if (both)
        return refuse_holder(looking, both, listen, err);
    (void)error_set(err, ERR_ENGINE, "nothing can listen on %s: %s",
                    address_format(listen, address), why);
    return error_hint(err, "`netsh interface ipv4 show excludedportrange protocol=tcp` shows ports "
                           "that Windows keeps; `netstat -ano` shows who listens.");
}

static bool check_address(const Looking *looking, const Address *listen, Error *err)
{
    PortproxyHolders holders = {0};
    bool somebody = false;

    if (!looking->host->find_holders(looking->host->context, listen->port, &holders, err))
        return false;
    for (size_t i = 0; i < holders.count; i++) {
        if (!check_holder(looking, &holders.items[i], listen, err))
            return false;
        somebody = somebody || holders.items[i].at.is_ipv6 == listen->is_ipv6;
    }
    return somebody || check_free(looking, &holders, listen, err);
}

bool portproxy_preflight(const PortproxyHost *host, const EngineContext *context, Error *err)
{
    Looking looking = {.host = host, .context = context};
    CLEANUP_PORTPROXY_RULES PortproxyRules rules = {0};

    if (!host->may_change(host->context, err) ||
        !host->look_at_service(host->context, &looking.service, err) ||
        !portproxy_service_check(&looking.service, err) ||
        !host->read_rules(host->context, &rules, err) ||
        !portproxy_check_rules(context, &rules, err))
        return false;
    looking.rules = rules; /* lent */
    for (size_t i = 0; i < context->route.listen_count; i++)
        if (!check_address(&looking, &context->route.listen[i], err))
            return false;
    return true;
}
