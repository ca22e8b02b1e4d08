/* Part of file.h: what stands under a name, and changing names. */
#include "base/file/file.h"
#include "base/file/file_system.h"
#include "base/path.h"
#include "base/uv_status.h"

#include <string.h>

static bool failed(int status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "%s %s", doing, path);
}

FileKind file_kind(const char *path)
{
    FileLook there;

    return file_system_look(path, false, &there) == 0 ? there.kind : FILE_MISSING;
}

bool file_exists(const char *path)
{
    FileLook there;

    return file_system_look(path, true, &there) == 0;
}

bool file_size_of(const char *path, uint64_t *out, Error *err)
{
    FileLook there;
    int status = file_system_look(path, true, &there);

    if (status != 0)
        return failed(status, "looking at", path, err);
    *out = there.size_bytes;
    return true;
}

bool file_changed_ms(const char *path, int64_t *out, Error *err)
{
    FileLook there;
    int status = file_system_look(path, true, &there);

    if (status != 0)
        return failed(status, "looking at", path, err);
    *out = there.changed_ms;
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
