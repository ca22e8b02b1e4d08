/* See service_manager.h: the service control manager of Windows hands no sockets, and is told how
 * the service is by base/service/service_program.h. */
#include "proxy/server/parent/service_manager.h"

size_t service_manager_sockets(HandedSocket *out, size_t room)
{
    (void)out;
    (void)room;
    return 0;
}

bool service_manager_listens(void)
{
    return false;
}

void service_manager_tell(const char *assignments)
{
    (void)assignments;
}

void service_manager_keep(const Address *address, uv_os_sock_t socket)
{
    (void)address;
    (void)socket;
}

void service_manager_forget(const Address *address)
{
    (void)address;
}
