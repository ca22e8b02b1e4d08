/* check_state: was everything that was begun finished or undone? */
#include "base/clock.h"
#include "deploy/doctor/checks.h"

static void look_at_pause(Examination *examination)
{
    const PauseRecord *pause = &examination->situation->pause;
    char since[CLOCK_ISO_SIZE];

    if (pause->since_ms != 0)
        say(examination, DOCTOR_APP_PAUSED, "`godeploy resume` lets requests through.",
            "%s by %s since %s%s%s", pause->maintenance ? "maintenance" : "requests are held",
            pause->by, clock_format_local(pause->since_ms, since),
            pause->message[0] != '\0' ? ": " : "", pause->message);
}

void check_state(Examination *examination)
{
    const ServingRecord *serving = &examination->situation->serving;

    say_findings(examination);
    look_at_pause(examination);
    if (serving->version[0] != '\0')
        say_well(examination, "release %s serves, and nothing is half done", serving->version);
    say_well(examination, "nothing serves yet, and nothing is half done");
}
