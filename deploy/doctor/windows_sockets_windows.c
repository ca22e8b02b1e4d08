/* Part of windows_host.h: ports and the rules of portproxy. */
#include "deploy/doctor/windows_host.h"

#include "base/error_windows.h"
#include "base/net/tcp_table_windows.h"
#include "base/net/winsock_windows.h"
#include "base/process/process.h"
#include "proxy/engine/engine_portproxy.h"

#include <winsock2.h>

bool windows_portproxy(PortproxyFindings *out, Error *err)
{
    return engine_portproxy_examine(out, err);
}

bool windows_keeps_port(uint16_t port, bool *kept, Error *err)
{
    const Address here = {.host = "127.0.0.1", .port = port};
    int number = winsock_begin();
    int64_t listener = 0;

    if (number != 0)
        return error_set_windows(err, ERR_NETWORK, (unsigned long)number, "starting Winsock");
    number = winsock_try_to_bind(&here);
    winsock_end();
    if (number == WSAEACCES && !process_listening_on(port, &listener, err))
        return false;
    *kept = number == WSAEACCES && listener == 0;
    return true;
}

bool windows_waiting(uint16_t port, int64_t *count, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};
    int64_t waiting = 0;

    if (!tcp_table_read(TCP_ALL, &table, err))
        return false;
    for (size_t i = 0; i < table.count; i++)
        waiting += table.rows[i].remote_port == port && table.rows[i].state == TCP_STATE_TIME_WAIT;
    *count = waiting;
    return true;
}
