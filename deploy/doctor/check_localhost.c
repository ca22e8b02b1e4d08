/* check_localhost: does who connects to `localhost` find the app?
 *
 * Windows takes `localhost` for ::1 first, unless IPv4 is preferred or IPv6 is off. */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

#include <inttypes.h>

/* Bits of DisabledComponents. */
enum { IPV6_PREFER_IPV4 = 0x20, IPV6_ALL = 0xFF };

static bool has_ipv6(const Settings *settings)
{
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        if (settings->traffic.listen[i].is_ipv6)
            return true;
    return false;
}

void check_localhost(Examination *examination)
{
    const Settings *settings = examination->settings;
    uint32_t disabled = 0;
    Error why = {0};

    if (!windows_ipv6_disabled(&disabled, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (has_ipv6(settings) && (disabled & ~(uint32_t)IPV6_PREFER_IPV4) != 0)
        say(examination, DOCTOR_IPV6_OFF,
            "Listen on IPv4 alone, or set DisabledComponents to 0 or 0x20 and restart Windows.",
            "traffic.listen has an address of IPv6, of which DisabledComponents 0x%" PRIx32
            " switches parts off",
            disabled);
    if (!has_ipv6(settings) && settings->traffic.listen_count > 0 && disabled == 0)
        say(examination, DOCTOR_LOCALHOST_IPV6,
            "Connect to 127.0.0.1, or add \"[::1]:PORT\" to traffic.listen.",
            "`localhost` is ::1 first on this host, and no address of traffic.listen answers "
            "there: clients that try only the first address fail, others lose a moment");
    say_well(examination, (disabled & IPV6_ALL) == IPV6_ALL ? "IPv6 is off, `localhost` is IPv4"
                          : disabled != 0 ? "IPv4 is preferred, `localhost` is IPv4"
                                          : "`localhost` finds the app on IPv6 too");
}
