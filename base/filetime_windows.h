/* filetime_windows: the moments that Windows tells as a FILETIME. */
#ifndef GODEPLOY_BASE_FILETIME_WINDOWS_H
#define GODEPLOY_BASE_FILETIME_WINDOWS_H

#include <stdint.h>

/* Since 1970-01-01 UTC, from dwHighDateTime and dwLowDateTime: 100 ns since 1601. */
int64_t filetime_to_unix_ms(unsigned long high, unsigned long low);

#endif
