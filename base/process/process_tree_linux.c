/* See process.h. What descends from a process: Linux keeps no list of that, /proc has each one's
 * parent. Source: proc(5). */
#include "base/process/process.h"

#include "base/process/proc_stat_linux.h"
#include "base/process/process_child_posix.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { FREEZE_ROUNDS = 16 };

typedef struct Table {
    ProcStat *rows; /* by pid, ascending */
    size_t count;
    size_t capacity;
} Table;

static void table_free(Table *table)
{
    free(table->rows);
}
#define CLEANUP_TABLE __attribute__((cleanup(table_free)))

static int by_pid(const void *a, const void *b)
{
    const ProcStat *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool table_add(Table *table, const ProcStat *stat)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 256;
        ProcStat *rows = realloc(table->rows, capacity * sizeof *rows);

        if (!rows)
            return false;
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->count++] = *stat;
    return true;
}

static bool table_read(Table *table, Error *err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    bool ok = true;

    if (!proc)
        return error_set_errno(err, ERR_PROCESS, errno, "reading /proc");
    table->count = 0;
    while (ok && (entry = readdir(proc))) {
        ProcStat stat;

        if (isdigit((unsigned char)entry->d_name[0]) &&
            proc_stat_read(strtoll(entry->d_name, NULL, 10), &stat))
            ok = table_add(table, &stat);
    }
    (void)closedir(proc); /* nothing was written */
    if (!ok)
        return error_memory(err);
    if (table->count)
        qsort(table->rows, table->count, sizeof *table->rows, by_pid);
    return true;
}

static bool table_descends(const Table *table, const ProcStat *row, int64_t ancestor)
{
    for (size_t steps = 0; row && row->parent > 0 && steps < table->count; steps++) {
        ProcStat wanted = {.pid = row->parent};

        if (row->parent == ancestor)
            return true;
        row = bsearch(&wanted, table->rows, table->count, sizeof *table->rows, by_pid);
    }
    return false;
}

static bool is_target(const Table *table, const ProcStat *row, int64_t ancestor)
{
    return row->pid != getpid() && row->pid > 1 && !proc_stat_is_gone(row) &&
           table_descends(table, row, ancestor);
}

/* Stops every descendant until no moving one is left: killed one after the other, those still
 * running could start new ones, which would lose their parent and so be found by nobody. */
static bool freeze_descendants(int64_t ancestor, Table *table, Error *err)
{
    for (int round = 0; round < FREEZE_ROUNDS; round++) {
        size_t moving = 0;

        if (!table_read(table, err))
            return false;
        for (size_t i = 0; i < table->count; i++) {
            const ProcStat *row = &table->rows[i];

            if (row->state == 'T' || !is_target(table, row, ancestor))
                continue;
            (void)kill((pid_t)row->pid, SIGSTOP); /* gone meanwhile is as good */
            moving++;
        }
        if (moving == 0)
            break;
    }
    return true;
}

bool process_kill_descendants(int64_t ancestor, Error *err)
{
    CLEANUP_TABLE Table table = {0};

    if (!freeze_descendants(ancestor, &table, err))
        return error_while(err, "ending what process %lld started", (long long)ancestor);
    for (size_t i = 0; i < table.count; i++)
        if (is_target(&table, &table.rows[i], ancestor))
            (void)kill((pid_t)table.rows[i].pid, SIGKILL); /* gone meanwhile is as good */
    return true;
}

int64_t process_count_descendants(int64_t ancestor)
{
    CLEANUP_TABLE Table table = {0};
    Error ignored = {0};
    int64_t count = 0;

    if (!table_read(&table, &ignored))
        return -1;
    for (size_t i = 0; i < table.count; i++)
        count +=
            !proc_stat_is_gone(&table.rows[i]) && table_descends(&table, &table.rows[i], ancestor);
    return count;
}

bool process_descends_from(int64_t pid, int64_t ancestor)
{
    enum { DEEPEST = 1000 };
    ProcStat stat;

    for (int steps = 0; pid > 0 && steps < DEEPEST; steps++) {
        if (pid == ancestor)
            return true;
        if (!proc_stat_read(pid, &stat))
            return false;
        pid = stat.parent;
    }
    return false;
}
