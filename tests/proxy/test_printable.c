/* Tests proxy/printable.c. */
#include "proxy/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct PrintableCase {
    const char *from;
    const char *to;
} PrintableCase;

static const PrintableCase cases[] = {
    {"",                                          ""                                         },
    {"database is down",                          "database is down"                         },
    {"  two\r\n\r\n\tlines \n",                   "two lines"                                },
    {"\033[2Jgone",                               "?[2Jgone"                                 },
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
    {"\xff\xfe",                                  "??"                                       },
    {"cut \xe2\x82",                              "cut ??"                                   },
    {"\xc2\x9b"
     "2J",                                   "??2J"                                     }, /* the one-byte CSI of ISO 6429 in UTF-8 */
    {"a\xe2\x80\xae"
     "b",                                    "a???b"                                    }, /* U+202E turns the direction */
};

static void what_may_harm_a_terminal_is_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64] = "";
        printable_append(out, sizeof out, cases[i].from, strlen(cases[i].from));
        assert_string_equal(out, cases[i].to);
    }
}

static void a_nul_is_not_the_end(void **state)
{
    char out[64] = "HTTP 500: ";

    (void)state;
    printable_append(out, sizeof out, "a\0b", 3);
    assert_string_equal(out, "HTTP 500: a?b");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    char out[12] = "seen: ";

    (void)state;
    printable_append(out, sizeof out, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 10);
    assert_string_equal(out, "seen: \xc3\xa9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_harm_a_terminal_is_replaced),
        cmocka_unit_test(a_nul_is_not_the_end),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
