/* See temporary_folder.h. */
#include "tests/support/temporary_folder.h"

#include "base/file/file.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

static bool make_below(const char *parent, char out[TEMPORARY_FOLDER_SIZE], const char *name)
{
    uv_fs_t request;
    int length = snprintf(out, TEMPORARY_FOLDER_SIZE, "%s/gd-%s-XXXXXX", parent, name);
    bool made = length > 0 && length < TEMPORARY_FOLDER_SIZE &&
                uv_fs_mkdtemp(NULL, &request, out, NULL) == 0;

    if (made) {
        (void)snprintf(out, TEMPORARY_FOLDER_SIZE, "%s", request.path);
        uv_fs_req_cleanup(&request);
    }
    return made;
}

bool temporary_folder_make(char out[TEMPORARY_FOLDER_SIZE], const char *name)
{
    char parent[TEMPORARY_FOLDER_SIZE] = "";
    size_t size = sizeof parent;

    if (uv_os_tmpdir(parent, &size) != 0)
        return false;
    path_use_slashes(parent);
    return make_below(parent, out, name);
}

bool temporary_folder_in_memory(char out[TEMPORARY_FOLDER_SIZE], const char *name)
{
    static const char memory[] = "/dev/shm";
    CLEANUP(free) char *whole = NULL;
    Error err = {0};

    /* On Windows it is no whole path: the drive is missing, and Wine has one with such a folder. */
    if (path_absolute(memory, &whole, &err) && strcmp(whole, memory) == 0 &&
        file_kind(memory) == FILE_FOLDER)
        return make_below(memory, out, name);
    return temporary_folder_make(out, name);
}
