/* engine_nftables_library: the door to libnftables, which is opened when it is first needed; its
 * types stay behind it. A build without its header has engine_nftables_absent.c in its place. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_LIBRARY_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_LIBRARY_H

#include "base/error.h"
#include "base/text.h"

/* Runs commands of nft(8) as one transaction: all of them or none. What they print is appended to
 * *json, as JSON; NULL: nothing is wanted. ERR_ENGINE without the library or with what the kernel
 * said; ERR_PERMISSION where it must not be asked; ERR_NOT_FOUND where what they name is not there.
 */
bool nftables_run(const char *commands, Text *json, Error *err);

#endif
