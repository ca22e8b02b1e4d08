/* See portproxy_findings.h. */
#include "proxy/engine/portproxy_findings.h"

#include "proxy/engine/portproxy_preflight.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* DisabledComponents of Tcpip6: learn.microsoft.com/troubleshoot/windows-server/networking/
 * configure-ipv6-in-windows. 0x20 only prefers IPv4. */
enum { IPV6_PREFER_IPV4 = 0x20, IPV6_OFF = 0xFF };

static void add(PortproxyFindings *findings, const char *fix, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(PortproxyFindings *findings, const char *fix, const char *format, ...)
{
    PortproxyFinding *finding = &findings->items[findings->count];
    va_list arguments;

    if (findings->count == PORTPROXY_FINDINGS_MOST) {
        findings->more = true;
        return;
    }
    findings->count++;
    va_start(arguments, format);
    (void)vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    (void)snprintf(finding->fix, sizeof finding->fix, "%s", fix);
}

static const char *deletion(const PortproxyRule *rule, char out[PORTPROXY_FIX_SIZE])
{
    (void)snprintf(out, PORTPROXY_FIX_SIZE,
                   "Remove it if nobody needs it: `netsh interface portproxy delete %s "
                   "listenaddress=%.64s listenport=%u`.",
                   portproxy_family_name(rule->family), rule->listen.host,
                   (unsigned)rule->listen.port);
    return out;
}

/* ---- the rules by themselves ---- */

static bool is_name(const char *host)
{
    return !strchr(host, ':') && strspn(host, "0123456789.*") != strlen(host);
}

static void judge_rule(PortproxyFindings *findings, const PortproxyRule *rule)
{
    char text[PORTPROXY_TEXT_SIZE];

    (void)portproxy_rule_text(rule, text);
    if (rule->listen.port == 0 || rule->connect.port == 0)
        add(findings, "Delete it, and set one with one port at each end.",
            "the portproxy rule %s has no port that can be listened on or reached: netsh takes "
            "what it is given",
            text);
    else if (is_name(rule->connect.host))
        add(findings, "Set it to a number.",
            "the portproxy rule %s leads to a name, whose address is looked up once and kept until "
            "iphlpsvc starts again",
            text);
}

static void judge_clashes(PortproxyFindings *findings, const PortproxyRules *rules)
{
    char one[PORTPROXY_TEXT_SIZE], other[PORTPROXY_TEXT_SIZE], fix[PORTPROXY_FIX_SIZE];

    for (size_t i = 0; i < rules->count; i++)
        for (size_t j = i + 1; j < rules->count; j++)
            if (portproxy_rules_clash(&rules->items[i], &rules->items[j]))
                add(findings, deletion(&rules->items[j], fix),
                    "the portproxy rules %s and %s want the same port: one of them does not "
                    "listen, or they split its connections",
                    portproxy_rule_text(&rules->items[i], one),
                    portproxy_rule_text(&rules->items[j], other));
}

static bool listens_ipv6(const PortproxyRule *rule)
{
    return rule->family == V6TOV4 || rule->family == V6TOV6;
}

static void judge_ipv6(PortproxyFindings *findings, const PortproxyRules *rules, uint32_t disabled)
{
    bool uses_ipv6 = false;

    for (size_t i = 0; i < rules->count; i++)
        uses_ipv6 = uses_ipv6 || rules->items[i].family != V4TOV4;
    if ((disabled & ~(uint32_t)IPV6_PREFER_IPV4) == 0)
        return;
    if (uses_ipv6)
        add(findings, "Set DisabledComponents to 0 or 0x20, and restart Windows.",
            "there are portproxy rules of IPv6, and DisabledComponents 0x%" PRIx32
            " of Tcpip6 switches parts of IPv6 off",
            disabled);
    else if ((disabled & IPV6_OFF) == IPV6_OFF)
        add(findings,
            "If a rule does not listen, set DisabledComponents to 0x20, and restart "
            "Windows.",
            "IPv6 is switched off (DisabledComponents 0x%" PRIx32
            "): old versions of portproxy needed it for rules of IPv4 too",
            disabled);
}

/* ---- beside what listens ---- */

/* The one that an address of the rule would meet first: its own, else a wildcard. */
static const PortproxyHolder *holder_of(const PortproxyHolders *holders, const PortproxyEnd *end,
                                        bool ipv6)
{
    const PortproxyHolder *wildcard = NULL;

    for (size_t i = 0; i < holders->count; i++) {
        const PortproxyHolder *holder = &holders->items[i];

        if (holder->at.is_ipv6 != ipv6)
            continue;
        if (text_equal(holder->at.host, end->host))
            return holder;
        if (text_equal(holder->at.host, ipv6 ? "::" : "0.0.0.0"))
            wildcard = holder;
    }
    return wildcard;
}

static bool judge_listener(const PortproxyHost *host, const PortproxyService *service,
                           const PortproxyRule *rule, PortproxyFindings *findings, Error *err)
{
    PortproxyHolders holders = {0};
    const PortproxyHolder *holder = NULL;
    char text[PORTPROXY_TEXT_SIZE];

    if (!host->find_holders(host->context, rule->listen.port, &holders, err))
        return false;
    (void)portproxy_rule_text(rule, text);
    holder = holder_of(&holders, &rule->listen, listens_ipv6(rule));
    if (!holder)
        add(findings, "Set it again with netsh; look whether its address is one of this host.",
            "nobody listens for the portproxy rule %s", text);
    else if (holder->pid != 0 && holder->pid != service->pid)
        add(findings, "Let that program use another port, or remove the rule.",
            "%s (process %" PRId64 ") listens in place of the portproxy rule %s",
            holder->name[0] != '\0' ? holder->name : "a program", holder->pid, text);
    return true;
}

static bool judge_target(const PortproxyHost *host, const PortproxyRule *rule,
                         PortproxyFindings *findings, Error *err)
{
    bool ipv6 = rule->family == V4TOV6 || rule->family == V6TOV6;
    PortproxyHolders holders = {0};
    char text[PORTPROXY_TEXT_SIZE];

    if (!text_starts_with(rule->connect.host, "127.") && !text_equal(rule->connect.host, "::1"))
        return true; /* another host's affair */
    if (!host->find_holders(host->context, rule->connect.port, &holders, err))
        return false;
    if (!holder_of(&holders, &rule->connect, ipv6))
        add(findings, "Start the program that it is for, or remove the rule.",
            "nobody listens where the portproxy rule %s leads to", portproxy_rule_text(rule, text));
    return true;
}

static bool judge_sockets(const PortproxyHost *host, const PortproxyService *service,
                          const PortproxyRules *rules, PortproxyFindings *findings, Error *err)
{
    for (size_t i = 0; i < rules->count; i++) {
        const PortproxyRule *rule = &rules->items[i];

        if (rule->listen.port == 0 || rule->connect.port == 0)
            continue;
        if (!judge_listener(host, service, rule, findings, err) ||
            !judge_target(host, rule, findings, err))
            return false;
    }
    return true;
}

bool portproxy_examine(const PortproxyHost *host, PortproxyFindings *out, Error *err)
{
    CLEANUP_PORTPROXY_RULES PortproxyRules rules = {0};
    PortproxyService service = {0};
    const char *trouble = NULL, *fix = NULL;
    uint32_t disabled = 0;

    memset(out, 0, sizeof *out);
    if (!host->look_at_service(host->context, &service, err) ||
        !host->read_rules(host->context, &rules, err) ||
        !host->read_ipv6_disabled(host->context, &disabled, err))
        return false;
    out->rules = rules.count;
    trouble = portproxy_service_trouble(&service, &fix);
    if (trouble)
        add(out, fix, "%s", trouble);
    for (size_t i = 0; i < rules.count; i++)
        judge_rule(out, &rules.items[i]);
    judge_clashes(out, &rules);
    judge_ipv6(out, &rules, disabled);
    return trouble || judge_sockets(host, &service, &rules, out, err);
}
