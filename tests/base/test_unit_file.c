/* What systemd would read out of a value must be the value. The expected texts are checked with the
 * real systemd by tests/e2e/systemd_test.go; the names are those of systemd-escape(1). */
#include "base/service/unit_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Written {
    const char *value;
    const char *text; /* NULL: refused */
} Written;

static void a_value_is_taken_literally_or_refused(void **state)
{
    static const Written cases[] = {
        {"plain",        "Key=plain\n"    },
        {"",             "Key=\n"         }, /* systemd.syntax: resets a list */
        {"two words",    "Key=two words\n"},
        {"100%",         "Key=100%%\n"    }, /* SPECIFIERS */
        {"%h/x",         "Key=%%h/x\n"    },
        {"a\"b'c$d",     "Key=a\"b'c$d\n" },
        {"a\\b",         "Key=a\\b\n"     },
        {"\xc3\xa4",     "Key=\xc3\xa4\n" },
        {"a\nExecStart", NULL             },
        {"a\rb",         NULL             },
        {"a\x7f",        NULL             },
        {"a\tb",         NULL             },
        {" a",           NULL             },
        {"a ",           NULL             },
        {"a\\",          NULL             }, /* goes on in the next line */
        {"\xff",         NULL             },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP_TEXT Text unit = {0};
        Error err = {0};

        if (!cases[i].text) {
            assert_false(unit_put(&unit, "Key", cases[i].value, &err));
            assert_int_equal(err.code, ERR_SETTINGS);
            continue;
        }
        assert_true(unit_put(&unit, "Key", cases[i].value, &err));
        assert_string_equal(text_chars(&unit), cases[i].text);
    }
}

static void a_word_of_a_command_is_taken_literally_or_refused(void **state)
{
    static const Written cases[] = {
        {"./run",         "Key=\"run\" \"./run\"\n"              },
        {"",              "Key=\"run\" \"\"\n"                   },
        {"two words",     "Key=\"run\" \"two words\"\n"          },
        {"$HOME ${X}",    "Key=\"run\" \"$$HOME $${X}\"\n"       }, /* COMMAND LINES: $$ */
        {"%i",            "Key=\"run\" \"%%i\"\n"                },
        {"say \"it\" \\", "Key=\"run\" \"say \\\"it\\\" \\\\\"\n"},
        {";",             "Key=\"run\" \";\"\n"                  }, /* else: another command begins */
        {"a\tb",          "Key=\"run\" \"a\\tb\"\n"              },
        {"a\nb",          NULL                                   },
        {"\x1b[2J",       NULL                                   },
        {"\xc3",          NULL                                   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *words[] = {"run", cases[i].value, NULL};
        CLEANUP_TEXT Text unit = {0};
        Error err = {0};

        if (!cases[i].text) {
            assert_false(unit_put_words(&unit, "Key", words, &err));
            assert_int_equal(err.code, ERR_SETTINGS);
            continue;
        }
        assert_true(unit_put_words(&unit, "Key", words, &err));
        assert_string_equal(text_chars(&unit), cases[i].text);
    }
}

/* It is the path of a file: nothing but specifiers would be replaced in it, and no $$. */
static void a_program_may_have_a_dollar_in_its_path(void **state)
{
    const char *const words[] = {"/opt/a$b %i/${c}", "$d", NULL};
    CLEANUP_TEXT Text unit = {0};
    Error err = {0};

    (void)state;
    assert_true(unit_put_words(&unit, "Key", words, &err));
    assert_string_equal(text_chars(&unit), "Key=\"/opt/a$b %%i/${c}\" \"$$d\"\n");
}

static void a_path_with_a_wildcard_is_refused(void **state)
{
    static const char *const paths[] = {"/srv/a*", "/srv/a?", "/srv/[a]", "/srv/a\\b"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CLEANUP_TEXT Text unit = {0};
        Error err = {0};

        assert_false(unit_put_path(&unit, "EnvironmentFile", paths[i], &err));
        assert_int_equal(err.code, ERR_SETTINGS);
    }
}

static void a_variable_is_kept_whole(void **state)
{
    static const Written cases[] = {
        {"A=b",           "A=\"b\"\n"                    },
        {"A=",            "A=\"\"\n"                     },
        {"A=b=c",         "A=\"b=c\"\n"                  },
        {"A=two\nlines",  "A=\"two\nlines\"\n"           },
        {"A=$x `y` \"\\", "A=\"\\$x \\`y\\` \\\"\\\\\"\n"},
        {"A=100%",        "A=\"100%\"\n"                 }, /* no specifiers in such a file */
        {"A=\xff",        NULL                           },
        {"A",             NULL                           },
        {"=b",            NULL                           },
        {"a.b=c",         NULL                           }, /* systemd drops it without a word */
        {"1A=b",          NULL                           },
        {"_a1=b",         "_a1=\"b\"\n"                  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP_TEXT Text file = {0};
        Error err = {0};

        if (!cases[i].text) {
            assert_false(unit_put_variable(&file, cases[i].value, &err));
            continue;
        }
        assert_true(unit_put_variable(&file, cases[i].value, &err));
        assert_string_equal(text_chars(&file), cases[i].text);
    }
}

static void what_is_refused_of_a_variable_is_its_name_and_not_its_value(void **state)
{
    CLEANUP_TEXT Text file = {0};
    Error err = {0};

    (void)state;
    assert_false(unit_put_variable(&file, "PASSWORD=s3cr3t\xff", &err));
    assert_non_null(strstr(err.message, "PASSWORD"));
    assert_null(strstr(err.message, "s3cr3t"));
}

static void a_path_becomes_the_name_that_systemd_escape_gives_it(void **state)
{
    static const Written cases[] = {
        {"/",                 "-"                  },
        {"/var/lib/godeploy", "var-lib-godeploy"   },
        {"/var//lib/",        "var-lib"            },
        {"/srv/my-app",       "srv-my\\x2dapp"     },
        {"/.hidden/x y",      "\\x2ehidden-x\\x20y"},
        {"/srv/.x",           "srv-.x"             },
        {"/\xc3\xa4_:1",      "\\xc3\\xa4_:1"      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(free) char *name = unit_escape_path(cases[i].value);

        assert_non_null(name);
        assert_string_equal(name, cases[i].text);
    }
}

static void sections_stand_apart(void **state)
{
    CLEANUP_TEXT Text unit = {0};

    (void)state;
    unit_section(&unit, "Unit");
    unit_section(&unit, "Service");
    assert_string_equal(text_chars(&unit), "[Unit]\n\n[Service]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_taken_literally_or_refused),
        cmocka_unit_test(a_word_of_a_command_is_taken_literally_or_refused),
        cmocka_unit_test(a_program_may_have_a_dollar_in_its_path),
        cmocka_unit_test(a_path_with_a_wildcard_is_refused),
        cmocka_unit_test(a_variable_is_kept_whole),
        cmocka_unit_test(what_is_refused_of_a_variable_is_its_name_and_not_its_value),
        cmocka_unit_test(a_path_becomes_the_name_that_systemd_escape_gives_it),
        cmocka_unit_test(sections_stand_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
