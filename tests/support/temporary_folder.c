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
    static const char *const memory[] = {"/dev/shm", "Z:/dev/shm"}; /* Wine's name for it */

    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        CLEANUP(free) char *whole = NULL; /* of the first, on Windows: with a drive */
        Error err = {0};

        if (path_absolute(memory[i], &whole, &err) && strcmp(whole, memory[i]) == 0 &&
            file_kind(memory[i]) == FILE_FOLDER)
            return make_below(memory[i], out, name);
    }
    return temporary_folder_make(out, name);
}
