/* Tests cli/options*.c with a small table of commands of its own. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool run_nothing(struct Session *session, Error *err)
{
    (void)session;
    (void)err;
    return true;
}

static const OptionId deploy_options[] = {OPTION_RELEASE,         OPTION_VERSION, OPTION_RESUME,
                                          OPTION_ALLOW_DOWNGRADE, OPTION_WAIT,    OPTION_END};
static const OptionId logs_options[] = {OPTION_FOLLOW, OPTION_SLOT, OPTION_LINES, OPTION_END};
static const OptionId lock_options[] = {OPTION_MESSAGE, OPTION_END};
static const OptionId verify_options[] = {OPTION_KEY,       OPTION_SIG, OPTION_SCHEME, OPTION_CA,
                                          OPTION_PUBLISHER, OPTION_AT,  OPTION_END};
static const OptionId probe_options[] = {OPTION_RATE, OPTION_FOR, OPTION_MIX, OPTION_POST_BYTES,
                                         OPTION_END};
static const OptionId pack_options[] = {OPTION_OUTPUT, OPTION_COMMAND, OPTION_EXPIRES, OPTION_END};

#define COMMAND(word, taken, ...)                                                                  \
    {                                                                                              \
        .name = (word), .run = run_nothing, .options = (taken), __VA_ARGS__                        \
    }

static const CommandRow rows[] = {
    COMMAND(
        "deploy", deploy_options, .help = "Replace the release that serves", .group = "Deploying",
        .text = "Fetches, verifies, unpacks, starts, checks, flips, watches, drains and retires, "
                "and stops at the first stage that fails.\n\n  godeploy deploy --version 2.5.0"),
    COMMAND("rollback", NULL, .arguments = "[VERSION]", .most = 1,
            .help = "Back to a good release"),
    COMMAND("lock", lock_options, .help = "Keep others from deploying"),
    COMMAND("logs", logs_options, .help = "Output of an instance", .group = "Looking"),
    COMMAND("verify", verify_options, .arguments = "[FILE...]", .most = -1,
            .help = "Check signatures"),
    COMMAND("probe", probe_options, .arguments = "URL", .least = 1, .most = 1, .help = "Load"),
    COMMAND("pack", pack_options, .arguments = "DIR", .least = 1, .most = 1,
            .help = "Make an archive"),
    COMMAND("version", NULL, .help = "Version of godeploy"),
};
static const CommandList commands = {rows, sizeof rows / sizeof *rows};

enum { MOST_WORDS = 48 };

/* Words between blanks. */
typedef struct Line {
    char text[512];
    const char *argv[MOST_WORDS];
    int argc;
} Line;

static void split(const char *text, Line *line)
{
    memset(line, 0, sizeof *line);
    memcpy(line->text, text, strlen(text) + 1);
    line->argv[line->argc++] = "godeploy";
    for (char *at = line->text; *at;) {
        char *end = strchr(at, ' ');

        assert_true(line->argc < MOST_WORDS);
        line->argv[line->argc++] = at;
        at = end ? end + 1 : at + strlen(at);
        if (end)
            *end = '\0';
    }
}

static Options parse(Line *line, const char *text)
{
    Options options;
    Error err = {0};

    split(text, line);
    if (!options_parse(line->argc, line->argv, commands, &options, &err))
        fail_msg("%s: %s", text, err.message);
    return options;
}

static void options_stand_before_and_behind_the_command(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options =
        parse(&line, "--json -f other.yaml deploy --version 2.5.0 -y --resume");

    (void)state;
    assert_string_equal(options.command->name, "deploy");
    assert_string_equal(options.file, "other.yaml");
    assert_string_equal(options.version, "2.5.0");
    assert_true(options.json && options.yes && options.resume);
    assert_false(options.plain || options.allow_downgrade || options.quiet || options.help);
    assert_true(options.given[OPTION_VERSION]);
    assert_false(options.given[OPTION_RELEASE]);
    assert_int_equal(options.argument_count, 0);
}

static void a_value_may_follow_an_equals_sign(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options =
        parse(&line, "--file=a=b.yaml deploy --release=-odd.zip --wait=90s");

    (void)state;
    assert_string_equal(options.file, "a=b.yaml");
    assert_string_equal(options.release, "-odd.zip");
    assert_int_equal(options.wait_ms, 90000);
}

static void the_letter_f_means_follow_for_logs_only(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options logs = parse(&line, "-f settings.yaml logs -f --slot green -n 50");
    Line other;
    CLEANUP_OPTIONS Options rollback = parse(&other, "rollback -f settings.yaml");

    (void)state;
    assert_true(logs.follow);
    assert_string_equal(logs.file, "settings.yaml");
    assert_string_equal(logs.slot, "green");
    assert_int_equal(logs.lines, 50);
    assert_false(rollback.follow);
    assert_string_equal(rollback.file, "settings.yaml");
}

