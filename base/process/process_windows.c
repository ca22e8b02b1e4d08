/* See process.h. A process on Windows: who it is, whether it lives, how it is ended.
 *
 * As long as a handle to it is open, its pid belongs to nobody else: so it is opened first, its
 * stamp compared, and only then is anything done to it. A process that we may not open is looked up
 * in the table of all processes. Source: Microsoft Learn, "Process Handles and Identifiers",
 * "OpenProcess function". */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/process/process_identity_windows.h"
#include "base/process/process_table_windows.h"

#include <string.h>
#include <windows.h>

enum { LOOK_EVERY_MS = 20, KILLED_STATUS = 1 };

/* ---- one process ---- */

uint64_t process_stamp_of(void *handle)
{
    FILETIME created, ended, kernel, user;

    if (!GetProcessTimes(handle, &created, &ended, &kernel, &user))
        return 0;
    return (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
}

static bool has_ended(HANDLE process)
{
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

/* OpenProcess() takes 4001 for 4000. */
static HANDLE open_pid(int64_t pid, DWORD access)
{
    HANDLE process = NULL;

    SetLastError(ERROR_INVALID_PARAMETER);
    if (pid > 0 && pid <= UINT32_MAX)
        process = OpenProcess(access | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE,
                              (DWORD)pid);
    if (process && GetProcessId(process) != (DWORD)pid) {
        handle_close(process);
        SetLastError(ERROR_INVALID_PARAMETER);
        process = NULL;
    }
    return process;
}

void *process_open(const ProcessId *process, unsigned long access)
{
    HANDLE opened = open_pid(process->pid, access);

    if (opened && (process_stamp_of(opened) != process->stamp || has_ended(opened))) {
        handle_close(opened);
        SetLastError(ERROR_INVALID_PARAMETER);
        opened = NULL;
    }
    return opened;
}

/* For a process that we may not open. */
static bool find_listed(int64_t pid, ProcessRow *out)
{
    CLEANUP_PROCESS_TABLE ProcessTable table = {0};
    Error ignored = {0};
    const ProcessRow *row =
        process_table_read(&table, &ignored) ? process_table_find(&table, pid) : NULL;

    if (row)
        *out = *row;
    return row != NULL;
}

bool process_identify(int64_t pid, ProcessId *out, Error *err)
{
    CLEANUP(handle_close) HANDLE process = open_pid(pid, 0);
    DWORD number = GetLastError();
    ProcessRow row;

    if (process && has_ended(process))
        return error_set(err, ERR_PROCESS, "process %lld has ended", (long long)pid);
    if (process)
        *out = (ProcessId){.pid = pid, .stamp = process_stamp_of(process)};
    else if (number == ERROR_ACCESS_DENIED && find_listed(pid, &row))
        *out = (ProcessId){.pid = pid, .stamp = row.created};
    else
        return error_set(err, ERR_PROCESS, "there is no process %lld", (long long)pid);
    return true;
}

int64_t process_own_pid(void)
{
    return GetCurrentProcessId();
}

bool process_alive(const ProcessId *process)
{
    CLEANUP(handle_close) HANDLE opened = process_open(process, 0);
    ProcessRow row;

    if (opened)
        return true;
    return GetLastError() == ERROR_ACCESS_DENIED && find_listed(process->pid, &row) &&
           row.created == process->stamp;
}

bool process_wait_gone(const ProcessId *process, int64_t timeout_ms)
{
    CLEANUP(handle_close) HANDLE opened = process_open(process, 0);
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    if (opened)
        return WaitForSingleObject(opened, timeout_ms > INT32_MAX ? INT32_MAX
                                           : timeout_ms > 0       ? (DWORD)timeout_ms
                                                                  : 0) == WAIT_OBJECT_0;
    while (process_alive(process)) {
        if (clock_monotonic_ms() >= deadline_ms)
            return false;
        Sleep(LOOK_EVERY_MS);
    }
    return true;
}

/* ---- trees ---- */

/* Those whose children are looked for. The handles keep their pids from being given to others. */
typedef struct Family {
    struct {
        ProcessRow row;
        HANDLE handle;
    } * members; /* owned */
    size_t count;
    size_t capacity;
} Family;

static void family_free(Family *family)
{
    for (size_t i = 0; i < family->count; i++)
        handle_close(family->members[i].handle);
    free(family->members);
}
#define CLEANUP_FAMILY __attribute__((cleanup(family_free)))

/* Takes `handle` over, also when it fails. */
static bool family_add(Family *family, const ProcessRow *row, HANDLE handle, Error *err)
{
    if (family->count == family->capacity) {
        size_t capacity = family->capacity ? 2 * family->capacity : 16;
        void *members = realloc(family->members, capacity * sizeof *family->members);

        if (!members) {
            handle_close(handle);
            return error_memory(err);
        }
        family->members = members;
        family->capacity = capacity;
    }
    family->members[family->count].row = *row;
    family->members[family->count++].handle = handle;
    return true;
}

static bool has_member(const Family *family, int64_t pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->members[i].row.pid == pid)
            return true;
    return false;
}

static bool is_child_of(const ProcessRow *row, const Family *family)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->members[i].row.pid == row->parent &&
            family->members[i].row.created <= row->created)
            return true;
    return false;
}

