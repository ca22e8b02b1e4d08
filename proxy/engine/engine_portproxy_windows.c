/* See engine_portproxy.h. The protocol, which knows no Windows: portproxy_flip.h. */
#include "proxy/engine/engine_portproxy.h"

#include "proxy/engine/portproxy_flip.h"
#include "proxy/engine/portproxy_host_windows.h"
#include "proxy/engine/portproxy_preflight.h"
#include "proxy/engine/portproxy_view.h"

/* Asking it changes nothing: the service is not ours to start. */
static bool ensure(const EngineContext *context, Error *err)
{
    return portproxy_preflight(&portproxy_host_windows, context, err);
}

static bool show(const EngineContext *context, EngineView *out, Error *err)
{
    return portproxy_show(&portproxy_host_windows, context, out, err);
}

static bool set(const EngineContext *context, const Route *route, Error *err)
{
    return portproxy_set(&portproxy_host_windows, context, route, err);
}

static bool remove_route(const EngineContext *context, Error *err)
{
    return portproxy_remove(&portproxy_host_windows, context, err);
}

static bool who_answers(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err)
{
    (void)context;
    return portproxy_who_answers(&portproxy_host_windows, route, listen, out, err);
}

bool engine_portproxy_examine(PortproxyFindings *out, Error *err)
{
    return portproxy_examine(&portproxy_host_windows, out, err);
}

/* No `close`: the relay's connections are the service's. */
const Engine engine_portproxy = {
    .name = "portproxy",
    .can = ENGINE_PER_CONNECTION,
    .ensure = ensure,
    .show = show,
    .set = set,
    .remove = remove_route,
    .count = engine_count_open,
    .who_answers = who_answers,
};