static void two_dashes_end_the_options(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options = parse(&line, "verify --sig x.sig -- --odd -- -");

    (void)state;
    assert_int_equal(options.argument_count, 3);
    assert_string_equal(options.arguments[0], "--odd");
    assert_string_equal(options.arguments[1], "--");
    assert_string_equal(options.arguments[2], "-");
    assert_null(options.arguments[3]);
}

static void some_options_may_be_repeated(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options =
        parse(&line, "pack dir --command ./a --command=--listen --command=x -o a.zip");

    (void)state;
    assert_int_equal(options.command_line.count, 3);
    assert_string_equal(options.command_line.items[1], "--listen");
    assert_null(options.command_line.items[3]);
    assert_string_equal(options.output, "a.zip");
}

static void values_are_read_as_what_they_are(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options probe =
        parse(&line, "probe http://127.0.0.1/ --rate 500 --for 2m --mix fresh --post-bytes 64KiB");
    Line other;
    CLEANUP_OPTIONS Options verify =
        parse(&other, "verify a.zip --at 1970-01-01T00:00:01Z --scheme pss-sha256");

    (void)state;
    assert_int_equal(probe.rate, 500);
    assert_int_equal(probe.for_ms, 120000);
    assert_int_equal(probe.post_bytes, 65536);
    assert_string_equal(probe.mix, "fresh");
    assert_string_equal(probe.arguments[0], "http://127.0.0.1/");
    assert_int_equal(verify.at_ms, 1000);
    assert_true(verify.given[OPTION_AT]);
    assert_string_equal(verify.scheme, "pss-sha256");
}

/* basecamp/kamal #1658: `rollback --help` took "--help" for a version. */
static void help_is_never_an_argument(void **state)
{
    static const char *const lines[] = {
        "rollback --help",           "rollback 1.0.0 -h",
        "--help rollback",           "rollback --nonsense --help",
        "rollback --version --help", "rollback a b c --help",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        Line line;
        CLEANUP_OPTIONS Options options = parse(&line, lines[i]);

        assert_true(options.help);
        assert_string_equal(options.command->name, "rollback");
        assert_int_equal(options.argument_count, 0);
    }
}

static void help_behind_two_dashes_is_an_argument(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options = parse(&line, "verify -- --help");

    (void)state;
    assert_false(options.help);
    assert_string_equal(options.arguments[0], "--help");
}

static void version_alone_is_the_command(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options = parse(&line, "--version");

    (void)state;
    assert_string_equal(options.command->name, "version");
}

static void nothing_at_all_names_no_command(void **state)
{
    Line line;
    CLEANUP_OPTIONS Options options = parse(&line, "");

    (void)state;
    assert_null(options.command);
}

static void every_wrong_line_is_told_why(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } wrong[] = {
        {"deplyo",                         "unknown command deplyo; did you mean deploy?"    },
        {"xyzzy",                          "unknown command xyzzy"                           },
        {"deploy --relase x",              "unknown option --relase; did you mean --release?"},
        {"deploy --relase=secret",         "unknown option --relase; did you mean --release?"},
        {"--jsno deploy",                  "unknown option --jsno; did you mean --json?"     },
        {"deploy --zzzzzz",                "unknown option --zzzzzz"                         },
        {"deploy -x",                      "unknown option -x"                               },
        {"deploy -qv",                     "unknown option -qv"                              },
        {"rollback --release x",           "rollback takes no option --release"              },
        {"--release x rollback",           "rollback takes no option --release"              },
        {"deploy -m text",                 "deploy takes no option --message"                },
        {"deploy --release",               "--release needs a value: --release PATH|URL"     },
        {"deploy --release=",              "--release needs a value"                         },
        {"deploy --release --resume",      "--release needs a value"                         },
        {"deploy --resume=yes",            "--resume takes no value"                         },
        {"deploy --version 1 --version 2", "--version is given twice"                        },
        {"deploy -q -v",                   "--quiet and --verbose contradict each other"     },
        {"deploy 2.5.0",                   "deploy takes no arguments; found '2.5.0'"        },
        {"rollback 1 2",                   "rollback takes [VERSION]; found '2'"             },
        {"probe",                          "probe needs URL"                                 },
        {"probe u --rate fast",            "--rate: found 'fast'; allowed: 1 to 1000000"     },
        {"probe u --rate 0",               "--rate: found '0'; allowed: 1 to 1000000"        },
        {"probe u --for soon",             "--for: found 'soon'; allowed: a duration"        },
        {"probe u --post-bytes 4ZiB",      "--post-bytes: found '4ZiB'; allowed: a size"     },
        {"logs --slot red",                "--slot: found 'red'; allowed: blue or green"     },
        {"verify f --at yesterday",        "--at: found 'yesterday'; allowed: a time such as"},
        {"deploy --rele\x1b[2Jse x",       "unknown option (unprintable)"                    },
        {"\x1b[2J",                        "unknown command (unprintable)"                   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Line line;
        Options options;
        Error err = {0};

        split(wrong[i].line, &line);
        if (options_parse(line.argc, line.argv, commands, &options, &err))
            fail_msg("taken as right: %s", wrong[i].line);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(error_exit_status(err.code), 2);
        if (!strstr(err.message, wrong[i].message))
            fail_msg("%s\n    is told: %s\n    and not: %s", wrong[i].line, err.message,
                     wrong[i].message);
        assert_null(strstr(err.message, "secret"));
        assert_null(strchr(err.message, '\x1b'));
    }
}

