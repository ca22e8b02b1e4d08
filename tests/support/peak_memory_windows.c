/* See peak_memory.h. */
#include "tests/support/peak_memory.h"

#include <windows.h>

#include <psapi.h>

uint64_t peak_memory_bytes(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};

    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
        return 0;
    return counters.PeakWorkingSetSize;
}
