/* commands: the table of commands, one row each, and the functions behind them.
 *
 * Each returns false with an error, or true. The files cmd_*.c hold them. */
#ifndef GODEPLOY_CLI_COMMANDS_H
#define GODEPLOY_CLI_COMMANDS_H

#include "cli/session.h"

CommandList command_list(void);

bool command_init(Session *session, Error *err);
bool command_install(Session *session, Error *err);
bool command_plan(Session *session, Error *err);
bool command_doctor(Session *session, Error *err);
bool command_deploy(Session *session, Error *err);
bool command_stage(Session *session, Error *err);  /* all nine: the row's name says which */
bool command_verify(Session *session, Error *err); /* the stage, or files by themselves */
bool command_rollback(Session *session, Error *err);
bool command_abort(Session *session, Error *err);
bool command_promote(Session *session, Error *err);
bool command_pause(Session *session, Error *err);
bool command_resume(Session *session, Error *err);
bool command_lock(Session *session, Error *err);
bool command_unlock(Session *session, Error *err);
bool command_status(Session *session, Error *err);
bool command_releases(Session *session, Error *err);
bool command_history(Session *session, Error *err);
bool command_show(Session *session, Error *err);
bool command_report(Session *session, Error *err);
bool command_logs(Session *session, Error *err);
bool command_prune(Session *session, Error *err);
bool command_keygen(Session *session, Error *err);
bool command_config(Session *session, Error *err);
bool command_pack(Session *session, Error *err);
bool command_sign(Session *session, Error *err);
bool command_probe(Session *session, Error *err);
bool command_proxy(Session *session, Error *err);
bool command_completion(Session *session, Error *err);
bool command_version(Session *session, Error *err);
bool command_help(Session *session, Error *err);

#endif
