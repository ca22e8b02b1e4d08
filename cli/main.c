/* godeploy: replaces a running service by its next version, and loses no request.
 *
 * The main path starts here: main.c reads the command line, commands.c names the command,
 * cmd_deploy.c runs the pipeline (deploy/pipeline.c), whose table of stages is the promise of the
 * README. */
#include "base/arguments.h"
#include "base/console.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/process/own_environment.h"
#include "cli/commands.h"
#include "cli/session.h"

#include <stdlib.h>

static bool run(Session *session, Error *err)
{
    if (session->options.help || !session->options.command)
        return command_help(session, err);
    return session->options.command->run(session, err);
}

int main(int argc, char **argv)
{
    Error err = {0};
    Session session = {0};
    CLEANUP_TEXT_LIST TextList arguments = {0};
    ConsoleBefore console;
    int status = 0;
    OutputSetup setup;
    bool done = arguments_read(argc, argv, &arguments, &err) &&
                options_parse((int)arguments.count, (const char *const *)arguments.items,
                              command_list(), &session.options, &err);

    interrupt_install();
    console_prepare(&console);
    setup = output_setup_for(&session.options);
    if (!output_new(&setup, &session.output, &err))
        return error_exit_status(err.code);
    session.traceparent = own_environment_get("TRACEPARENT");
    done = done && run(&session, &err);
    if (!done)
        output_error(session.output, &err);
    status = done ? session.exit_status : error_exit_status(err.code);
    if (!output_is_whole(session.output, &err) && status == 0)
        status = error_exit_status(err.code);
    free(session.traceparent);
    settings_free(session.settings);
    options_free(&session.options);
    output_free(session.output);
    console_restore(&console);
    return status;
}
