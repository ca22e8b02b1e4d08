/* proxy_service: godeploy-proxy as a service of the host's service manager, one per ROOT: it comes
 * back at boot, and when it was killed. proxy_service_linux.c: a unit of systemd,
 * godeploy-proxy@ROOT.service. proxy_service_windows.c: the service godeploy-proxy-HASH. */
#ifndef GODEPLOY_PROXY_PROXY_SERVICE_H
#define GODEPLOY_PROXY_PROXY_SERVICE_H

#include "base/error.h"

/* Makes the service where it is missing or another one, has it start at boot, and starts it; comes
 * back once it serves. `program` is the absolute path of godeploy-proxy. */
bool proxy_service_start(const char *root, const char *program, Error *err);
/* Has it start at boot where it does not yet; what runs, which no service manager started, is left
 * alone. For every command that needs the proxy: little is asked where there is nothing to do. */
bool proxy_service_install(const char *root, const char *program, Error *err);
/* The program that is started from now on (Windows: from the next proxy_service_start() on); what
 * runs is left alone. Success where there is none. */
bool proxy_service_update(const char *root, const char *program, Error *err);
/* Stops it, and has it not start at boot. Success where there is none. */
bool proxy_service_stop(const char *root, Error *err);

#endif
