/* service_manager: what the service manager that started this process handed it, and what it wants
 * to hear. systemd speaks both; where nobody does, nothing is handed and nothing is told.
 *
 * Source: sd_listen_fds(3), sd_notify(3). */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_SERVICE_MANAGER_H
#define GODEPLOY_PROXY_SERVER_PARENT_SERVICE_MANAGER_H

#include "base/net/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/* How the names begin of what this program gave away itself to get it back after a restart
 * (FDSTORE=1). Every other name is that of a .socket unit, whose sockets outlive us whatever we do.
 */
#define SERVICE_MANAGER_OURS "godeploy-listener"

typedef struct HandedSocket {
    uv_os_sock_t socket;
    bool ours; /* its name begins with SERVICE_MANAGER_OURS */
} HandedSocket;

/* Takes the listening stream sockets meant for this very process; how many, at most `room`. What
 * else was handed is left alone. A second call, or a child, finds none. */
size_t service_manager_sockets(HandedSocket *out, size_t room);

/* True if somebody waits to be told. Children inherit that. */
bool service_manager_listens(void);
/* Assignments, one a line: "READY=1\nMAINPID=4711". A manager that does not hear it is its own
 * trouble: the traffic goes on. */
void service_manager_tell(const char *assignments);

/* Gives the manager a copy of a listening socket, which it hands to whoever follows a process that
 * was restarted or killed: connections wait meanwhile. A manager that keeps none closes it. */
void service_manager_keep(const Address *address, uv_os_sock_t socket);
void service_manager_forget(const Address *address);

#endif
