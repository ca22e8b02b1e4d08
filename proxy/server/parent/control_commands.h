/* control_commands: what can be asked of the parent: one table of names and functions. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_CONTROL_COMMANDS_H
#define GODEPLOY_PROXY_SERVER_PARENT_CONTROL_COMMANDS_H

#include "proxy/server/parent/control_server.h"

/* `parent` is a Parent. Answers `client` once, now or later. */
void control_command(void *parent, ControlClient *client, const Json *question);

#endif
