/* Part of file.h: what stands under a name, and changing names. */
#include "base/file/file.h"
#include "base/file/file_system.h"
#include "base/path.h"
#include "base/uv_status.h"

#include <string.h>
#include <uv.h>

static bool failed(int status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "%s %s", doing, path);
}

/* Follows links only if asked to. *out is written only with true: there is such a thing. */
static bool look(const char *path, bool follow, uv_stat_t *out)
{
    Error unnamed; /* what cannot be a name here names nothing */
    CLEANUP(free) char *native = file_system_path(path, &unnamed);
    uv_fs_t request;
    int status = 0;

    if (!native)
        return false;
    status = follow ? uv_fs_stat(NULL, &request, native, NULL)
                    : uv_fs_lstat(NULL, &request, native, NULL);
    if (status == 0)
        *out = request.statbuf;
    uv_fs_req_cleanup(&request);
    return status == 0;
}

FileKind file_kind(const char *path)
{
    uv_stat_t found = {0};
    uint64_t kind = 0;

    if (!look(path, false, &found))
        return FILE_MISSING;
    kind = found.st_mode & S_IFMT;
    if (kind == S_IFREG)
        return FILE_REGULAR;
    if (kind == S_IFDIR)
        return FILE_FOLDER;
    return kind == S_IFLNK ? FILE_LINK : FILE_OTHER;
}

bool file_exists(const char *path)
{
    uv_stat_t found;

    return look(path, true, &found);
}

bool file_size_of(const char *path, uint64_t *out, Error *err)
{
    CLEANUP(free) char *native = file_system_path(path, err);
    uv_fs_t request;
    uint64_t size = 0;
    int status = 0;

    if (!native)
        return false;
    status = uv_fs_stat(NULL, &request, native, NULL);
    size = request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    if (status != 0)
        return failed(status, "looking at", path, err);
    *out = size;
    return true;
}

bool file_changed_ms(const char *path, int64_t *out, Error *err)
{
    CLEANUP(free) char *native = file_system_path(path, err);
    uv_timespec_t changed = {0};
    uv_fs_t request;
    int status = 0;

    if (!native)
        return false;
    status = uv_fs_stat(NULL, &request, native, NULL);
    changed = request.statbuf.st_mtim;
    uv_fs_req_cleanup(&request);
    if (status != 0)
        return failed(status, "looking at", path, err);
    *out = (int64_t)changed.tv_sec * 1000 + changed.tv_nsec / 1000000;
    return true;
}

bool file_set_mode(const char *path, int mode, Error *err)
{
    return file_system_set_mode(path, mode, err);
}

bool file_rename_durable(const char *from, const char *to, Error *err)
{
    CLEANUP(free) char *old_folder = path_folder(from);
    CLEANUP(free) char *new_folder = path_folder(to);

    if (!old_folder || !new_folder)
        return error_memory(err);
    if (!file_system_rename(from, to, err))
        return false;
    if (!folder_sync(new_folder, err)) /* first where it is to be found after a power cut */
        return false;
    return strcmp(old_folder, new_folder) == 0 || folder_sync(old_folder, err);
}

bool file_remove(const char *path, Error *err)
{
    return file_system_remove(path, err);
}
