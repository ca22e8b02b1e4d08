/* unit_ladder: the ladder of an instance that systemd keeps. Its unit has this asked whenever its
 * process has ended, before systemd starts it again: systemd's own limit forgets its count with
 * every daemon-reload. Linux only. */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_UNIT_LADDER_H
#define GODEPLOY_DEPLOY_SUPERVISE_UNIT_LADDER_H

#include "base/error.h"

/* `words` are UNIT STEPS TIMES RESET_MS; STEPS is the file that remembers. Counts one restart more;
 * what somebody asked systemd for is none, and who starts the unit by hand, or boots, begins anew.
 * At the ladder's end systemd is told to leave the unit as it is: ERR_START, with the reason. */
bool unit_ladder_ask(const char *const *words, Error *err);

#endif
