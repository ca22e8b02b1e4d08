/* Tests base/process/command_line.h. The expected lines are those of Microsoft's table of parsing
 * results: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments */
#include "base/process/command_line.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TOO_LONG = 40000 };

static void a_list_becomes_the_line_that_gives_the_list_again(void **state)
{
    static const struct {
        const char *argv[4];
        const char *line;
    } cases[] = {
        {{"C:\\app.exe", NULL},                   "\"C:\\app.exe\""               },
        {{"C:\\Program Files\\a.exe", "x", NULL}, "\"C:\\Program Files\\a.exe\" x"},
        {{"C:\\dir\\", "x", NULL},                "\"C:\\dir\\\" x"               },
        {{"p", "abc", "d", "e"},                  "\"p\" abc d e"                 },
        {{"p", "a\\\\b", "d\"e f\"g", NULL},      "\"p\" a\\\\b \"d\\\"e f\\\"g\""},
        {{"p", "a\\\"b", "c", NULL},              "\"p\" \"a\\\\\\\"b\" c"        },
        {{"p", "a\\\\b c", "d", NULL},            "\"p\" \"a\\\\b c\" d"          },
        {{"p", "", "d", NULL},                    "\"p\" \"\" d"                  },
        {{"p", "ends with \\", "d", NULL},        "\"p\" \"ends with \\\\\" d"    },
        {{"p", "C:\\dir\\", "d", NULL},           "\"p\" C:\\dir\\ d"             },
        {{"p", "tab\there", "\xC3\xA9", NULL},    "\"p\" \"tab\there\" \xC3\xA9"  },
        {{"p", "%PATH%", "a&b|c^", NULL},         "\"p\" %PATH% a&b|c^"           },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *argv[5] = {cases[i].argv[0], cases[i].argv[1], cases[i].argv[2],
                               cases[i].argv[3], NULL};
        CLEANUP(free) char *line = NULL;
        Error err = {0};

        assert_true(command_line_join(argv, &line, &err));
        assert_string_equal(line, cases[i].line);
    }
}

static void a_quote_in_the_program_is_refused(void **state)
{
    const char *argv[] = {"C:\\a\"b.exe", NULL};
    char *line = NULL;
    Error err = {0};

    (void)state;
    assert_false(command_line_join(argv, &line, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_null(line);
}

static void what_windows_could_not_take_is_refused(void **state)
{
    static char word[TOO_LONG + 1];
    const char *argv[] = {"p", word, NULL};
    char *line = NULL;
    Error err = {0};

    (void)state;
    memset(word, 'x', TOO_LONG);
    assert_false(command_line_join(argv, &line, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

/* Source: CVE-2024-24576; CreateProcessW drops dots and blanks at the end of a name. */
static void what_only_a_shell_can_run_is_known_by_its_name(void **state)
{
    static const struct {
        const char *program;
        bool shell;
    } cases[] = {
        {"C:/a/b.bat",     true },
        {"b.CMD",          true },
        {"b.cmd. .",       true },
        {"C:/a.bat/b.exe", false},
        {"C:/a/b.cmdx",    false},
        {"bat",            false},
        {"",               false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(command_line_runs_a_shell(cases[i].program), cases[i].shell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_becomes_the_line_that_gives_the_list_again),
        cmocka_unit_test(a_quote_in_the_program_is_refused),
        cmocka_unit_test(what_windows_could_not_take_is_refused),
        cmocka_unit_test(what_only_a_shell_can_run_is_known_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
