/* portproxy_rule: one rule of Windows' `netsh interface portproxy`, as the registry keeps it and as
 * netsh is told of it: text alone.
 *
 * A rule is a value of
 *     HKLM\SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp: "0.0.0.0/8080" =
 * "127.0.0.1/18081" and its likes of the other families. Family and name are its identity: the same
 * public address may stand in two families, and then only one of them is served. netsh checks
 * nearly nothing, so hosts may be names or "*", and ports may be none. Source:
 * learn.microsoft.com/windows-server/networking/technologies/netsh/netsh-interface-portproxy
 */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_RULE_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_RULE_H

#include "base/cleanup.h"
#include "base/net/address.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stack that listens, and the one that connects. */
typedef enum PortproxyFamily { V4TOV4, V4TOV6, V6TOV4, V6TOV6, PORTPROXY_FAMILIES } PortproxyFamily;

enum { PORTPROXY_HOST_SIZE = 254, PORTPROXY_TEXT_SIZE = 600, PORTPROXY_RULES_MOST = 4096 };

typedef struct PortproxyEnd {
    char host[PORTPROXY_HOST_SIZE]; /* in one spelling where it is a number; else as it is stored */
    uint16_t port;                  /* 0: what is stored there is no port */
} PortproxyEnd;

typedef struct PortproxyRule {
    PortproxyFamily family;
    PortproxyEnd listen, connect;
} PortproxyRule;

/* Owned. {0} is none. */
typedef struct PortproxyRules {
    PortproxyRule *items;
    size_t count;
} PortproxyRules;

bool portproxy_rules_add(PortproxyRules *rules, const PortproxyRule *rule, Error *err);
void portproxy_rules_free(PortproxyRules *rules);
#define CLEANUP_PORTPROXY_RULES __attribute__((cleanup(portproxy_rules_free)))

const char *portproxy_family_name(PortproxyFamily family); /* "v4tov4"; static */
bool portproxy_family_find(const char *name, PortproxyFamily *out);

/* A value of the registry. False only where a host is longer than any can be. */
bool portproxy_rule_parse(PortproxyFamily family, const char *name, const char *data,
                          PortproxyRule *out);

/* The rule that leads a public address to a slot. */
PortproxyRule portproxy_rule_for(const Address *listen, const Address *slot);
bool portproxy_end_is(const PortproxyEnd *end, const Address *address);
bool portproxy_ends_equal(const PortproxyEnd *a, const PortproxyEnd *b);

/* The rule with the identity of `key`; NULL if there is none. Borrowed. */
const PortproxyRule *portproxy_rules_find(const PortproxyRules *rules, const PortproxyRule *key);

/* True if both want the same port, and one of them the other's address: then one of them does not
 * get it, or gets only a part of the connections. A rule is no rival of itself. */
bool portproxy_rules_clash(const PortproxyRule *a, const PortproxyRule *b);
/* Whether a rule, as far as can be told, listens where connections to `listen` arrive. */
bool portproxy_rule_covers(const PortproxyRule *rule, const Address *listen);

/* "v4tov4 0.0.0.0:8080 -> 127.0.0.1:18081" */
const char *portproxy_rule_text(const PortproxyRule *rule, char out[PORTPROXY_TEXT_SIZE]);

/* What netsh is told behind its own name. Numbers alone: a name would be resolved once and kept. */
bool portproxy_set_arguments(const PortproxyRule *rule, TextList *out, Error *err);
bool portproxy_delete_arguments(const PortproxyRule *rule, TextList *out, Error *err);

#endif
