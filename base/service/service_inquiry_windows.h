/* service_inquiry: what is asked about a service of somebody else's: which one a process belongs
 * to, and when it is started. Looks and changes nothing. Source:
 * https://learn.microsoft.com/windows/win32/services/service-functions */
#ifndef GODEPLOY_BASE_SERVICE_SERVICE_INQUIRY_WINDOWS_H
#define GODEPLOY_BASE_SERVICE_SERVICE_INQUIRY_WINDOWS_H

#include "base/service/service_windows.h"

#include <stddef.h>

/* The name of the service whose process `pid` is, or descends from, as the programs that a wrapper
 * keeps do; "" if there is none, or several share it. */
bool service_of_process(int64_t pid, char *name, size_t size, Error *err);

/* One that is disabled counts as started on demand. ERR_PROCESS where there is no such service. */
bool service_read_start(const char *name, ServiceStart *out, Error *err);

#endif
