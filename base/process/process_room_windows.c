/* Part of process.h. Sources: SetCurrentDirectory (MAX_PATH - 2 characters, for a backslash and a
 * NUL are put behind), and its tip on CreateProcess, which keeps that bound where longPathAware and
 * LongPathsEnabled lift it elsewhere; CreateProcessW, lpApplicationName (in a command line, as
 * services have, the program's part has MAX_PATH characters at most). Wine 8 does not look: it
 * writes behind the end of its buffer. */
#include "base/process/process.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <windows.h>

enum { LONGEST_FOLDER = MAX_PATH - 2, LONGEST_PROGRAM = MAX_PATH - 1 };

static bool fits(const char *path, size_t most, const char *what, Error *err)
{
    CLEANUP(free) wchar_t *plain = NULL;
    size_t length = 0;

    if (!wide_plain_path(path, &plain, err))
        return false;
    length = wcslen(plain);
    return length <= most ||
           error_set(err, ERR_PROCESS, "%s has %zu characters, and Windows takes %zu at most: %s",
                     what, length, most, path);
}

bool process_folder_fits(const char *folder, Error *err)
{
    return fits(folder, LONGEST_FOLDER, "the path of the folder to start it in", err);
}

bool process_service_program_fits(const char *program, Error *err)
{
    return fits(program, LONGEST_PROGRAM, "the path of the service's program", err);
}
