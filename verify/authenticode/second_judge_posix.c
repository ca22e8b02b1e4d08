/* See second_judge.h: this system has none. */
#include "verify/authenticode/second_judge.h"

bool second_judge_exists(void)
{
    return false;
}

bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err)
{
    (void)revocation;
    (void)out;
    return error_set(err, ERR_SETTINGS, "%s: this system does not judge programs of Windows", path);
}
