/* check_portproxy: is every portproxy rule of this host one that works, whoever made it, and does
 * the service run that carries their connections? */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

void check_portproxy(Examination *examination)
{
    CLEANUP(free) PortproxyFindings *findings = calloc(1, sizeof *findings);
    bool ours = text_equal(examination->app->engine->name, "portproxy");
    Error why = {0};

    if (!findings)
        (void)error_memory(&why);
    if (!findings || !windows_portproxy(findings, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (findings->rules == 0 && !ours) {
        say_well(examination, "this host has no portproxy rule");
        return;
    }
    for (size_t i = 0; i < findings->count; i++)
        say(examination, DOCTOR_PORTPROXY_WRONG, findings->items[i].fix, "%s",
            findings->items[i].text);
    if (findings->more)
        say(examination, DOCTOR_PORTPROXY_WRONG, "Mend the others first.",
            "there is more to say of the portproxy rules than fits here");
    say_well(examination, "%zu portproxy rule%s, and the service that carries them runs",
             findings->rules, text_plural((int64_t)findings->rules));
}
