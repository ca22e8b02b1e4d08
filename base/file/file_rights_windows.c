/* See file_rights.h. */
#include "base/file/file_rights.h"

#include "base/wide_windows.h"

#include <io.h>
#include <stddef.h>

enum { MAY_WRITE = 2 }; /* _waccess(): of a file, not read-only; of a folder, that it is there */

bool file_may_write(const char *path)
{
    CLEANUP(free) wchar_t *wide = NULL;
    Error no_name = {0};

    return wide_path(path, &wide, &no_name) && _waccess(wide, MAY_WRITE) == 0;
}

bool file_hands_are_seen(void)
{
    return false;
}

const char *file_strange_hands(const char *path, char out[FILE_RIGHTS_SIZE])
{
    (void)path;
    (void)out;
    return NULL;
}
