/* Tests base/service/event_text.h. Source: Microsoft's KB 934640, "Event Viewer incorrectly
 * displays IPv6 addresses". */
#include "base/service/event_text.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_percent_sign_is_never_taken_for_a_place_to_fill(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"",                          ""                          },
        {"shop: 2.0.0 serves",        "shop: 2.0.0 serves"        },
        {"fe80::1%4 does not answer", "fe80::1% 4 does not answer"},
        {"https://x/a%20b%3a",        "https://x/a% 20b% 3a"      },
        {"%%1 and 100 %",             "%% 1 and 100 %"            },
        {"%PATH%",                    "%PATH%"                    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(free) char *shown = event_text(cases[i].text);

        assert_non_null(shown);
        assert_string_equal(shown, cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percent_sign_is_never_taken_for_a_place_to_fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
