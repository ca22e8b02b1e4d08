/* See process.h: who listens on a port, by the owners in the table of all TCP sockets.
 *
 * Windows tells the owner of every listener to everybody. Wine knows none (pid 0): that somebody
 * listens is then all that can be seen. process_listens() takes that for its process while it is
 * alive; its caller has looked before the start that nobody listened there. */
#include "base/process/process.h"

#include "base/net/tcp_table_windows.h"
#include "base/process/process_table_windows.h"

static bool listens_on(const TcpRow *row, uint16_t port)
{
    return row->state == TCP_STATE_LISTENS && row->local_port == port;
}

bool process_listening_on(uint16_t port, int64_t *pid, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};
    int64_t found = 0;

    if (!tcp_table_read(TCP_LISTENERS_OWNED, &table, err))
        return error_while(err, "looking who listens on port %u", (unsigned)port);
    for (size_t i = 0; i < table.count; i++)
        if (listens_on(&table.rows[i], port) && found <= 0)
            found = table.rows[i].pid > 0 ? table.rows[i].pid : -1;
    *pid = found;
    return true;
}

/* The sockets of this host, and the processes that they may belong to. */
typedef struct View {
    TcpTable sockets;
    ProcessTable processes;
} View;

static void view_free(View *view)
{
    tcp_table_free(&view->sockets);
    process_table_free(&view->processes);
}
#define CLEANUP_VIEW __attribute__((cleanup(view_free)))

static bool view_read(View *view, Error *err)
{
    return tcp_table_read(TCP_LISTENERS_OWNED, &view->sockets, err) &&
           process_table_read(&view->processes, err);
}

static bool is_held_by(const View *view, const TcpRow *row, const ProcessId *process)
{
    const ProcessRow *owner = process_table_find(&view->processes, row->pid);

    return row->pid == process->pid ||
           (owner && process_table_descends(&view->processes, owner, process->pid));
}

bool process_find_listener(const ProcessId *process, uint16_t *port, Error *err)
{
    CLEANUP_VIEW View view = {0};
    uint16_t lowest = 0;

    if (!view_read(&view, err))
        return error_while(err, "looking where process %lld listens", (long long)process->pid);
    for (size_t i = 0; process_alive(process) && i < view.sockets.count; i++) {
        const TcpRow *row = &view.sockets.rows[i];

        if (row->state == TCP_STATE_LISTENS && row->pid > 0 && is_held_by(&view, row, process) &&
            (lowest == 0 || row->local_port < lowest))
            lowest = row->local_port;
    }
    *port = lowest;
    return true;
}

bool process_listens(const ProcessId *process, uint16_t port, bool *listens, Error *err)
{
    CLEANUP_VIEW View view = {0};
    bool found = false;

    if (!view_read(&view, err))
        return error_while(err, "looking who listens on port %u", (unsigned)port);
    for (size_t i = 0; i < view.sockets.count && !found; i++) {
        const TcpRow *row = &view.sockets.rows[i];

        found = listens_on(row, port) && (row->pid == 0 || is_held_by(&view, row, process));
    }
    *listens = found && process_alive(process);
    return true;
}
