/* output_setup: the facts that decide how to print, apart from where they come from. */
#ifndef GODEPLOY_CLI_OUTPUT_SETUP_H
#define GODEPLOY_CLI_OUTPUT_SETUP_H

#include "cli/output.h"

typedef struct OutputFacts {
    const Options *options;
    bool stdout_is_terminal, stderr_is_terminal;
    const char *term, *no_color, *clicolor_force, *ci, *locale; /* variables; NULL: not set */
    const char *github_actions, *tf_build;                      /* the same */
} OutputFacts;

/* Without a sink. */
OutputSetup output_setup_by(const OutputFacts *facts);

#endif
