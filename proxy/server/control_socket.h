/* control_socket: the local socket on which the parent is asked: 0600 from its first moment on, and
 * of any path length. Source: unix(7). */
#ifndef GODEPLOY_PROXY_SERVER_CONTROL_SOCKET_H
#define GODEPLOY_PROXY_SERVER_CONTROL_SOCKET_H

#include "base/error.h"

#include <uv.h>

/* `folder`/`name`; what is left there of an earlier process is removed: the caller holds the
 * folder's lock. The descriptor listens. */
bool control_socket_open(const char *folder, const char *name, int *out, Error *err);

#endif
