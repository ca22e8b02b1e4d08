/* See engine_nftables_library.h: the build that has no libnftables. */
#include "proxy/engine/engine_nftables_library.h"

bool nftables_run(const char *commands, Text *json, Error *err)
{
    (void)commands;
    (void)json;
    (void)error_set(err, ERR_ENGINE, "this build of godeploy has no nftables");
    return error_hint(err, "Build it where libnftables-dev is installed.");
}
