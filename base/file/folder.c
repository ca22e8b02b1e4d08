/* Part of file.h: folders. folder_sync() and folder_remove_tree() are in folder_posix.c. */
#include "base/file/file.h"
#include "base/file/file_system.h"
#include "base/file/folder_room.h"
#include "base/path.h"
#include "base/uv_status.h"

#include <string.h>
#include <uv.h>

static bool failed(int status, const char *doing, const char *path, Error *err)
{
    return error_set_errno(err, ERR_FILE, uv_status_errno(status), "%s %s", doing, path);
}

static bool is_folder(const char *path)
{
    FileLook there;

    return file_system_look(path, true, &there) == 0 && there.kind == FILE_FOLDER;
}

/* Whatever the refusal: a folder that is there is all that was asked for. */
static bool make_unless_there(const char *path, Error *err)
{
    int status = file_system_make_folder(path);

    if (status == 0 || is_folder(path))
        return true;
    if (status == UV_EEXIST)
        return error_set(err, ERR_FILE, "%s must be a folder, but something else is there", path);
    return failed(status, "creating the folder", path, err);
}

static bool make_parents(const char *path, Error *err)
{
    CLEANUP(free) char *parent = text_copy(path);

    if (!parent)
        return error_memory(err);
    for (char *c = parent + path_root_length(parent); *c != '\0'; c++) {
        const char separator = *c;

        if (!path_is_separator(separator))
            continue;
        *c = '\0';
        if (!make_unless_there(parent, err))
            return false;
        *c = separator;
    }
    return true;
}

bool folder_create(const char *path, Error *err)
{
    if (file_system_make_folder(path) == UV_ENOENT && path[0] != '\0' && !make_parents(path, err))
        return false;
    return make_unless_there(path, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool folder_list(const char *path, TextList *out, Error *err)
{
    CLEANUP(free) char *native = file_system_path(path, err);
    TextList names = {0};
    uv_dirent_t entry;
    uv_fs_t request;
    bool whole = true;
    int status = 0;

    if (!native)
        return false;
    status = uv_fs_scandir(NULL, &request, native, 0, NULL);
    if (status < 0) {
        uv_fs_req_cleanup(&request);
        return failed(status, "listing", path, err);
    }
    while (whole && uv_fs_scandir_next(&request, &entry) == 0)
        whole = text_list_add(&names, entry.name, err);
    uv_fs_req_cleanup(&request);
    if (!whole) {
        text_list_free(&names);
        return false;
    }
    if (names.count > 1)
        qsort(names.items, names.count, sizeof *names.items, by_name);
    *out = names;
    return true;
}

/* Adds a file's size to *sum, or a folder to those still to be looked at. What vanished meanwhile,
 * or is a link, adds nothing. */
static bool weigh(const char *path, uint64_t *sum, TextList *folders, Error *err)
{
    FileLook there;
    int status = file_system_look(path, false, &there);

    if (status == UV_ENOENT)
        return true;
    if (status != 0)
        return failed(status, "looking at", path, err);
    if (there.kind == FILE_REGULAR)
        *sum += there.size_bytes;
    return there.kind != FILE_FOLDER || text_list_add(folders, path, err);
}

static bool weigh_children(const char *folder, uint64_t *sum, TextList *folders, Error *err)
{
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!folder_list(folder, &names, err))
        return !file_exists(folder); /* removed meanwhile */
    for (size_t i = 0; i < names.count; i++) {
        CLEANUP(free) char *path = path_join(folder, names.items[i]);

        if (!path)
            return error_memory(err);
        if (!weigh(path, sum, folders, err))
            return false;
    }
    return true;
}

bool folder_size(const char *path, uint64_t *out, Error *err)
{
    CLEANUP_TEXT_LIST TextList folders = {0};
    uint64_t sum = 0;

    if (!is_folder(path))
        return failed(file_exists(path) ? UV_ENOTDIR : UV_ENOENT, "measuring", path, err);
    if (!text_list_add(&folders, path, err))
        return false;
    for (size_t i = 0; i < folders.count; i++)
        if (!weigh_children(folders.items[i], &sum, &folders, err))
            return false;
    *out = sum;
    return true;
}

bool folder_free_bytes(const char *path, uint64_t *out, Error *err)
{
    FolderRoom room;

    if (!folder_room(path, &room, err))
        return false;
    *out = room.free_bytes;
    return true;
}
