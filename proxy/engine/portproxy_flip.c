/* See portproxy_flip.h. */
#include "proxy/engine/portproxy_flip.h"

#include "base/interrupt.h"
#include "proxy/engine/portproxy_before.h"
#include "proxy/engine/portproxy_legacy.h"
#include "proxy/engine/portproxy_preflight.h"
#include "proxy/engine/portproxy_view.h"

enum { SETTLE_MS = 5000, POLL_MS = 50 };

typedef struct Flip {
    const PortproxyHost *host;
    const EngineContext *context;
    const Route *route;
    PortproxyRules before;
    PortproxyRule wanted[ROUTE_LISTEN_MAX];
    bool touched[ROUTE_LISTEN_MAX]; /* netsh was told of it */
    bool stopped;                   /* the service that held the addresses was */
} Flip;

/* ---- writing ---- */

static bool leads_there(const PortproxyRules *rules, const PortproxyRule *wanted)
{
    const PortproxyRule *rule = portproxy_rules_find(rules, wanted);

    return rule && portproxy_ends_equal(&rule->connect, &wanted->connect);
}

static bool tell_netsh(const Flip *flip, const PortproxyRule *rule, bool removed, Error *err)
{
    CLEANUP_TEXT_LIST TextList arguments = {0};
    char text[PORTPROXY_TEXT_SIZE];

    if (!(removed ? portproxy_delete_arguments(rule, &arguments, err)
                  : portproxy_set_arguments(rule, &arguments, err)))
        return false;
    return flip->host->run_netsh(flip->host->context, &arguments, err) ||
           error_while(err, "%s the portproxy rule %s", removed ? "removing" : "setting",
                       portproxy_rule_text(rule, text));
}

/* Somebody else's is remembered before it is changed. */
static bool remember(const Flip *flip, const PortproxyRule *wanted, Error *err)
{
    const PortproxyRule *before = portproxy_rules_find(&flip->before, wanted);

    return !before || portproxy_slot_of(&flip->context->route, before) != ROUTE_NO_SLOT ||
           portproxy_before_keep(flip->context, before, err);
}

static bool write_rules(Flip *flip, Error *err)
{
    for (size_t i = 0; i < flip->route->listen_count; i++) {
        const PortproxyRule *wanted = &flip->wanted[i];

        if (leads_there(&flip->before, wanted))
            continue;
        if (!interrupt_check(err) || !remember(flip, wanted, err))
            return false;
        flip->touched[i] = true;
        if (!tell_netsh(flip, wanted, false, err))
            return false;
    }
    return true;
}

/* ---- looking ---- */

static bool look_at_registry(const Flip *flip, Error *err)
{
    CLEANUP_PORTPROXY_RULES PortproxyRules now = {0};
    char text[PORTPROXY_TEXT_SIZE];

    if (!flip->host->read_rules(flip->host->context, &now, err))
        return false;
    for (size_t i = 0; i < flip->route->listen_count; i++)
        if (!leads_there(&now, &flip->wanted[i]))
            return error_set(err, ERR_ENGINE, "the registry has no portproxy rule %s",
                             portproxy_rule_text(&flip->wanted[i], text));
    return true;
}

static bool look_at_address(const Flip *flip, const Address *listen, Error *err)
{
    char address[ADDRESS_TEXT_SIZE];
    EngineAnswer answer = {0};

    if (!portproxy_is_heard(flip->host, listen, err))
        return false;
    (void)address_format(listen, address);
    if (!portproxy_who_answers(flip->host, flip->route, listen, &answer, err))
        return error_while(err, "connecting by %s", address);
    return answer.slot == flip->route->active ||
           error_set(err, ERR_ENGINE, "%s: %s", address, answer.seen);
}

static bool look(const Flip *flip, Error *err)
{
    if (!look_at_registry(flip, err))
        return false;
    for (size_t i = 0; i < flip->route->listen_count; i++)
        if (!look_at_address(flip, &flip->route->listen[i], err))
            return false;
    return true;
}

/* The service reads the rules in its own time. */
static bool look_until(const Flip *flip, int64_t deadline_ms, Error *err)
{
    const PortproxyHost *host = flip->host;

    for (;;) {
        *err = (Error){0}; /* of the look before */
        if (!interrupt_check(err))
            return false;
        if (look(flip, err))
            return true;
        if (host->now_ms(host->context) >= deadline_ms)
            return false;
        host->pause(host->context, POLL_MS);
    }
}

static bool settle(const Flip *flip, Error *err)
{
    const PortproxyHost *host = flip->host;

    if (look_until(flip, host->now_ms(host->context) + SETTLE_MS, err))
        return true;
    return err->code != ERR_INTERRUPTED && host->remind(host->context, err) &&
           look_until(flip, host->now_ms(host->context) + SETTLE_MS, err);
}

/* ---- the old rules ---- */

/* What netsh refused was never written, and nothing is to be done. */
static bool put_back_rule(const Flip *flip, const PortproxyRule *wanted, Error *err)
{
    const PortproxyRule *before = portproxy_rules_find(&flip->before, wanted);
    CLEANUP_PORTPROXY_RULES PortproxyRules now = {0};

    if (!flip->host->read_rules(flip->host->context, &now, err))
        return false;
    if (before)
        return leads_there(&now, before) || tell_netsh(flip, before, false, err);
    return !portproxy_rules_find(&now, wanted) || tell_netsh(flip, wanted, true, err);
}

