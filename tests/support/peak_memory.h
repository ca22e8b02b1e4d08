/* peak_memory: the most memory that this process has had at once. */
#ifndef GODEPLOY_TESTS_SUPPORT_PEAK_MEMORY_H
#define GODEPLOY_TESTS_SUPPORT_PEAK_MEMORY_H

#include <stdint.h>

/* Sources: getrusage(2), ru_maxrss (peak_memory_posix.c), where a sanitizer counts too;
 * GetProcessMemoryInfo (peak_memory_windows.c). 0: not known. */
uint64_t peak_memory_bytes(void);

#endif
