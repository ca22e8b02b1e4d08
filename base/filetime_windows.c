/* See filetime_windows.h. */
#include "base/filetime_windows.h"

#define EPOCH_1970_MS INT64_C(11644473600000) /* since 1601 */

enum { TICKS_PER_MS = 10000 };

int64_t filetime_to_unix_ms(unsigned long high, unsigned long low)
{
    uint64_t ticks = (uint64_t)high << 32 | low;

    return (int64_t)(ticks / TICKS_PER_MS) - EPOCH_1970_MS;
}
