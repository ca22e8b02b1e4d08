/* See portproxy_host_windows.h. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/clock.h"
#include "base/service/service_windows.h"

static const char service_name[] = "iphlpsvc";

static bool look_at_service(void *context, PortproxyService *out, Error *err)
{
    ServiceLook look = {0};
    bool disabled = false;

    (void)context;
    if (!service_look(service_name, &look, err) ||
        !service_is_disabled(service_name, &disabled, err))
        return error_as(err, ERR_ENGINE);
    *out = (PortproxyService){.installed = look.condition != SERVICE_IS_ABSENT,
                              .disabled = disabled,
                              .running = look.condition == SERVICE_IS_RUNNING,
                              .pid = look.condition == SERVICE_IS_RUNNING ? look.pid : 0};
    return true;
}

static bool remind(void *context, Error *err)
{
    (void)context;
    return service_tell_to_reread(service_name, err) || error_as(err, ERR_ENGINE);
}

static bool can_bind(void *context, const Address *address, const char **why)
{
    (void)context;
    return address_can_bind(address, why);
}

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_monotonic_ms();
}

static void pause_ms(void *context, int64_t ms)
{
    (void)context;
    (void)clock_sleep_ms(ms); /* Ctrl-C is looked at by who waits */
}

const PortproxyHost portproxy_host_windows = {
    .read_rules = portproxy_registry_read,
    .may_change = portproxy_registry_may_change,
    .run_netsh = portproxy_netsh_run,
    .look_at_service = look_at_service,
    .remind = remind,
    .find_holders = portproxy_sockets_find_holders,
    .find_peers = portproxy_sockets_find_peers,
    .read_ipv6_disabled = portproxy_registry_ipv6_disabled,
    .connect = portproxy_sockets_connect,
    .disconnect = portproxy_sockets_disconnect,
    .can_bind = can_bind,
    .now_ms = now_ms,
    .pause = pause_ms,
};
