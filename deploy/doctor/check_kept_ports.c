/* check_kept_ports: does Windows keep a side port or a public one back, and does it give ports back
 * in time? */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

#include <stdio.h>

/* Half of the dynamic range: each connection to an instance takes one of its ports, and holds it
 * for minutes after its end. */
enum { WAITING_MANY = 8192, RANGE_SIZE = 64 };

static const char cure[] =
    "Choose another port, or, after a restart and before Hyper-V takes it again: `netsh int ipv4 "
    "add excludedportrange protocol=tcp startport=PORT numberofports=1`, which keeps it for who "
    "asks for it. `netsh int ipv4 show excludedportrange protocol=tcp` lists them.";

/* ": it lies in the excluded range 50000 to 50059", or that it lies in one. */
static bool range_words(uint16_t port, char out[RANGE_SIZE], Error *err)
{
    PortRange range = {0};
    bool found = false;

    if (!windows_excluded_range(port, false, &found, &range, err))
        return false;
    if (found)
        (void)snprintf(out, RANGE_SIZE, "the excluded range %u to %u", (unsigned)range.first,
                       (unsigned)range.last);
    else
        (void)snprintf(out, RANGE_SIZE, "an excluded range");
    return true;
}

static bool look_at_port(Examination *examination, Slot slot, Error *err)
{
    uint16_t port = examination->settings->traffic.slots[slot];
    int64_t waiting = 0;
    char range[RANGE_SIZE] = "";
    bool kept = false;

    if (!windows_keeps_port(port, &kept, err) || !windows_waiting(port, &waiting, err) ||
        (kept && !range_words(port, range, err)))
        return false;
    if (kept)
        say(examination, DOCTOR_PORT_KEPT, cure,
            "Windows keeps port %u of slot %s back (error 10013) though nobody listens on it: it "
            "lies in %s",
            (unsigned)port, slot_name(slot), range);
    if (waiting > WAITING_MANY)
        say(examination, DOCTOR_WAITING_MANY,
            "Let connections to the service be kept alive: a program that opens one for each "
            "request runs out of ports.",
            "%lld closed connections to port %u of slot %s still hold a port each (TIME_WAIT), of "
            "16384 that there are",
            (long long)waiting, (unsigned)port, slot_name(slot));
    return true;
}

/* Who listens there already goes on; after his next start nobody can. */
static bool look_at_public_port(Examination *examination, const Address *listen, Error *err)
{
    PortRange range = {0};
    bool found = false;

    if (!windows_excluded_range(listen->port, listen->is_ipv6, &found, &range, err))
        return false;
    if (found && !range.of_administrator)
        say(examination, DOCTOR_PORT_KEPT, cure,
            "public port %u lies in the excluded range %u to %u, which Windows gives to nobody",
            (unsigned)listen->port, (unsigned)range.first, (unsigned)range.last);
    return true;
}

static bool look_at_all(Examination *examination, Error *err)
{
    const Settings *settings = examination->settings;

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (!look_at_port(examination, (Slot)slot, err))
            return false;
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        if (!look_at_public_port(examination, &settings->traffic.listen[i], err))
            return false;
    return true;
}

void check_kept_ports(Examination *examination)
{
    Error why = {0};

    if (look_at_all(examination, &why))
        say_well(examination, "Windows keeps no port of ours back, and gives theirs back in time");
    else
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
}
