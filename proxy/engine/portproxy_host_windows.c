/* See portproxy_host_windows.h. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/clock.h"
#include "base/service/service_inquiry_windows.h"
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

/* ---- services of others ---- */

static bool service_of(void *context, int64_t pid, char out[PORTPROXY_SERVICE_SIZE], Error *err)
{
    (void)context;
    return service_of_process(pid, out, PORTPROXY_SERVICE_SIZE, err) || error_as(err, ERR_ENGINE);
}

static const ServiceStart starts[] = {
    [PORTPROXY_STARTS_ON_DEMAND] = SERVICE_STARTS_ON_DEMAND,
    [PORTPROXY_STARTS_AT_BOOT] = SERVICE_STARTS_AT_BOOT,
    [PORTPROXY_STARTS_LATER] = SERVICE_STARTS_LATER_AT_BOOT,
};

static bool look_at_legacy(void *context, const char *name, PortproxyLegacy *out, Error *err)
{
    ServiceStart start = SERVICE_STARTS_ON_DEMAND;
    PortproxyLegacy legacy = {0};
    ServiceLook look = {0};

    (void)context;
    if (!service_look(name, &look, err))
        return error_as(err, ERR_ENGINE);
    legacy.installed = look.condition != SERVICE_IS_ABSENT;
    legacy.running = legacy.installed && look.condition != SERVICE_IS_STOPPED;
    if (legacy.installed && !service_read_start(name, &start, err))
        return error_as(err, ERR_ENGINE);
    for (int i = PORTPROXY_STARTS_ON_DEMAND; i <= PORTPROXY_STARTS_LATER; i++)
        if (starts[i] == start)
            legacy.start = (PortproxyStart)i;
    *out = legacy;
    return true;
}

static bool stop_legacy(void *context, const char *name, Error *err)
{
    bool asked = false; /* whoever waits for its end asks again */

    (void)context;
    return service_ask_to_stop(name, &asked, err) || error_as(err, ERR_ENGINE);
}

static bool start_legacy(void *context, const char *name, Error *err)
{
    (void)context;
    return service_start(name, err) || error_as(err, ERR_ENGINE);
}

static bool set_legacy_start(void *context, const char *name, PortproxyStart start, Error *err)
{
    (void)context;
    return service_set_start(name, starts[start], err) || error_as(err, ERR_ENGINE);
}

/* ---- the host ---- */

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
    .service_of = service_of,
    .look_at_legacy = look_at_legacy,
    .stop_legacy = stop_legacy,
    .start_legacy = start_legacy,
    .set_legacy_start = set_legacy_start,
    .find_peers = portproxy_sockets_find_peers,
    .read_ipv6_disabled = portproxy_registry_ipv6_disabled,
    .connect = portproxy_sockets_connect,
    .disconnect = portproxy_sockets_disconnect,
    .can_bind = can_bind,
    .now_ms = now_ms,
    .pause = pause_ms,
};
