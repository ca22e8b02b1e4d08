/* Part of windows_host.h: ports and the rules of portproxy. */
#include "deploy/doctor/windows_host.h"

#include "base/error_windows.h"
#include "base/net/tcp_table_windows.h"
#include "base/net/winsock_windows.h"
#include "base/process/process.h"
#include "base/process/system_program_windows.h"
#include "proxy/engine/engine_portproxy.h"

#include <winsock2.h>

#include <windows.h>

enum { NETSH_TIMEOUT_MS = 15000 };

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

bool windows_excluded_range(uint16_t port, bool is_ipv6, bool *found, PortRange *out, Error *err)
{
    CLEANUP(free) char *netsh = system_program_path("netsh.exe");
    const char *const words[] = {netsh,  "interface",         is_ipv6 ? "ipv6" : "ipv4",
                                 "show", "excludedportrange", "protocol=tcp",
                                 NULL};
    const Spawn spawn = {.argv = words};
    ProcessResult result = {0};

    if (!netsh)
        return error_memory(err);
    if (!process_run(&spawn, NETSH_TIMEOUT_MS, &result, err))
        return false;
    *found = result.exit_status == 0 && port_range_find(result.output, port, out);
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
