/* How to print: decided once, by what was asked and what stands at the other end. See output.h. */
#include "cli/output_setup.h"
#include "base/console.h"

#include <stdlib.h>
#include <string.h>

static bool is_set(const char *variable)
{
    return variable && variable[0] != '\0';
}

static bool is_on(const char *variable)
{
    return is_set(variable) && !text_equal(variable, "0") && !text_equal(variable, "false");
}

static bool is_dumb(const OutputFacts *facts)
{
    return !is_set(facts->term) || text_equal(facts->term, "dumb");
}

/* https://no-color.org, https://bixense.com/clicolors: NO_COLOR wins. */
static bool wants_color(const OutputFacts *facts)
{
    if (facts->options->no_color || is_set(facts->no_color) || facts->options->json)
        return false;
    if (is_on(facts->clicolor_force))
        return true;
    return facts->stderr_is_terminal && !is_dumb(facts);
}

static bool is_utf8(const OutputFacts *facts)
{
    return is_set(facts->locale) &&
           (strstr(facts->locale, "UTF-8") || strstr(facts->locale, "utf8") ||
            strstr(facts->locale, "UTF8") || strstr(facts->locale, "utf-8"));
}

/* GITHUB_ACTIONS is "true" there, TF_BUILD "True". */
static CiService ci_of(const OutputFacts *facts)
{
    if (is_on(facts->github_actions))
        return CI_GITHUB;
    return is_on(facts->tf_build) ? CI_AZURE : CI_NONE;
}

OutputSetup output_setup_by(const OutputFacts *facts)
{
    OutputSetup setup = {.color = wants_color(facts),
                         .quiet = facts->options->quiet,
                         .verbose = facts->options->verbose,
                         .utf8 = is_utf8(facts),
                         .terminal = facts->stdout_is_terminal,
                         .ci = ci_of(facts)};

    if (facts->options->json)
        setup.style = OUTPUT_JSON;
    else if (facts->options->plain || !facts->stderr_is_terminal || is_dumb(facts) ||
             is_on(facts->ci) || setup.ci != CI_NONE)
        setup.style = OUTPUT_PLAIN;
    else
        setup.style = OUTPUT_LIVE;
    return setup;
}

static bool write_standard(void *context, int stream, const char *bytes, size_t length, Error *err)
{
    (void)context;
    return console_write(stream, bytes, length, err);
}

OutputSetup output_setup_for(const Options *options)
{
    const OutputFacts facts = {
        .options = options,
        .stdout_is_terminal = console_is_terminal(1),
        .stderr_is_terminal = console_is_terminal(2),
        .term = console_kind(),
        .no_color = getenv("NO_COLOR"),
        .clicolor_force = getenv("CLICOLOR_FORCE"),
        .ci = getenv("CI"),
        .github_actions = getenv("GITHUB_ACTIONS"),
        .tf_build = getenv("TF_BUILD"),
        .locale = console_locale(),
    };
    OutputSetup setup = output_setup_by(&facts);

    setup.sink.write = write_standard;
    return setup;
}
