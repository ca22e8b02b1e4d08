/* process_table: all processes of this host at one moment, as the kernel lists them: also those
 * that we may not open. For base/process_*_windows.c.
 *
 * Windows keeps the pid of the parent in a child for ever, also when the parent is gone and its pid
 * belongs to somebody else. So a parent counts only if it is not younger than its child.
 *
 * Source: NtQuerySystemInformation, SystemProcessInformation. The Toolhelp32 functions tell no
 * start times, and handles only of processes that may be opened. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_TABLE_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_PROCESS_TABLE_WINDOWS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ProcessRow {
    int64_t pid;
    int64_t parent;
    uint64_t created; /* 100 ns since 1601 UTC */
    int64_t handles;
    int64_t threads;
    int64_t resident_bytes;
} ProcessRow;

typedef struct ProcessTable {
    ProcessRow *rows;
    size_t count;
} ProcessTable;

/* Processes that have ended and are only kept by somebody's handle are not in it. Free with
 * process_table_free(). */
bool process_table_read(ProcessTable *out, Error *err);
void process_table_free(ProcessTable *table);
#define CLEANUP_PROCESS_TABLE __attribute__((cleanup(process_table_free)))

/* Borrowed from `table`; NULL if it is not there. */
const ProcessRow *process_table_find(const ProcessTable *table, int64_t pid);

/* True if `row` was started by `ancestor`, or by a living process that was. */
bool process_table_descends(const ProcessTable *table, const ProcessRow *row, int64_t ancestor);

#endif
