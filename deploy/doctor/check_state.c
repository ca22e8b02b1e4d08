/* check_state: was everything that was begun finished or undone? */
#include "deploy/doctor/checks.h"

void check_state(Examination *examination)
{
    const ServingRecord *serving = &examination->situation->serving;

    say_findings(examination);
    if (serving->version[0] != '\0')
        say_well(examination, "release %s serves, and nothing is half done", serving->version);
    say_well(examination, "nothing serves yet, and nothing is half done");
}
