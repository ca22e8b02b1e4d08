/* portproxy_before: where somebody else's rules led before this app took them over
 * (traffic.portproxy.take_over): they are set again when the app's route is removed, as when its
 * first deployment is undone. Written to ROOT/APP/portproxy.json before a rule is changed. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_BEFORE_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_BEFORE_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_rule.h"

/* No file is no rule. What is left in *out is the caller's to free. */
bool portproxy_before_read(const EngineContext *context, PortproxyRules *out, Error *err);
/* Takes the place of what was kept of the same identity. Durable when it returns. */
bool portproxy_before_keep(const EngineContext *context, const PortproxyRule *rule, Error *err);
bool portproxy_before_forget(const EngineContext *context, Error *err);

#endif
