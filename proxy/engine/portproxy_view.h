/* portproxy_view: what portproxy does with the connections of an app: which slot its rules lead to,
 * and which slot a connection reaches. Changes nothing. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_VIEW_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_VIEW_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_host.h"

/* A route is known where the rules of all public addresses lead to one slot and are listened on;
 * else view->trouble says what is wrong. */
bool portproxy_show(const PortproxyHost *host, const EngineContext *context, EngineView *out,
                    Error *err);

/* Whether the service listens on a public address. False with what is seen instead. */
bool portproxy_is_heard(const PortproxyHost *host, const Address *listen, Error *err);

/* Connects by a public address. Proof that `slot` answers: while our connection is held, the
 * service has one more to the slot. */
bool portproxy_who_answers(const PortproxyHost *host, const Route *route, const Address *listen,
                           EngineAnswer *out, Error *err);

#endif
