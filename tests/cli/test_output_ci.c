/* Tests cli/output_ci.h, and what the plain output makes of it.
 *
 * The escapes are those of actions/toolkit, packages/core/src/command.ts (escapeData), and of
 * "Logging commands" in the documentation of Azure Pipelines (formatting). */
#include "cli/output.h"
#include "cli/output_ci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(Output *, output_free)

static bool keep(void *context, int stream, const char *bytes, size_t length, Error *err)
{
    (void)err;
    (void)stream;
    text_append_bytes(context, bytes, length);
    return true;
}

static Output *open_output(Text *log, CiService ci, OutputStyle style)
{
    const OutputSetup setup = {
        .style = style, .ci = ci, .sink = {keep, log}
    };
    Output *output = NULL;
    Error err = {0};

    assert_true(output_new(&setup, &output, &err));
    return output;
}

static void tell(Output *output, Event event)
{
    const Observer *observer = output_observer(output);

    event.app = "shop";
    observer->notice(observer->context, &event);
}

/* The log without the time before each line of ours. */
static char *without_times(const Text *log)
{
    Text out = {0};

    for (const char *at = text_chars(log); *at;) {
        size_t length = strcspn(at, "\n") + 1;
        size_t skip = length > 13 && at[2] == ':' && at[8] == '.' ? 13 : 0;

        text_append_bytes(&out, at + skip, length - skip);
        at += length;
    }
    return text_take(&out);
}

static void tell_a_deployment(Output *output)
{
    Error unhealthy = {0};

    (void)error_set(&unhealthy, ERR_UNHEALTHY, "found 503, 100%% of them\nsecond line");
    (void)error_serves(&unhealthy, "release 1 still answers");
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "check"});
    tell(output, (Event){.kind = EVENT_WARNING, .stage = "check", .text = "slow"});
    tell(output, (Event){.kind = EVENT_STAGE_FAILED, .stage = "check", .error = &unhealthy});
    tell(output, (Event){.kind = EVENT_UNDO_BEGIN, .stage = "start"});
    tell(output, (Event){.kind = EVENT_UNDO_DONE, .stage = "start"});
    output_error(output, &unhealthy);
}

static void github_folds_stages_and_shows_what_failed(void **state)
{
    CLEANUP_TEXT Text log = {0};
    CLEANUP(output_free) Output *output = open_output(&log, CI_GITHUB, OUTPUT_PLAIN);
    CLEANUP(free) char *lines = NULL;

    (void)state;
    tell_a_deployment(output);
    lines = without_times(&log);
    assert_string_equal(lines, "::group::check\n"
                               "check: started\n"
                               "check: warning: slow\n"
                               "::warning title=godeploy::check: slow\n"
                               "::endgroup::\n"
                               "check: failed after 0 ms: found 503, 100% of them second line\n"
                               "::group::undo start\n"
                               "start: undoing\n"
                               "::endgroup::\n"
                               "start: undone in 0 ms\n"
                               "error: found 503, 100% of them\n"
                               "       second line\n"
                               "  serves: release 1 still answers\n"
                               "::error title=godeploy::found 503, 100%25 of them%0Asecond line"
                               "%0Aserves: release 1 still answers\n");
}

static void azure_has_other_words_for_the_same(void **state)
{
    CLEANUP_TEXT Text log = {0};
    CLEANUP(output_free) Output *output = open_output(&log, CI_AZURE, OUTPUT_PLAIN);

    (void)state;
    tell_a_deployment(output);
    assert_non_null(strstr(text_chars(&log), "##[group]check\n"));
    assert_non_null(strstr(text_chars(&log), "\n##[endgroup]\n"));
    assert_non_null(strstr(text_chars(&log), "\n##vso[task.logissue type=warning]check: slow\n"));
    assert_non_null(strstr(text_chars(&log), "\n##vso[task.logissue type=error]found 503, "
                                             "100%AZP25 of them%0Asecond line%0Aserves: "));
}

/* An error that no stage told of, such as a journal that cannot be written, folds nothing away. */
static void no_error_is_hidden_in_a_group(void **state)
{
    CLEANUP_TEXT Text log = {0};
    CLEANUP(output_free) Output *output = open_output(&log, CI_GITHUB, OUTPUT_PLAIN);
    Error err = {0};

    (void)state;
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "check"});
    (void)error_set(&err, ERR_JOURNAL, "the disk is gone");
    output_error(output, &err);
    assert_non_null(
        strstr(text_chars(&log), "\n::endgroup::\n::error title=godeploy::the disk is"));
}

static void elsewhere_nothing_of_it_is_written(void **state)
{
    CLEANUP_TEXT Text log = {0};
    CLEANUP(output_free) Output *output = open_output(&log, CI_NONE, OUTPUT_PLAIN);

    (void)state;
    tell_a_deployment(output);
    output_line(output, "::set-env name=a::b ##vso[x]");
    assert_null(strstr(text_chars(&log), "group"));
    assert_null(strstr(text_chars(&log), "title="));
    assert_non_null(strstr(text_chars(&log), "\n::set-env name=a::b ##vso[x]\n"));
}

