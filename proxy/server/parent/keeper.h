/* keeper: godeploy-proxy as the program of a Windows service. It serves nobody: it starts a parent
 * where there is none, and stops the one there is when the service is stopped. Which process that
 * is may change (an upgrade, a worker that replaced a parent that was killed): the service is the
 * same, and its end is never the traffic's. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_KEEPER_H
#define GODEPLOY_PROXY_SERVER_PARENT_KEEPER_H

#include "base/error.h"

/* Until the service is stopped, or the parent is without its help. `folder` is absolute. ERR_USAGE
 * where no service manager has started us. */
bool keeper_run(const char *folder, const char *service, Error *err);

#endif
