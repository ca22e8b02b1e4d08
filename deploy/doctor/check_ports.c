/* check_ports: are the side ports and public addresses free for us, and will they be tomorrow? */
#include "base/net/port_lending.h"
#include "base/process/process.h"
#include "base/process/process_words.h"
#include "deploy/doctor/checks.h"
#include "deploy/public_address.h"

/* Also the slot's own leftover, which the next deployment stops. */
static bool is_ours(const Examination *examination, Slot slot, int64_t pid)
{
    const InstanceState *state = &examination->situation->instances[slot];

    if (state->process.pid == 0)
        return false;
    return pid < 0 || process_descends_from(pid, state->process.pid);
}

static void look_at_side_port(Examination *examination, Slot slot)
{
    uint16_t port = examination->settings->traffic.slots[slot];
    char holder[PROCESS_WORDS_SIZE];
    int64_t pid = 0;
    Error why = {0};

    if (!process_listening_on(port, &pid, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else if (pid != 0 && !is_ours(examination, slot, pid))
        say(examination, DOCTOR_SIDE_PORT_TAKEN,
            "Give the slots other ports in traffic.slots, or end it if nobody needs it.",
            "side port %u of slot %s is taken by %s", (unsigned)port, slot_name(slot),
            process_words(pid, holder));
}

static void look_at_public_address(Examination *examination, const Address *listen)
{
    Error why = {0};

    if (!public_address_is_ours(&examination->situation->route, listen, &why))
        say_error(examination, DOCTOR_PUBLIC_PORT_TAKEN, "", &why);
}

static void look_at_lending(Examination *examination, uint16_t port, const char *setting)
{
    uint16_t from = 0, to = 0;

    if (!port_is_lent(port, &from, &to))
        return;
    say(examination, DOCTOR_PORT_LENT,
        "Choose a port outside that range, or reserve it (Linux: net.ipv4.ip_local_reserved_ports; "
        "Windows: `netsh int ipv4 add excludedportrange`).",
        "port %u of %s is lent to outgoing connections (%u to %u): one of them may have it when "
        "it is needed",
        (unsigned)port, setting, (unsigned)from, (unsigned)to);
}

void check_ports(Examination *examination)
{
    const Settings *settings = examination->settings;
    bool opens = (examination->app->engine->can & ENGINE_OPENS_PORT) != 0;

    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        look_at_side_port(examination, (Slot)slot);
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        if (opens)
            look_at_public_address(examination, &settings->traffic.listen[i]);
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        look_at_lending(examination, settings->traffic.slots[slot], "traffic.slots");
    for (size_t i = 0; opens && i < settings->traffic.listen_count; i++)
        look_at_lending(examination, settings->traffic.listen[i].port, "traffic.listen");
    say_well(examination, "side ports %u and %u and the public addresses are ours to use",
             (unsigned)settings->traffic.slots[SLOT_BLUE],
             (unsigned)settings->traffic.slots[SLOT_GREEN]);
}
