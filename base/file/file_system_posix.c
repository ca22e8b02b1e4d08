/* See file_system.h. */
#include "base/file/file_system.h"
#include "base/uv_status.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { FILE_FOR_OWNER = 0600, FOLDER_FOR_OWNER = 0700, PERMISSIONS = 0777 };

static bool failed(int status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "%s %s", doing, path);
}

char *file_system_path(const char *path, Error *err)
{
    char *copy = text_copy(path);

    if (!copy)
        (void)error_memory(err);
    return copy;
}

/* ---- looking ---- */

static FileKind kind_of(const uv_stat_t *found)
{
    uint64_t kind = found->st_mode & S_IFMT;

    if (kind == S_IFREG)
        return FILE_REGULAR;
    if (kind == S_IFDIR)
        return FILE_FOLDER;
    return kind == S_IFLNK ? FILE_LINK : FILE_OTHER;
}

int file_system_look(const char *path, bool follow, FileLook *out)
{
    uv_fs_t request;
    const uv_stat_t *found = &request.statbuf;
    int status =
        follow ? uv_fs_stat(NULL, &request, path, NULL) : uv_fs_lstat(NULL, &request, path, NULL);

    if (status == 0)
        *out = (FileLook){kind_of(found), found->st_size,
                          (int64_t)found->st_mtim.tv_sec * 1000 + found->st_mtim.tv_nsec / 1000000};
    uv_fs_req_cleanup(&request);
    return status;
}

int file_system_look_open(int descriptor, FileKind *kind, uint64_t *size_bytes)
{
    uv_fs_t request;
    int status = uv_fs_fstat(NULL, &request, descriptor, NULL);

    if (status == 0) {
        *kind = kind_of(&request.statbuf);
        *size_bytes = request.statbuf.st_size;
    }
    uv_fs_req_cleanup(&request);
    return status;
}

/* ---- opening ---- */

static int flags_for(FileMode mode)
{
    int flags = UV_FS_O_NONBLOCK; /* for a pipe that takes the file's place in this very moment */

    switch (mode) {
    case FILE_READ:
        return flags | UV_FS_O_RDONLY;
    case FILE_CREATE_NEW:
        return flags | UV_FS_O_RDWR | UV_FS_O_CREAT | UV_FS_O_EXCL;
    case FILE_REPLACE: /* emptied once it is known to be a file */
    case FILE_CONTINUE:
        return flags | UV_FS_O_RDWR | UV_FS_O_CREAT;
    }
    return flags;
}

bool file_system_open(const char *path, FileMode mode, int *descriptor, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_open(NULL, &request, path, flags_for(mode), FILE_FOR_OWNER, NULL);

    uv_fs_req_cleanup(&request);
    if (status < 0)
        return failed(status, "opening", path, err);
    *descriptor = status;
    return true;
}

int file_system_make_folder(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_mkdir(NULL, &request, path, FOLDER_FOR_OWNER, NULL);

    uv_fs_req_cleanup(&request);
    return status;
}

/* ---- names ---- */

bool file_system_rename(const char *from, const char *to, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_rename(NULL, &request, from, to, NULL);

    uv_fs_req_cleanup(&request);
    return status == 0 ||
           error_set_errno(err, ERR_FILE, uv_status_errno(status), "renaming %s to %s", from, to);
}

bool file_system_remove(const char *path, Error *err)
{
    uv_fs_t request;
    int status = uv_fs_unlink(NULL, &request, path, NULL);

    uv_fs_req_cleanup(&request);
    return status == 0 || status == UV_ENOENT || failed(status, "removing", path, err);
}

/* ---- who may ---- */

bool file_system_set_open_mode(int descriptor, const char *path, int mode, Error *err)
{
    if (fchmod(descriptor, (mode_t)mode) == 0)
        return true;
    return error_set_errno(err, ERR_FILE, errno, "setting the permissions of %s", path);
}

bool file_system_set_mode(const char *path, int mode, Error *err)
{
    if (chmod(path, (mode_t)mode) == 0)
        return true;
    return error_set_errno(err, ERR_FILE, errno, "setting the permissions of %s", path);
}

bool file_system_be_like(int descriptor, const char *like, bool *was_there, Error *err)
{
    struct stat model;

    *was_there = stat(like, &model) == 0;
    if (!*was_there)
        return errno == ENOENT || error_set_errno(err, ERR_FILE, errno, "looking at %s", like);
    if (fchown(descriptor, model.st_uid, model.st_gid) != 0) /* clears set-id bits: first */
        return error_set_errno(err, ERR_FILE, errno, "keeping the owner of %s", like);
    return file_system_set_open_mode(descriptor, like, (int)(model.st_mode & PERMISSIONS), err);
}
