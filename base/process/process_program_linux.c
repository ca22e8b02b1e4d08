/* See process_program.h. Source: proc(5), comm and exe. */
#include "base/process/process_program.h"

#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROC_PATH_SIZE = 64 };

const char *process_name(int64_t pid, char out[PROCESS_NAME_SIZE])
{
    char path[PROC_PATH_SIZE];
    FILE *file = NULL;

    (void)snprintf(path, sizeof path, "/proc/%lld/comm", (long long)pid);
    file = fopen(path, "re");
    if (!file || !fgets(out, PROCESS_NAME_SIZE, file))
        (void)snprintf(out, PROCESS_NAME_SIZE, "?");
    if (file)
        (void)fclose(file); /* nothing was written */
    out[strcspn(out, "\n")] = '\0';
    return out;
}

static bool runs_below(const char *pid, const char *folder, size_t length)
{
    char path[PROC_PATH_SIZE], program[PATH_MAX];
    ssize_t got = 0;

    (void)snprintf(path, sizeof path, "/proc/%.20s/exe", pid);
    got = readlink(path, program, sizeof program - 1);
    if (got < 0)
        return false;
    program[got] = '\0';
    return strncmp(program, folder, length) == 0 && program[length] == '/';
}

bool process_list_below(const char *folder, int64_t *pids, size_t most, size_t *count, Error *err)
{
    char real[PATH_MAX];
    DIR *proc = NULL;
    const struct dirent *entry = NULL;

    *count = 0;
    if (!realpath(folder, real)) /* exe never leads over a link */
        return errno == ENOENT || error_set_errno(err, ERR_FILE, errno, "finding %s", folder);
    proc = opendir("/proc");
    if (!proc)
        return error_set_errno(err, ERR_PROCESS, errno, "reading /proc");
    while ((entry = readdir(proc))) {
        if (!isdigit((unsigned char)entry->d_name[0]) ||
            !runs_below(entry->d_name, real, strlen(real)))
            continue;
        if (*count < most)
            pids[*count] = strtoll(entry->d_name, NULL, 10);
        (*count)++;
    }
    (void)closedir(proc); /* nothing was written */
    return true;
}
