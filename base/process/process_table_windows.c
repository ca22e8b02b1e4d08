/* See process_table_windows.h. */
#include "base/process/process_table_windows.h"

#include "base/cleanup.h"
#include "base/error_windows.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

enum { FIRST_SIZE = 256 * 1024, MOST_SIZE = 64 * 1024 * 1024 };
static const NTSTATUS too_small = (NTSTATUS)0xC0000004; /* STATUS_INFO_LENGTH_MISMATCH */

/* The list grows while it is read: asked again with more room until it fits. */
static bool ask(unsigned char **out, ULONG *length, Error *err)
{
    NTSTATUS status = too_small;

    for (ULONG size = FIRST_SIZE; status == too_small && size <= MOST_SIZE; size *= 2) {
        CLEANUP(free) unsigned char *bytes = malloc(size);

        if (!bytes)
            return error_memory(err);
        status = NtQuerySystemInformation(SystemProcessInformation, bytes, size, length);
        if (NT_SUCCESS(status)) {
            *out = TAKE(bytes);
            return true;
        }
    }
    return error_set_windows(err, ERR_PROCESS, RtlNtStatusToDosError(status),
                             "listing the processes");
}

static ProcessRow make_row(const SYSTEM_PROCESS_INFORMATION *entry)
{
    return (ProcessRow){
        .pid = (int64_t)(intptr_t)entry->UniqueProcessId,
        .parent = (int64_t)(intptr_t)entry->InheritedFromUniqueProcessId,
        .created = (uint64_t)entry->CreateTime.QuadPart,
        .handles = entry->HandleCount,
        .threads = entry->NumberOfThreads,
        .resident_bytes = (int64_t)entry->VirtualMemoryCounters.WorkingSetSize,
    };
}

/* Visits the entries twice: to count them, then, with `rows`, to keep those that live. */
static size_t read_entries(const unsigned char *bytes, ULONG length, ProcessRow *rows)
{
    size_t count = 0;
    ULONG at = 0;

    while (length >= sizeof(SYSTEM_PROCESS_INFORMATION) &&
           at <= length - sizeof(SYSTEM_PROCESS_INFORMATION)) {
        SYSTEM_PROCESS_INFORMATION entry;

        memcpy(&entry, bytes + at, sizeof entry);
        if (entry.NumberOfThreads > 0) {
            if (rows)
                rows[count] = make_row(&entry);
            count++;
        }
        if (entry.NextEntryOffset == 0 || entry.NextEntryOffset > length - at)
            break;
        at += entry.NextEntryOffset;
    }
    return count;
}

bool process_table_read(ProcessTable *out, Error *err)
{
    CLEANUP(free) unsigned char *bytes = NULL;
    ULONG length = 0;
    size_t count;

    if (!ask(&bytes, &length, err))
        return false;
    count = read_entries(bytes, length, NULL);
    out->rows = calloc(count + 1, sizeof *out->rows);
    if (!out->rows)
        return error_memory(err);
    out->count = read_entries(bytes, length, out->rows);
    return true;
}

void process_table_free(ProcessTable *table)
{
    free(table->rows);
    *table = (ProcessTable){0};
}

const ProcessRow *process_table_find(const ProcessTable *table, int64_t pid)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].pid == pid)
            return &table->rows[i];
    return NULL;
}

bool process_table_descends(const ProcessTable *table, const ProcessRow *row, int64_t ancestor)
{
    for (size_t steps = 0; steps <= table->count; steps++) {
        const ProcessRow *parent = process_table_find(table, row->parent);

        if (!parent || parent == row || parent->created > row->created)
            return false;
        if (parent->pid == ancestor)
            return true;
        row = parent;
    }
    return false;
}
