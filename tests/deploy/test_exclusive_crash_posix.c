/* Tests deploy/exclusive.c: killed, or left by its journal, at every step (traffic_crash.h). */
#include "tests/deploy/traffic_crash.h"

WHATEVER_HAPPENS(one_after_the_other_one_release_serves_whatever_happens, EXCLUSIVE, false, false)
WHATEVER_HAPPENS(an_ill_one_after_the_other_gives_back_whatever_happens, EXCLUSIVE, false, true)
WHATEVER_HAPPENS(a_gate_that_was_shut_stays_shut_whatever_happens, EXCLUSIVE, true, false)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other_one_release_serves_whatever_happens),
        cmocka_unit_test(an_ill_one_after_the_other_gives_back_whatever_happens),
        cmocka_unit_test(a_gate_that_was_shut_stays_shut_whatever_happens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
