/* service_handle: handles of the service control manager, and what its errors mean. Inner part of
 * base/service/service_windows.c and base/service/service_config_windows.c. */
#ifndef GODEPLOY_BASE_SERVICE_SERVICE_HANDLE_WINDOWS_H
#define GODEPLOY_BASE_SERVICE_SERVICE_HANDLE_WINDOWS_H

#include "base/cleanup.h"
#include "base/error.h"

typedef struct SC_HANDLE__ *ServiceHandle; /* SC_HANDLE of the system's headers */

void service_handle_close(ServiceHandle handle); /* accepts NULL */
DEFINE_CLEANUP(ServiceHandle, service_handle_close)

bool service_open_manager(unsigned long rights, ServiceHandle *out, Error *err);

/* *out is NULL with success where there is no such service. */
bool service_open(const char *name, unsigned long rights, ServiceHandle *out, Error *err);
/* The same where its absence is an error. */
bool service_need(const char *name, unsigned long rights, ServiceHandle *out, Error *err);

/* "DOING service NAME: ... (Windows error WHY)", with what to try. Returns false. */
bool service_error(const char *name, unsigned long why, const char *doing, Error *err);

#endif
