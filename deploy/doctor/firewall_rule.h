/* firewall_rule: one rule of Windows' firewall as the registry has it:
 *
 *     v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=8080|Name=Shop|
 *
 * in every language the same. Read as far as it decides whether connections get in.
 * Source: [MS-GPFAS] 2.2.2.19. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_FIREWALL_RULE_H
#define GODEPLOY_DEPLOY_DOCTOR_FIREWALL_RULE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum FirewallVerdict {
    FIREWALL_SAYS_NOTHING, /* no rule is about it: connections from outside are dropped */
    FIREWALL_ALLOWS_SOME,  /* some clients, users or networks alone */
    FIREWALL_ALLOWS,
    FIREWALL_BLOCKS /* beats every rule that allows */
} FirewallVerdict;

/* What the rules say of TCP connections to `port`, on which a process of `program` ("svchost.exe")
 * listens. A rule that blocks some alone blocks nobody here. */
FirewallVerdict firewall_judge(const TextList *rules, uint16_t port, const char *program);

#endif
