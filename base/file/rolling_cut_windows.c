/* See rolling_cut.h. NTFS cannot take the head out of a file; all of it can go, and who appends
 * (FILE_APPEND_DATA) goes on at the new end. */
#include "base/file/rolling_cut.h"
#include "base/handle_windows.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <windows.h>

uint64_t rolling_cut_unit(const char *path)
{
    (void)path;
    return 0;
}

bool rolling_cut_head(const char *path, uint64_t length)
{
    (void)path, (void)length;
    return false;
}

bool rolling_cut_all(const char *path, Error *err)
{
    enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(handle_close) HANDLE file = NULL;

    if (!wide_path(path, &wide, err))
        return false;
    file = CreateFileW(wide, GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING,
                       FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (!handle_is_valid(file) || !SetEndOfFile(file)) /* where it stands: at the start */
        return error_set_os(err, ERR_FILE, "emptying %s", path);
    return true;
}
