/* See unit_ladder.h: no systemd here. */
#include "deploy/supervise/unit_ladder.h"

bool unit_ladder_ask(const char *const *words, Error *err)
{
    return error_set(err, ERR_USAGE, "%s: there is no systemd on Windows", words[0]);
}
