/* peak_memory: the most memory that this process has had at once. */
#ifndef GODEPLOY_TESTS_SUPPORT_PEAK_MEMORY_H
#define GODEPLOY_TESTS_SUPPORT_PEAK_MEMORY_H

#include <stdint.h>

/* Source: getrusage(2), ru_maxrss. Under a sanitizer it counts the sanitizer's too. */
uint64_t peak_memory_bytes(void);

#endif
