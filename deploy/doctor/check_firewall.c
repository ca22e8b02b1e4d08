/* check_firewall: does a rule of Windows' firewall let clients in at the public ports?
 *
 * Who listens decides which rules count: the service of portproxy is in svchost.exe, so that a rule
 * for the app's own program lets nobody in. */
#include "deploy/doctor/firewall_rule.h"
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

/* NULL: another program than ours, of which we do not know the name. */
static const char *listener_of(const App *app)
{
    if (text_equal(app->engine->name, "portproxy"))
        return "svchost.exe";
    return text_equal(app->engine->name, "embedded") ? "godeploy-proxy.exe" : NULL;
}

static void judge(Examination *examination, const TextList *rules, const Address *listen,
                  const char *program)
{
    char address[ADDRESS_TEXT_SIZE];

    (void)address_format(listen, address);
    switch (firewall_judge(rules, listen->port, program)) {
    case FIREWALL_ALLOWS:
        break;
    case FIREWALL_ALLOWS_SOME:
        say(examination, DOCTOR_FIREWALL_PARTLY,
            "Compare with who your clients are: `Get-NetFirewallRule -Enabled True -Direction "
            "Inbound`, its Profile, and Get-NetFirewallAddressFilter; `Get-NetConnectionProfile` "
            "tells which networks this host is in.",
            "the firewall lets only some clients in at public address %s: each rule is for some "
            "profiles, addresses or users",
            address);
        break;
    case FIREWALL_BLOCKS:
        say(examination, DOCTOR_FIREWALL_BLOCKS,
            "Find it with `Get-NetFirewallRule -Action Block -Enabled True`; it beats every rule "
            "that allows.",
            "a rule of the firewall blocks connections to public address %s", address);
        break;
    case FIREWALL_SAYS_NOTHING:
        say(examination, DOCTOR_FIREWALL_CLOSED,
            "New-NetFirewallRule -DisplayName \"godeploy\" -Direction Inbound -Protocol TCP "
            "-LocalPort PORT -Action Allow: by port, as a rule for the app's program does not "
            "help.",
            "no rule of the firewall lets clients in at public address %s, where %s listens",
            address, program);
        break;
    }
}

void check_firewall(Examination *examination)
{
    const Settings *settings = examination->settings;
    const char *program = listener_of(examination->app);
    CLEANUP_TEXT_LIST TextList rules = {0};
    bool on = false;
    Error why = {0};

    if (!windows_firewall(&on, &rules, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    for (size_t i = 0; on && program && i < settings->traffic.listen_count; i++)
        if (!address_is_loopback(&settings->traffic.listen[i]))
            judge(examination, &rules, &settings->traffic.listen[i], program);
    say_well(examination, on ? "no public address is shut to clients" : "the firewall is off");
}
