/* Tests cli/mdoc.c. What groff and mandoc make of whole pages, tests/package/manual sees. */
#include "cli/mdoc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* mdoc(7), "LANGUAGE SYNTAX", and groff_char(7): what means something else as it stands. */
static void what_troff_would_read_otherwise_is_written_out(void **state)
{
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"C:\\apps\\shop",             "C:\\eapps\\eshop\n"                                    },
        {".Dd is a macro",             "\\&.Dd is a macro\n"                                   },
        {"'quoted' at the begin",      "\\(aqquoted\\(aq at the begin\n"                       },
        {"--file and ~/.config",       "\\-\\-file and \\(ti/.config\n"                        },
        {"run `deploy --resume` then", "run \\fBdeploy \\-\\-resume\\fR then\n"                },
        {"One. Two (done). Three",     "One.\nTwo (done).\nThree\n"                            },
        {"a mark such as ... here",    "a mark such as \\&... here\n"                          },
        {"a\n\nb",                     "a\n.Pp\nb\n"                                           },
        {"a\n\n  x -y\n\nb",           "a\n.Pp\n.Bd -literal -compact\n  x \\-y\n.Ed\n.Pp\nb\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP_TEXT Text out = {0};

        mdoc_paragraphs(&out, cases[i].text);
        assert_string_equal(text_chars(&out), cases[i].written);
    }
}

static void an_argument_is_one_whatever_is_in_it(void **state)
{
    CLEANUP_TEXT Text out = {0};

    (void)state;
    mdoc_argument(&out, "push FILE|\"No\"|-x");
    assert_string_equal(text_chars(&out), "\"\\&push FILE|\\(dqNo\\(dq|\\-x\"");
}

static void no_line_is_longer_than_a_terminal(void **state)
{
    CLEANUP_TEXT Text out = {0};
    CLEANUP_TEXT Text text = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        text_append(&text, "--a-word-with-hyphens `and another` ");
    mdoc_paragraphs(&out, text_chars(&text));
    for (const char *line = text_chars(&out); *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_troff_would_read_otherwise_is_written_out),
        cmocka_unit_test(an_argument_is_one_whatever_is_in_it),
        cmocka_unit_test(no_line_is_longer_than_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
