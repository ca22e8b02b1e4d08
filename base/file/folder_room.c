/* See folder_room.h. */
#include "base/file/folder_room.h"

#include "base/cleanup.h"
#include "base/file/file_system.h"
#include "base/path.h"
#include "base/text.h"
#include "base/uv_status.h"

#include <string.h>
#include <uv.h>

/* A libuv status. */
static int look(const char *path, FolderRoom *out)
{
    Error unnamed;
    CLEANUP(free) char *native = file_system_path(path, &unnamed);
    uv_fs_t request;
    int status = 0;

    if (!native)
        return UV_EINVAL;
    status = uv_fs_statfs(NULL, &request, native, NULL);
    if (status == 0) {
        const uv_statfs_t *figures = request.ptr;

        *out = (FolderRoom){.free_bytes = figures->f_bavail * figures->f_bsize,
                            .free_entries = figures->f_ffree,
                            .counts_entries = figures->f_files > 0};
    }
    uv_fs_req_cleanup(&request);
    return status;
}

static bool failed(int status, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "measuring the free space at %s",
                           path);
}

bool folder_room(const char *path, FolderRoom *out, Error *err)
{
    CLEANUP(free) char *nearest = text_copy(path);
    int status = UV_ENOENT;

    while (nearest) {
        char *parent = NULL;

        status = look(nearest, out);
        if (status != UV_ENOENT && status != UV_ENOTDIR)
            return status == 0 || failed(status, nearest, err);
        parent = path_folder(nearest);
        if (parent && strcmp(parent, nearest) == 0) {
            free(parent);
            return failed(status, path, err);
        }
        free(nearest);
        nearest = parent;
    }
    return error_memory(err);
}
