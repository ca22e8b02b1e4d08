/* See firewall_rule.h. */
#include "deploy/doctor/firewall_rule.h"

#include <stdlib.h>
#include <string.h>

enum { FIELD_SIZE = 512 };

/* The next "Name=value" of the rule; false at its end. A longer value is cut: none that counts here
 * is as long. */
static bool next_field(const char **at, char name[FIELD_SIZE], const char **value)
{
    size_t length = strcspn(*at, "|");
    char *equals = NULL;

    if (**at == '\0')
        return false;
    if (length >= FIELD_SIZE)
        memcpy(name, *at, FIELD_SIZE - 1);
    else
        memcpy(name, *at, length);
    name[length < FIELD_SIZE ? length : FIELD_SIZE - 1] = '\0';
    *at += length + ((*at)[length] == '|');
    equals = strchr(name, '=');
    *value = equals ? equals + 1 : "";
    if (equals)
        *equals = '\0';
    return true;
}

/* "80", "5000-5010"; words such as "RPC" are other ports than ours. */
static bool covers(const char *value, uint16_t port)
{
    char *end = NULL;
    unsigned long first = strtoul(value, &end, 10), last = first;

    if (end == value)
        return false;
    if (*end == '-')
        last = strtoul(end + 1, NULL, 10);
    return port >= first && port <= last;
}

static bool is_program(const char *path, const char *program)
{
    const char *name = strrchr(path, '\\');

    return text_equal_ignoring_case(name ? name + 1 : path, program);
}

enum { PROFILES = 3 }; /* domain, private, public; a rule that names none is for all */

typedef struct Rule {
    bool active, in, allows, other_protocol, other_program, names_ports, has_port;
    bool is_limited; /* to addresses, interfaces, users or machines */
    int profiles;
} Rule;

static bool limits(const char *name)
{
    static const char *const names[] = {"RA4", "RA6", "LA4", "LA6", "RUAuth", "RMauth", "IF"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_starts_with_ignoring_case(name, names[i]))
            return true;
    return text_equal(name, "Security");
}

/* LPort and its younger kin (LPort2_10, for ranges) stand once for each port. */
static void take_field(Rule *rule, const char *name, const char *value, uint16_t port,
                       const char *program)
{
    if (text_equal(name, "Active"))
        rule->active = text_equal_ignoring_case(value, "TRUE");
    else if (text_equal(name, "Dir"))
        rule->in = text_equal_ignoring_case(value, "In");
    else if (text_equal(name, "Action"))
        rule->allows = !text_equal_ignoring_case(value, "Block");
    else if (text_equal(name, "Protocol"))
        rule->other_protocol = !text_equal(value, "6");
    else if (text_equal(name, "App"))
        rule->other_program = !is_program(value, program);
    else if (text_equal(name, "Profile"))
        rule->profiles++;
    else if (limits(name))
        rule->is_limited = true;
    else if (text_starts_with(name, "LPort")) {
        rule->names_ports = true;
        rule->has_port = rule->has_port || covers(value, port);
    } else if (text_equal(name, "Svc") || text_equal(name, "PFN") || text_equal(name, "LUAuth") ||
               text_equal(name, "LUOwn"))
        rule->other_program = rule->other_program || !text_equal_ignoring_case(value, "iphlpsvc");
}

static FirewallVerdict verdict_of(const char *text, uint16_t port, const char *program)
{
    char name[FIELD_SIZE];
    const char *value = NULL;
    Rule rule = {0};

    for (const char *at = text; next_field(&at, name, &value);)
        take_field(&rule, name, value, port, program);
    if (!rule.active || !rule.in || rule.other_protocol || rule.other_program ||
        (rule.names_ports && !rule.has_port))
        return FIREWALL_SAYS_NOTHING;
    if (rule.is_limited || (rule.profiles > 0 && rule.profiles < PROFILES))
        return rule.allows ? FIREWALL_ALLOWS_SOME : FIREWALL_SAYS_NOTHING;
    return rule.allows ? FIREWALL_ALLOWS : FIREWALL_BLOCKS;
}

FirewallVerdict firewall_judge(const TextList *rules, uint16_t port, const char *program)
{
    FirewallVerdict most = FIREWALL_SAYS_NOTHING;

    for (size_t i = 0; i < rules->count; i++) {
        FirewallVerdict verdict = verdict_of(rules->items[i], port, program);

        if (verdict > most)
            most = verdict;
    }
    return most;
}