enum { MANY_WORDS = 20000 };

static const char **many_words(const char *first, const char *others)
{
    const char **argv = calloc(MANY_WORDS + 1, sizeof *argv);

    assert_non_null(argv);
    argv[0] = "godeploy";
    argv[1] = first;
    for (int i = 2; i < MANY_WORDS; i++)
        argv[i] = others;
    return argv;
}

static void a_command_may_get_as_many_arguments_as_the_system_hands_over(void **state)
{
    CLEANUP(free) const char **argv = many_words("verify", "a");
    CLEANUP_OPTIONS Options options = {0};
    Error err = {0};

    (void)state;
    argv[MANY_WORDS - 1] = "last";
    assert_true(options_parse(MANY_WORDS, argv, commands, &options, &err));
    assert_int_equal(options.argument_count, MANY_WORDS - 2);
    assert_string_equal(options.arguments[MANY_WORDS - 3], "last");
}

static void an_option_that_is_repeated_too_often_is_refused(void **state)
{
    CLEANUP(free) const char **argv = many_words("verify", "--key=a");
    CLEANUP_OPTIONS Options options = {0};
    Error err = {0};

    (void)state;
    assert_false(options_parse(MANY_WORDS, argv, commands, &options, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

static int longest_line(const char *text)
{
    int longest = 0, length = 0;

    for (; *text; text++) {
        length = *text == '\n' ? 0 : length + 1;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void help_names_every_command_in_its_group(void **state)
{
    CLEANUP_TEXT Text text = {0};

    (void)state;
    options_describe(commands, 80, &text);
    assert_non_null(strstr(text.bytes, "\nDeploying:\n  deploy "));
    assert_non_null(strstr(text.bytes, "\nLooking:\n  logs "));
    assert_non_null(strstr(text.bytes, "-f, --file FILE"));
    for (size_t i = 0; i < commands.count; i++)
        assert_non_null(strstr(text.bytes, rows[i].help));
    assert_true(longest_line(text.bytes) <= 80);
}

static void help_of_a_command_names_what_it_takes(void **state)
{
    CLEANUP_TEXT Text deploy = {0};
    CLEANUP_TEXT Text logs = {0};

    (void)state;
    options_describe_command(&rows[0], 60, &deploy);
    assert_non_null(strstr(deploy.bytes, "usage: godeploy deploy [OPTIONS]\n"));
    assert_non_null(strstr(deploy.bytes, "--release PATH|URL"));
    assert_non_null(strstr(deploy.bytes, "\n  godeploy deploy --version 2.5.0\n"));
    assert_null(strstr(deploy.bytes, "--slot"));
    assert_true(longest_line(deploy.bytes) <= 60);
    options_describe_command(&rows[3], 80, &logs);
    assert_non_null(strstr(logs.bytes, "-f, --follow"));
    assert_null(strstr(logs.bytes, "-f, --file"));
    assert_non_null(strstr(logs.bytes, "--file FILE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_behind_the_command),
        cmocka_unit_test(a_value_may_follow_an_equals_sign),
        cmocka_unit_test(the_letter_f_means_follow_for_logs_only),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(some_options_may_be_repeated),
        cmocka_unit_test(values_are_read_as_what_they_are),
        cmocka_unit_test(help_is_never_an_argument),
        cmocka_unit_test(help_behind_two_dashes_is_an_argument),
        cmocka_unit_test(version_alone_is_the_command),
        cmocka_unit_test(nothing_at_all_names_no_command),
        cmocka_unit_test(every_wrong_line_is_told_why),
        cmocka_unit_test(a_command_may_get_as_many_arguments_as_the_system_hands_over),
        cmocka_unit_test(an_option_that_is_repeated_too_often_is_refused),
        cmocka_unit_test(help_names_every_command_in_its_group),
        cmocka_unit_test(help_of_a_command_names_what_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