/* actions/runner, ActionCommand.TryParseV2 (blanks before ::) and TryParse (##[ anywhere);
 * azure-pipelines-agent, Command.TryParse (##vso[ anywhere). What TrimStart() takes away is
 * Char.IsWhiteSpace (U+00A0, U+3000 ...); StartsWith(string) and IndexOf(string) compare by
 * culture, which skips U+200B, U+200D and U+00AD; a StreamReader ends a line at \r. */
static void what_a_service_wrote_is_no_command(void **state)
{
    static const struct {
        const char *written, *shown;
    } cases[] = {
        {"::add-mask::x\n",                     "\\x3a:add-mask::x\n"                },
        {"a\n \t::stop-commands::x\n",          "a\n \t\\x3a:stop-commands::x\n"     },
        {"x ##[add-path]/tmp\n",                "x \\x23#[add-path]/tmp\n"           },
        {"x ##vso[task.setvariable a]b\n",      "x \\x23#vso[task.setvariable a]b\n" },
        {"###vso[x]\n",                         "\\x23\\x23#vso[x]\n"                },
        {"\u00a0::add-path::/tmp\n",            "\u00a0\\x3a:add-path::/tmp\n"       },
        {"a\n\u3000\u200b::x::\n",              "a\n\u3000\u200b\\x3a:x::\n"         },
        {":\u200d:set-output name=a::b\n",      "\\x3a\u200d:set-output name=a::b\n" },
        {"#\u00ad#[add-path]/tmp\n",            "\\x23\u00ad#[add-path]/tmp\n"       },
        {"#\u200b#vso[x]y\n",                   "\\x23\u200b#vso[x]y\n"              },
        {"\u00fc #1: \u00fc:: a\n",             "\u00fc #1: \u00fc:: a\n"            },
        {"std::vector of #1, 12:00::30, a #\n", "std::vector of #1, 12:00::30, a #\n"},
        {"#\n#:\n:\n",                          "#\n#:\n:\n"                         },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_TEXT Text log = {0};
        CLEANUP(output_free) Output *output = open_output(&log, CI_AZURE, OUTPUT_PLAIN);

        output_text(output, cases[i].written);
        assert_string_equal(text_chars(&log), cases[i].shown);
    }
}

/* Bytes that are nobody's text: here a line ends at a lone \r, which no text of ours holds. */
static void a_line_ends_where_a_runner_ends_it(void **state)
{
    static const char bytes[] = "done\r::stop-commands::x\r\n::x::";
    CLEANUP_TEXT Text out = {0};

    (void)state;
    output_ci_append_harmless(&out, bytes, sizeof bytes - 1, false);
    assert_string_equal(text_chars(&out), "done\r\\x3a:stop-commands::x\r\n\\x3a:x::");
}

/* An agent in an agent, or somebody who prints the annotations of a run, obeys nothing either. */
static void an_annotation_holds_no_command(void **state)
{
    CLEANUP_TEXT Text out = {0};

    (void)state;
    output_ci_annotate(&out, CI_AZURE, CI_ERROR, "ill\n##vso[task.setvariable variable=a]b");
    output_ci_annotate(&out, CI_GITHUB, CI_ERROR, "ill\n::add-mask::x");
    assert_string_equal(text_chars(&out),
                        "##vso[task.logissue type=error]ill%0A\\x23#vso[task.setvariable "
                        "variable=a]b\n::error title=godeploy::ill%0A\\x3a:add-mask::x\n");
}

/* Whoever parses it reads what stood there. */
static void json_stays_what_it_was(void **state)
{
    CLEANUP_TEXT Text log = {0};
    CLEANUP(output_free) Output *output = open_output(&log, CI_GITHUB, OUTPUT_JSON);
    CLEANUP(json_free) Json *read = NULL;
    Error err = {0};

    (void)state;
    tell(output, (Event){.kind = EVENT_NOTE, .text = "##[add-path]/tmp ::x ##"});
    assert_null(strstr(text_chars(&log), "##"));
    assert_true(json_parse(text_chars(&log), log.length, &read, &err));
    assert_string_equal(json_get_text(read, "text"), "##[add-path]/tmp ::x ##");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(github_folds_stages_and_shows_what_failed),
        cmocka_unit_test(azure_has_other_words_for_the_same),
        cmocka_unit_test(no_error_is_hidden_in_a_group),
        cmocka_unit_test(elsewhere_nothing_of_it_is_written),
        cmocka_unit_test(what_a_service_wrote_is_no_command),
        cmocka_unit_test(a_line_ends_where_a_runner_ends_it),
        cmocka_unit_test(an_annotation_holds_no_command),
        cmocka_unit_test(json_stays_what_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
