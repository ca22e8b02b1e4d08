/* See process_program.h. Source: EnumProcesses, QueryFullProcessImageNameW. */
#include "base/process/process_program.h"

#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/path.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <psapi.h>
#include <stdio.h>

enum { PROGRAM_PATH_SIZE = 32768, PROCESSES_MOST = 16384 };

/* Of its program, in UTF-8 with slashes; NULL where it cannot be seen. Caller frees. */
static char *program_of(int64_t pid)
{
    CLEANUP(handle_close)
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
    CLEANUP(free) wchar_t *wide = calloc(PROGRAM_PATH_SIZE, sizeof *wide);
    DWORD length = PROGRAM_PATH_SIZE;
    char *path = NULL;

    if (!process || !wide || !QueryFullProcessImageNameW(process, 0, wide, &length))
        return NULL;
    path = wide_to_utf8(wide);
    if (path)
        path_use_slashes(path);
    return path;
}

const char *process_name(int64_t pid, char out[PROCESS_NAME_SIZE])
{
    CLEANUP(free) char *program = program_of(pid);

    (void)snprintf(out, PROCESS_NAME_SIZE, "%s", program ? path_file_name(program) : "?");
    return out;
}

/* Names are the same in both cases of their letters. */
static bool runs_below(int64_t pid, const char *folder)
{
    CLEANUP(free) char *program = program_of(pid);

    return program && text_starts_with_ignoring_case(program, folder);
}

bool process_list_below(const char *folder, int64_t *pids, size_t most, size_t *count, Error *err)
{
    CLEANUP(free) DWORD *all = calloc(PROCESSES_MOST, sizeof *all);
    CLEANUP(free) char *inside = text_formatted("%s/", folder);
    DWORD got = 0;

    if (!all || !inside)
        return error_memory(err);
    path_use_slashes(inside);
    if (!EnumProcesses(all, PROCESSES_MOST * sizeof *all, &got))
        return error_set_os(err, ERR_PROCESS, "listing the processes");
    *count = 0;
    for (size_t i = 0; i < got / sizeof *all; i++) {
        if (!runs_below(all[i], inside))
            continue;
        if (*count < most)
            pids[*count] = all[i];
        (*count)++;
    }
    return true;
}
