/* Tests cli/completion.c with the commands that there are. */
#include "cli/commands.h"
#include "cli/completion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WORDS = 16 };

/* One name of each kind, and of which settings file. */
static void list_one(void *context, CompletionName what, const char *file, TextList *out)
{
    static const char *const names[] = {
        [COMPLETION_APP] = "shop",
        [COMPLETION_RELEASES] = "2.0.0\tgood, serves",
        [COMPLETION_GOOD_RELEASES] = "1.0.0\tgood",
        [COMPLETION_DEPLOYMENTS] = "7\tdeploy 2.0.0, done",
    };
    Error err = {0};

    (void)context;
    assert_true(text_list_add(out, file ? file : names[what], &err));
}

/* What is answered where `line` was typed and the cursor is at its end. */
static void ask(const char *line, Text *out)
{
    CLEANUP(free) char *copy = text_copy(line);
    const char *words[MOST_WORDS + 1] = {copy};
    size_t count = 0;

    assert_non_null(copy);
    for (char *blank = strchr(copy, ' '); blank; blank = strchr(blank + 1, ' ')) {
        assert_true(count + 2 < MOST_WORDS);
        *blank = '\0';
        words[++count] = blank + 1;
    }
    {
        const char *typed = words[count];

        words[count] = NULL;
        completion_offer(command_list(), &(CompletionHost){.list = list_one}, words, typed, out);
    }
}

/* True if one of the lines is that word, whatever its description. */
static bool offers(const Text *answer, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = text_chars(answer); *at; at += strcspn(at, "\n") + 1)
        if (strcspn(at, "\t\n") == length && memcmp(at, word, length) == 0)
            return true;
    return false;
}

static void what_may_follow_is_offered_and_nothing_else(void **state)
{
    static const struct {
        const char *line;
        const char *offered;
        const char *left_out;
    } cases[] = {
        {"",                         "rollback",            "--json"          },
        {"dep",                      "deploy",              "--json"          },
        {"--",                       "--json",              "--release"       },
        {"--json ",                  "deploy",              "--json"          },
        {"--file x.yaml ",           "deploy",              COMPLETION_FILES  },
        {"--file ",                  COMPLETION_FILES,      "deploy"          },
        {"-f ",                      COMPLETION_FILES,      "deploy"          },
        {"--file=x",                 COMPLETION_FILES,      "deploy"          },
        {"deploy --",                "--allow-downgrade",   "--slot"          },
        {"deploy ",                  "--version",           COMPLETION_FILES  },
        {"deploy --version 2 --",    "--release",           "--version"       },
        {"deploy --version=2 --",    "--release",           "--version"       },
        {"deploy --version ",        "2.0.0",               "--release"       },
        {"deploy --version=",        "--version=2.0.0",     "2.0.0"           },
        {"rollback ",                "1.0.0",               "2.0.0"           },
        {"rollback 1.0.0 ",          "--wait",              "1.0.0"           },
        {"show ",                    "7",                   COMPLETION_FILES  },
        {"report ",                  "7",                   COMPLETION_FILES  },
        {"sign --name ",             "shop",                COMPLETION_FILES  },
        {"-f a.yaml show ",          "a.yaml",              "7"               },
        {"show --file b.yaml ",      "b.yaml",              "7"               },
        {"show --file=c.yaml ",      "c.yaml",              "7"               },
        {"logs -f ",                 "--slot",              "7"               },
        {"deploy --release ",        COMPLETION_FILES,      "--version"       },
        {"verify --key a.pem --",    "--key",               "--slot"          },
        {"verify ",                  COMPLETION_FILES,      "--key"           },
        {"verify a b c ",            COMPLETION_FILES,      "--key"           },
        {"verify --scheme ",         "pss-sha256",          COMPLETION_FILES  },
        {"verify --scheme=p",        "--scheme=pss-sha256", "pss-sha256"      },
        {"verify -- --",             COMPLETION_FILES,      "--key"           },
        {"logs -f --slot ",          "green",               COMPLETION_FILES  },
        {"logs -f ",                 "--slot",              COMPLETION_FILES  },
        {"pack ",                    COMPLETION_FOLDERS,    COMPLETION_FILES  },
        {"pack folder ",             "--output",            COMPLETION_FOLDERS},
        {"config ",                  "rollback",            COMPLETION_FILES  },
        {"config push ",             COMPLETION_FILES,      "show"            },
        {"config show ",             "--json",              COMPLETION_FILES  },
        {"proxy ",                   "upgrade",             "off"             },
        {"proxy metrics ",           "off",                 "upgrade"         },
        {"proxy start ",             "--drain",             "off"             },
        {"help ",                    "settings",            "--json"          },
        {"help dep",                 "deploy",              "--json"          },
        {"completion ",              "powershell",          "words"           },
        {"deploy --no-such-option ", "--version",           COMPLETION_FILES  },
        {"no-such-command ",         "deploy",              COMPLETION_FILES  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP_TEXT Text answer = {0};

        ask(cases[i].line, &answer);
        if (cases[i].offered && !offers(&answer, cases[i].offered))
            fail_msg("'%s' offers no %s but\n%s", cases[i].line, cases[i].offered,
                     text_chars(&answer));
        if (offers(&answer, cases[i].left_out))
            fail_msg("'%s' offers %s", cases[i].line, cases[i].left_out);
    }
}

static void what_is_offered_is_described(void **state)
{
    CLEANUP_TEXT Text answer = {0};

    (void)state;
    ask("logs --sl", &answer);
    assert_non_null(strstr(text_chars(&answer), "--slot\tblue or green; default"));
    text_clear(&answer);
    ask("show ", &answer);
    assert_string_equal(text_chars(&answer), "7\tdeploy 2.0.0, done\n");
}

/* Every command can be followed by something, or by nothing; none brings the walk down. */
static void every_command_is_completed(void **state)
{
    CommandList commands = command_list();

    (void)state;
    for (size_t i = 0; i < commands.count; i++) {
        CLEANUP(free) char *line = text_formatted("%s --", commands.rows[i].name);
        CLEANUP_TEXT Text answer = {0};

        assert_non_null(line);
        ask(line, &answer);
        assert_true(offers(&answer, "--help"));
    }
}

static void each_shell_has_a_script_that_asks_godeploy(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish", "powershell"};

    (void)state;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        const char *script = completion_script(shells[i]);

        assert_non_null(script);
        assert_non_null(strstr(script, "completion"));
        assert_non_null(strstr(script, "words"));
    }
    assert_null(completion_script("tcsh"));
    assert_null(completion_script("words"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_follow_is_offered_and_nothing_else),
        cmocka_unit_test(what_is_offered_is_described),
        cmocka_unit_test(every_command_is_completed),
        cmocka_unit_test(each_shell_has_a_script_that_asks_godeploy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
