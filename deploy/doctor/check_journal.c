/* check_journal: is what was done still to be read, every page of it? */
#include "deploy/doctor/checks.h"

static const char restore[] = "Move it aside and put a backup in its place; without one the next "
                              "deployment takes over what serves.";

void check_journal(Examination *examination)
{
    const App *app = examination->app;
    Error why = examination->app_trouble;

    if (!app && (why.code == ERR_SETTINGS || why.code == ERR_ENGINE)) {
        say(examination, DOCTOR_NOT_LOOKED_AT, "", "not looked at: the app cannot be opened");
        return;
    }
    if (!app) {
        say_error(examination, DOCTOR_JOURNAL_UNREADABLE, restore, &why);
        return;
    }
    say_findings(examination);
    if (!app->journal) {
        say_well(examination, "nothing was deployed here yet");
        return;
    }
    if (!journal_check(app->journal, &why))
        say_error(examination, DOCTOR_JOURNAL_DAMAGED, restore, &why);
    else if (!examination->situation)
        say_error(examination, DOCTOR_LOOK_FAILED, "See what else is told here.",
                  &examination->situation_trouble);
    say_well(examination, "every page of it is sound");
}
