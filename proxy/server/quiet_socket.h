/* quiet_socket: has the peer of an idle connection closed it, or said something out of turn?
 *
 * Asked right before a request is sent on a pooled connection: the event loop may not have heard of
 * a FIN that is there already. Source: recv(2) MSG_PEEK; WSAEWOULDBLOCK. */
#ifndef GODEPLOY_PROXY_SERVER_QUIET_SOCKET_H
#define GODEPLOY_PROXY_SERVER_QUIET_SOCKET_H

#include <stdbool.h>
#include <uv.h>

/* True if it is open and nothing is waiting to be read. Does not block. */
bool quiet_socket(uv_os_fd_t descriptor);

#endif