static bool put_back_rules(const Flip *flip, Error *err)
{
    Error first = {0};

    for (size_t i = 0; i < flip->route->listen_count; i++) {
        Error trouble = {0};

        if (flip->touched[i] && !put_back_rule(flip, &flip->wanted[i], &trouble) &&
            first.code == ERR_NONE)
            first = trouble;
    }
    if (first.code != ERR_NONE)
        *err = first;
    return first.code == ERR_NONE;
}

static bool was_touched(const Flip *flip)
{
    for (size_t i = 0; i < flip->route->listen_count; i++)
        if (flip->touched[i])
            return true;
    return false;
}

static bool put_back(const Flip *flip, Error *err)
{
    return put_back_rules(flip, err) &&
           (!flip->stopped || portproxy_legacy_restore(flip->host, flip->context, err));
}

/* Whether the old rules work again is for whoever sets the old route to find out. */
static bool give_up(const Flip *flip, Error *err)
{
    Error cause = *err, trouble = {0};
    bool back = false;

    if (!was_touched(flip) && !flip->stopped)
        return false;
    interrupt_hold();
    back = put_back(flip, &trouble);
    interrupt_release();
    if (!back)
        return error_set(err, ERR_ENGINE, "%.900s; and it could not be made as it was: %.900s",
                         cause.message, trouble.message);
    if (cause.code == ERR_ENGINE)
        err->code = ERR_FLIP;
    return error_as(err, ERR_FLIP);
}

static bool set_rules(Flip *flip, Error *err)
{
    const PortproxyHost *host = flip->host;
    PortproxyService service = {0};

    if (!host->look_at_service(host->context, &service, err) ||
        !portproxy_service_check(&service, err) ||
        !host->read_rules(host->context, &flip->before, err) ||
        !portproxy_check_rules(flip->context, &flip->before, err))
        return false;
    return (portproxy_legacy_stop(host, flip->context, &flip->before, &flip->stopped, err) &&
            write_rules(flip, err) && settle(flip, err) &&
            portproxy_legacy_retire(host, flip->context, err)) ||
           give_up(flip, err);
}

bool portproxy_set(const PortproxyHost *host, const EngineContext *context, const Route *route,
                   Error *err)
{
    Flip flip = {.host = host, .context = context, .route = route};
    bool done = false;

    if (route->active == ROUTE_NO_SLOT)
        return error_set(err, ERR_ENGINE, "portproxy cannot lead a public address to nobody");
    for (size_t i = 0; i < route->listen_count; i++)
        flip.wanted[i] =
            portproxy_rule_for(&route->listen[i], &route->slots[route->active].address);
    done = set_rules(&flip, err);
    portproxy_rules_free(&flip.before);
    return done;
}

/* ---- removing ---- */

/* What leads elsewhere is somebody else's by now, and is left alone. */
static bool remove_rule(const Flip *flip, const PortproxyRules *kept, const PortproxyRule *wanted,
                        Error *err)
{
    const PortproxyRule *rule = portproxy_rules_find(&flip->before, wanted);
    const PortproxyRule *older = portproxy_rules_find(kept, wanted);

    if (!rule || portproxy_slot_of(&flip->context->route, rule) == ROUTE_NO_SLOT)
        return true;
    return older ? tell_netsh(flip, older, false, err) : tell_netsh(flip, rule, true, err);
}

static bool is_removed(const Flip *flip, Error *err)
{
    CLEANUP_PORTPROXY_RULES PortproxyRules now = {0};
    char text[PORTPROXY_TEXT_SIZE];

    if (!flip->host->read_rules(flip->host->context, &now, err))
        return false;
    for (size_t i = 0; i < flip->route->listen_count; i++) {
        const PortproxyRule *rule = portproxy_rules_find(&now, &flip->wanted[i]);

        if (rule && portproxy_slot_of(&flip->context->route, rule) != ROUTE_NO_SLOT)
            return error_set(err, ERR_ENGINE, "the portproxy rule %s is still in the registry",
                             portproxy_rule_text(rule, text));
    }
    return true;
}

static bool remove_rules(Flip *flip, Error *err)
{
    const PortproxyHost *host = flip->host;
    CLEANUP_PORTPROXY_RULES PortproxyRules kept = {0};

    if (!host->read_rules(host->context, &flip->before, err) ||
        !portproxy_before_read(flip->context, &kept, err))
        return false;
    for (size_t i = 0; i < flip->route->listen_count; i++) {
        flip->wanted[i] =
            portproxy_rule_for(&flip->route->listen[i], &flip->route->slots[0].address);
        if (!remove_rule(flip, &kept, &flip->wanted[i], err))
            return false;
    }
    return is_removed(flip, err) && portproxy_before_forget(flip->context, err) &&
           portproxy_legacy_restore(host, flip->context, err);
}

bool portproxy_remove(const PortproxyHost *host, const EngineContext *context, Error *err)
{
    Flip flip = {.host = host, .context = context, .route = &context->route};
    bool done = remove_rules(&flip, err);

    portproxy_rules_free(&flip.before);
    return done;
}
