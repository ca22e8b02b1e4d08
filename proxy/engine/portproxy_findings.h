/* portproxy_findings: what is wrong with the portproxy rules of this host, whoever made them, for
 * `godeploy doctor`. Looks and changes nothing. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_FINDINGS_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_FINDINGS_H

#include "proxy/engine/portproxy_host.h"

enum { PORTPROXY_FINDINGS_MOST = 32, PORTPROXY_FINDING_SIZE = 1400, PORTPROXY_FIX_SIZE = 320 };

typedef struct PortproxyFinding {
    char text[PORTPROXY_FINDING_SIZE]; /* what is wrong */
    char fix[PORTPROXY_FIX_SIZE];      /* what to do */
} PortproxyFinding;

typedef struct PortproxyFindings {
    size_t rules; /* how many there are, of all families */
    PortproxyFinding items[PORTPROXY_FINDINGS_MOST];
    size_t count;
    bool more; /* than there is room for */
} PortproxyFindings;

bool portproxy_examine(const PortproxyHost *host, PortproxyFindings *out, Error *err);

#endif
