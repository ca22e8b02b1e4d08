/* parent_service: the parent as a service: the sockets that its service manager hands it, and what
 * it says of itself. Nothing happens where it is nobody's service. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_PARENT_SERVICE_H
#define GODEPLOY_PROXY_SERVER_PARENT_PARENT_SERVICE_H

#include "proxy/server/parent/parent.h"

/* Listeners that are there already: to be taken before any is opened. */
void parent_service_take_sockets(Parent *parent);
bool parent_service_sockets_stay(const Parent *parent); /* where we end: the manager has them */
/* Questions are answered, and a worker has the routes. Only the first call is heard. */
void parent_service_ready(Parent *parent);
void parent_service_followed(int64_t pid); /* by this process, which is the service from now on */
void parent_service_stopping(void);

#endif
