/* cmd_help: help and version. */
#include "base/console.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/manual.h"
#include "cli/options.h"

#include <stdio.h>

static bool print(Session *session, const Text *text, Error *err)
{
    if (!text_ok(text, err))
        return false;
    output_text(session->output, text_chars(text));
    return true;
}

static bool help_settings(Session *session, Error *err)
{
    CLEANUP(free) char *text = settings_describe();

    if (!text)
        return error_memory(err);
    output_text(session->output, text);
    return true;
}

/* True if `name` is that of a manual page, which is then in `out`. */
static bool is_manual(const char *name, Text *out)
{
    if (text_equal(name, MANUAL_COMMANDS))
        manual_commands(command_list(), out);
    else if (text_equal(name, MANUAL_SETTINGS))
        manual_settings(out);
    else
        return false;
    return true;
}

static bool help_command(Session *session, const CommandRow *row, Error *err)
{
    CLEANUP_TEXT Text text = {0};

    options_describe_command(row, console_width(1), &text);
    return print(session, &text, err);
}

static bool help_all(Session *session, Error *err)
{
    CLEANUP_TEXT Text text = {0};

    options_describe(command_list(), console_width(1), &text);
    return print(session, &text, err);
}

/* `godeploy help X`. */
static bool help_topic(Session *session, const char *topic, Error *err)
{
    const CommandRow *row = options_find_command(command_list(), topic);
    CLEANUP_TEXT Text manual = {0};

    if (text_equal(topic, "settings"))
        return help_settings(session, err);
    if (is_manual(topic, &manual))
        return print(session, &manual, err);
    return row ? help_command(session, row, err)
               : error_set(err, ERR_USAGE, "there is no command %s", topic);
}

/* `godeploy help X`, `godeploy X --help`, `godeploy --help`, and `godeploy` alone. */
bool command_help(Session *session, Error *err)
{
    const Options *options = &session->options;

    if (options->command && options->help)
        return help_command(session, options->command, err);
    return options->command && options->argument_count > 0
               ? help_topic(session, options->arguments[0], err)
               : help_all(session, err);
}

bool command_version(Session *session, Error *err)
{
    CLEANUP(json_free) Json *document = json_new_object();

    (void)err;
    (void)json_put_text(document, "version", GODEPLOY_VERSION);
    if (output_style(session->output) == OUTPUT_JSON)
        output_json(session->output, document);
    else
        output_line(session->output, "godeploy %s", GODEPLOY_VERSION);
    return true;
}
