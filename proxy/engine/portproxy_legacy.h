/* portproxy_legacy: the service that holds a public address itself before the first deployment
 * (traffic.portproxy.replaces). Windows lets no rule listen beside it, so it is stopped at the
 * moment of the flip, and until iphlpsvc listens in its place connections are refused. It is
 * started again if the flip fails or the first deployment is undone. Main path: portproxy_flip.c.
 *
 * What it was is in ROOT/APP/portproxy-legacy.json before it is touched, so that whoever comes
 * after a crash can put it back. When it is started is changed only once the rules were seen to
 * work: a host that boots before that has its old service. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_LEGACY_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_LEGACY_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_host.h"

/* Whether the flip would make this listener go; NULL: whoever keeps an address from being bound and
 * is not seen. *out is false without the setting. */
bool portproxy_legacy_holds(const PortproxyHost *host, const EngineContext *context,
                            const PortproxyHolder *holder, bool *out, Error *err);

/* Stops it, if it runs, and waits until the addresses that have no rule among `rules` can be bound.
 * *stopped says whether it was asked to, also where this fails. */
bool portproxy_legacy_stop(const PortproxyHost *host, const EngineContext *context,
                           const PortproxyRules *rules, bool *stopped, Error *err);

/* From now on no boot starts it. */
bool portproxy_legacy_retire(const PortproxyHost *host, const EngineContext *context, Error *err);

/* As it was: started, and at each boot if it was so. Success where nothing was stopped. */
bool portproxy_legacy_restore(const PortproxyHost *host, const EngineContext *context, Error *err);

#endif
