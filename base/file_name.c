/* Part of file.h: what stands under a name, and changing names. */
#include "base/file.h"
#include "base/path.h"
#include "base/uv_status.h"

#include <string.h>
#include <uv.h>

static bool failed(int status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "%s %s", doing, path);
}

FileKind file_kind(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_lstat(NULL, &request, path, NULL);
    uint64_t kind = request.statbuf.st_mode & S_IFMT;

    uv_fs_req_cleanup(&request);
    if (status != 0)
        return FILE_MISSING;
    if (kind == S_IFREG)
        return FILE_REGULAR;
    if (kind == S_IFDIR)
        return FILE_FOLDER;
    return kind == S_IFLNK ? FILE_LINK : FILE_OTHER;
}

bool file_exists(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);

    uv_fs_req_cleanup(&request);
    return status == 0;
}

bool file_size_of(const char *path, uint64_t *out, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    uint64_t size = request.statbuf.st_size;

    uv_fs_req_cleanup(&request);
    if (status != 0)
        return failed(status, "looking at", path, err);
    *out = size;
    return true;
}

bool file_set_mode(const char *path, int mode, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_chmod(NULL, &request, path, mode, NULL);

    uv_fs_req_cleanup(&request);
    return status == 0 || failed(status, "setting the permissions of", path, err);
}

bool file_rename_durable(const char *from, const char *to, Error *err)
{
    CLEANUP(free) char *old_folder = path_folder(from);
    CLEANUP(free) char *new_folder = path_folder(to);
    uv_fs_t request;
    int status = 0;

    if (!old_folder || !new_folder)
        return error_memory(err);
    status = uv_fs_rename(NULL, &request, from, to, NULL);
    uv_fs_req_cleanup(&request);
    if (status != 0)
        return error_set_errno(err, ERR_FILE, uv_status_errno(status), "renaming %s to %s", from,
                               to);
    if (!folder_sync(new_folder, err)) /* first where it is to be found after a power cut */
        return false;
    return strcmp(old_folder, new_folder) == 0 || folder_sync(old_folder, err);
}

bool file_remove(const char *path, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_unlink(NULL, &request, path, NULL);

    uv_fs_req_cleanup(&request);
    return status == 0 || status == UV_ENOENT || failed(status, "removing", path, err);
}
