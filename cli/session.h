/* session: one run of godeploy: what was asked, and where answers go. Travels first into every command. */
#ifndef GODEPLOY_CLI_SESSION_H
#define GODEPLOY_CLI_SESSION_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/output.h"
#include "deploy/settings.h"

typedef struct Session {
    const struct CommandRow *command; /* the row that runs; static */
    Options options;
    Output *output;     /* owned by main() */
    Settings *settings; /* NULL until session_settings() was called; owned */
    Error *err;         /* main()'s */
} Session;

/* Reads the settings file once. */
bool session_settings(Session *session, Error *err);

#endif
