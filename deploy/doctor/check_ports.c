/* check_ports: are the side ports and public addresses free for us, and will they be tomorrow? */
#include "base/net/port_lending.h"
#include "base/process/process.h"
#include "base/process/process_words.h"
#include "deploy/doctor/checks.h"

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
    char address[ADDRESS_TEXT_SIZE], holder[PROCESS_WORDS_SIZE];
    const char *reason = NULL;
    int64_t pid = 0;
    Error why = {0};

    if (address_can_bind(listen, &reason))
        return;
    if (!process_listening_on(listen->port, &pid, &why) || pid == 0)
        say(examination, DOCTOR_PUBLIC_PORT_TAKEN,
            "Choose another address in traffic.listen, or let this user listen there.",
            "public address %s: %s", address_format(listen, address), reason);
    else
        say(examination, DOCTOR_PUBLIC_PORT_TAKEN,
            "Choose another address in traffic.listen, end it if nobody needs it, or take "
            "`traffic.engine: nftables`, which takes over from a program that listens already.",
            "public address %s: %s: %s", address_format(listen, address), reason,
            process_words(pid, holder));
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
        if (opens && !examination->situation->route.known) /* else the engine has it */
            look_at_public_address(examination, &settings->traffic.listen[i]);
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        look_at_lending(examination, settings->traffic.slots[slot], "traffic.slots");
    for (size_t i = 0; opens && i < settings->traffic.listen_count; i++)
        look_at_lending(examination, settings->traffic.listen[i].port, "traffic.listen");
    say_well(examination, "side ports %u and %u and the public addresses are ours to use",
             (unsigned)settings->traffic.slots[SLOT_BLUE],
             (unsigned)settings->traffic.slots[SLOT_GREEN]);
}
