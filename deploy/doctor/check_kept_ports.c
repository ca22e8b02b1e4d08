/* check_kept_ports: does Windows keep a side port back, and does it give ports back in time? */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

/* Half of the dynamic range: each connection to an instance takes one of its ports, and holds it
 * for minutes after its end. */
enum { WAITING_MANY = 8192 };

static bool look_at_port(Examination *examination, Slot slot, Error *err)
{
    uint16_t port = examination->settings->traffic.slots[slot];
    int64_t waiting = 0;
    bool kept = false;

    if (!windows_keeps_port(port, &kept, err) || !windows_waiting(port, &waiting, err))
        return false;
    if (kept)
        say(examination, DOCTOR_PORT_KEPT,
            "Choose another port in traffic.slots, or, after a restart and before Hyper-V takes it "
            "again: `netsh int ipv4 add excludedportrange protocol=tcp startport=PORT "
            "numberofports=1`. `netsh int ipv4 show excludedportrange protocol=tcp` lists them.",
            "Windows keeps port %u of slot %s back (error 10013) though nobody listens on it: it "
            "lies in an excluded range",
            (unsigned)port, slot_name(slot));
    if (waiting > WAITING_MANY)
        say(examination, DOCTOR_WAITING_MANY,
            "Let connections to the service be kept alive: a program that opens one for each "
            "request runs out of ports.",
            "%lld closed connections to port %u of slot %s still hold a port each (TIME_WAIT), of "
            "16384 that there are",
            (long long)waiting, (unsigned)port, slot_name(slot));
    return true;
}

void check_kept_ports(Examination *examination)
{
    Error why = {0};

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (!look_at_port(examination, (Slot)slot, &why)) {
            say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
            return;
        }
    say_well(examination, "Windows keeps no side port back, and gives theirs back in time");
}
