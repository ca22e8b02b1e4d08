/* Part of windows_host.h: the handles of a process, counted by kind.
 *
 * The system lists every handle of every process with the number of its kind; the name of a kind
 * is asked of a copy of one of them, which a process that we may not open does not give.
 * Source: NtQuerySystemInformation, SystemExtendedHandleInformation; NtQueryObject. */
#include "deploy/doctor/windows_host.h"

#include "base/cleanup.h"
#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/process/process_table_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

enum {
    EXTENDED_HANDLES = 64, /* SystemExtendedHandleInformation; winternl.h has no name for it */
    FIRST_BYTES = 4 * 1024 * 1024,
    MOST_BYTES = 256 * 1024 * 1024,
    KINDS_MOST = 256,
    TYPE_BYTES = 1024
};

typedef struct ListedHandle {
    void *object;
    ULONG_PTR pid;
    ULONG_PTR value;
    ULONG access;
    USHORT trace;
    USHORT kind;
    ULONG attributes;
    ULONG reserved;
} ListedHandle;

typedef struct HandleList {
    ULONG_PTR count;
    ULONG_PTR reserved;
    ListedHandle items[];
} HandleList;

/* NULL where the system does not tell. Caller frees. */
static HandleList *list_handles(void)
{
    NTSTATUS status = (NTSTATUS)0xC0000004; /* STATUS_INFO_LENGTH_MISMATCH */

    for (ULONG size = FIRST_BYTES; size <= MOST_BYTES; size *= 2) {
        CLEANUP(free) HandleList *list = malloc(size);
        ULONG length = 0;

        if (!list)
            return NULL;
        status = NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)EXTENDED_HANDLES, list, size,
                                          &length);
        if (NT_SUCCESS(status) && list->count <= (size - sizeof *list) / sizeof list->items[0])
            return TAKE(list);
        if (NT_SUCCESS(status) || status != (NTSTATUS)0xC0000004)
            return NULL;
    }
    return NULL;
}

typedef struct Kind {
    int64_t count;
    ULONG_PTR example; /* a handle of it */
} Kind;

static void count_kinds(const HandleList *list, int64_t pid, Kind kinds[KINDS_MOST])
{
    for (ULONG_PTR i = 0; i < list->count; i++) {
        const ListedHandle *handle = &list->items[i];

        if ((int64_t)handle->pid != pid || handle->kind >= KINDS_MOST)
            continue;
        kinds[handle->kind].count++;
        kinds[handle->kind].example = handle->value;
    }
}

/* Asking for the kind alone never waits, unlike asking a pipe for its name. */
static bool name_kind(HANDLE process, ULONG_PTR value, char out[32])
{
    CLEANUP(handle_close) HANDLE copy = NULL;
    union {
        PUBLIC_OBJECT_TYPE_INFORMATION type;
        unsigned char room[TYPE_BYTES];
    } answer = {0};
    ULONG length = 0;

    if (!DuplicateHandle(process, (HANDLE)value, GetCurrentProcess(), &copy, 0, FALSE,
                         DUPLICATE_SAME_ACCESS) ||
        !NT_SUCCESS(NtQueryObject(copy, ObjectTypeInformation, &answer, sizeof answer, &length)))
        return false;
    (void)snprintf(out, 32, "%.*ls", (int)(answer.type.TypeName.Length / sizeof(wchar_t)),
                   answer.type.TypeName.Buffer);
    return true;
}

/* Those that there are most of, the most first. */
static void name_most(HANDLE process, Kind kinds[KINDS_MOST], WindowsHandles *out)
{
    for (int place = 0; place < WINDOWS_HANDLE_KINDS; place++) {
        Kind *most = &kinds[0];

        for (int i = 1; i < KINDS_MOST; i++)
            if (kinds[i].count > most->count)
                most = &kinds[i];
        if (most->count == 0 || !name_kind(process, most->example, out->most[place].name))
            return;
        out->most[place].count = most->count;
        most->count = 0;
    }
}

bool windows_handles(int64_t pid, WindowsHandles *out, Error *err)
{
    CLEANUP_PROCESS_TABLE ProcessTable table = {0};
    CLEANUP(handle_close) HANDLE process = NULL;
    CLEANUP(free) HandleList *list = NULL;
    const ProcessRow *row = NULL;
    Kind kinds[KINDS_MOST] = {0};

    if (!process_table_read(&table, err))
        return false;
    row = process_table_find(&table, pid);
    if (!row)
        return error_set(err, ERR_PROCESS, "process %lld has ended", (long long)pid);
    *out = (WindowsHandles){.count = row->handles};
    process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)pid);
    list = process ? list_handles() : NULL;
    if (list) {
        count_kinds(list, pid, kinds);
        name_most(process, kinds, out);
    }
    return true;
}