/* Ends the children that are there now. *found tells whether there were any that could be ended. */
static bool end_children(Family *family, bool *found, Error *err)
{
    CLEANUP_PROCESS_TABLE ProcessTable table = {0};

    *found = false;
    if (!process_table_read(&table, err))
        return false;
    for (size_t i = 0; i < table.count; i++) {
        const ProcessRow *row = &table.rows[i];
        HANDLE child;

        if (row->pid == process_own_pid() || has_member(family, row->pid) ||
            !is_child_of(row, family))
            continue;
        child =
            process_open(&(ProcessId){.pid = row->pid, .stamp = row->created}, PROCESS_TERMINATE);
        if (!child)
            continue; /* gone meanwhile, or not ours to end: the caller looks at what is left */
        (void)TerminateProcess(child, KILLED_STATUS); /* likewise */
        if (!family_add(family, row, child, err))
            return false;
        *found = true;
    }
    return true;
}

/* The parent first, so that it starts nobody any more; its children still name it as their parent
 * when it is gone. */
static bool end_all_children(Family *family, Error *err)
{
    bool found = true;

    while (found)
        if (!end_children(family, &found, err))
            return false;
    return true;
}

bool process_kill_tree(const ProcessId *process, Error *err)
{
    CLEANUP_FAMILY Family family = {0};
    ProcessRow row = {.pid = process->pid, .created = process->stamp};
    HANDLE root = process_open(process, PROCESS_TERMINATE);

    if (!root && GetLastError() == ERROR_INVALID_PARAMETER)
        return true;
    if (!root)
        return error_set_os(err, ERR_PROCESS, "ending process %lld", (long long)process->pid);
    (void)TerminateProcess(root, KILLED_STATUS); /* the caller looks at what is left */
    return (family_add(&family, &row, root, err) && end_all_children(&family, err)) ||
           error_while(err, "ending process %lld", (long long)process->pid);
}

bool process_descends_from(int64_t pid, int64_t ancestor)
{
    CLEANUP_PROCESS_TABLE ProcessTable table = {0};
    const ProcessRow *row;
    Error ignored = {0};

    if (pid == ancestor)
        return true;
    if (!process_table_read(&table, &ignored))
        return false;
    row = process_table_find(&table, pid);
    return row && process_table_descends(&table, row, ancestor);
}

/* ---- figures ---- */

bool process_figures(const ProcessId *process, ProcessFigures *out, Error *err)
{
    ProcessRow row;

    if (!find_listed(process->pid, &row) || row.created != process->stamp)
        return error_set(err, ERR_PROCESS, "process %lld has ended", (long long)process->pid);
    *out = (ProcessFigures){
        .handles = row.handles, .resident_bytes = row.resident_bytes, .threads = row.threads};
    return true;
}
