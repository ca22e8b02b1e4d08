/* check_variables: is every variable of the environment set that the settings name? */
#include "deploy/doctor/checks.h"
#include "deploy/settings/settings_variables.h"

void check_variables(Examination *examination)
{
    char words[UNSET_VARIABLE_WORDS_SIZE];
    UnsetVariables unset;

    settings_unset_variables(examination->settings, &unset);
    for (size_t i = 0; i < unset.count; i++)
        say(examination,
            unset.items[i].only_reports ? DOCTOR_REPORT_VARIABLE_UNSET : DOCTOR_VARIABLE_UNSET,
            settings_variables_hint, "%s", unset_variable_words(&unset.items[i], words));
    say_well(examination, "every variable that the settings name is set here");
}
