/* Tests deploy/canary.c: killed, or left by its journal, at every step (traffic_crash.h). */
#include "tests/deploy/traffic_crash.h"

WHATEVER_HAPPENS(side_by_side_one_release_serves_whatever_happens, BLUE_GREEN, false, false)
WHATEVER_HAPPENS(a_canary_leads_to_one_release_whatever_happens, CANARY, false, false)
WHATEVER_HAPPENS(an_ill_canary_is_taken_back_whatever_happens, CANARY, false, true)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side_one_release_serves_whatever_happens),
        cmocka_unit_test(a_canary_leads_to_one_release_whatever_happens),
        cmocka_unit_test(an_ill_canary_is_taken_back_whatever_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
