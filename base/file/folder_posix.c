/* Part of file.h: what libuv cannot do with folders.
 *
 * A tree is removed through open folders (openat, unlinkat) and never by path: an instance may run
 * under another account, and could put a link where a folder was between our look and our step. */
#include "base/file/file.h"
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_ONLY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, MOST_PASSES = 3 };

bool folder_sync(const char *path, Error *err)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = false;

    if (folder < 0)
        return error_set_errno(err, ERR_FILE, errno, "opening the folder %s", path);
    synced = fsync(folder) == 0 || errno == EINVAL; /* a file system that has nothing to sync */
    if (!synced)
        (void)error_set_errno(err, ERR_FILE, errno, "writing the folder %s to disk", path);
    (void)close(folder);
    return synced;
}

/* An open folder in or above the tree that is being removed; `path` is for messages. */
typedef struct Place {
    int descriptor;
    dev_t device; /* of the whole tree: what is mounted inside it stays */
    const char *path;
} Place;

/* A folder in a folder is removed as the one around it. Each level keeps a descriptor open: those
 * run out, with an error that says so, long before the stack does. */
/* NOLINTBEGIN(misc-no-recursion) */
static bool remove_entry(const Place *parent, const char *name, Error *err);

static bool failed_at(const Place *parent, const char *name, int number, Error *err)
{
    return error_set_errno(err, ERR_FILE, number, "removing %s/%s", parent->path, name);
}

static bool remove_children(const Place *folder, DIR *listing, Error *err)
{
    for (;;) {
        const struct dirent *entry = NULL;

        errno = 0;
        entry = readdir(listing);
        if (!entry)
            return errno == 0 || failed_at(folder, "", errno, err);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !remove_entry(folder, entry->d_name, err))
            return false;
    }
}

/* Go's module cache, for one, makes folders that even their owner may not change. A folder that we
 * may not read cannot be opened to be changed; it is asked for by name then, and opened again. */
static int open_and_let_owner_in(const Place *parent, const char *name, struct stat *now)
{
    int folder = openat(parent->descriptor, name, FOLDER_ONLY);

    if (folder < 0 && errno == EACCES &&
        fstatat(parent->descriptor, name, now, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(now->st_mode) &&
        fchmodat(parent->descriptor, name, S_IRWXU, 0) == 0)
        folder = openat(parent->descriptor, name, FOLDER_ONLY);
    if (folder < 0)
        return -1;
    if (fstat(folder, now) != 0) {
        (void)close(folder);
        return -1;
    }
    if ((now->st_mode & S_IRWXU) != S_IRWXU)
        (void)fchmod(folder, S_IRWXU); /* if that is refused, so is removing, which tells */
    return folder;
}

static bool empty_folder(const Place *parent, const char *name, DIR *listing, Error *err)
{
    CLEANUP(free) char *path = text_formatted("%s/%s", parent->path, name);
    Place folder = {.descriptor = dirfd(listing), .device = parent->device, .path = path};

    return path ? remove_children(&folder, listing, err) : error_memory(err);
}

/* One pass over the folder; what could not be opened because it is gone is done. */
static bool empty_once(const Place *parent, const char *name, Error *err)
{
    struct stat now;
    DIR *listing = NULL;
    bool emptied = false;
    int folder = open_and_let_owner_in(parent, name, &now);

    if (folder < 0)
        return errno == ENOENT || failed_at(parent, name, errno, err);
    if (now.st_dev == parent->device)
        listing = fdopendir(folder);
    if (listing) {
        emptied = empty_folder(parent, name, listing, err);
        (void)closedir(listing);
        return emptied;
    }
    if (now.st_dev == parent->device)
        (void)failed_at(parent, name, errno, err);
    else
        (void)error_set(err, ERR_FILE, "%s/%s is on another file system and was left alone",
                        parent->path, name);
    (void)close(folder);
    return false;
}

/* Several passes, for a program that still runs may still write, and readdir(3) may miss an entry
 * while others vanish. */
static bool remove_folder(const Place *parent, const char *name, Error *err)
{
    int number = ENOTEMPTY;

    for (int pass = 0; pass < MOST_PASSES && (number == ENOTEMPTY || number == EEXIST); pass++) {
        if (!empty_once(parent, name, err))
            return false;
        if (unlinkat(parent->descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return true;
        number = errno;
    }
    return failed_at(parent, name, number, err);
}

static bool remove_entry(const Place *parent, const char *name, Error *err)
{
    struct stat now;

    if (unlinkat(parent->descriptor, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM) /* EPERM is POSIX's word for "is a folder" */
        return failed_at(parent, name, errno, err);
    if (fstatat(parent->descriptor, name, &now, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || failed_at(parent, name, errno, err);
    if (!S_ISDIR(now.st_mode))
        return failed_at(parent, name, EPERM, err);
    return remove_folder(parent, name, err);
}

/* NOLINTEND(misc-no-recursion) */

static bool remove_below(const char *folder, const char *name, Error *err)
{
    Place parent = {.descriptor = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), .path = folder};
    struct stat top;
    bool removed = false;

    if (parent.descriptor < 0)
        return errno == ENOENT || error_set_errno(err, ERR_FILE, errno, "opening %s", folder);
    if (fstatat(parent.descriptor, name, &top, AT_SYMLINK_NOFOLLOW) == 0) {
        parent.device = top.st_dev;
        removed = remove_entry(&parent, name, err);
    } else {
        removed = errno == ENOENT || failed_at(&parent, name, errno, err);
    }
    (void)close(parent.descriptor);
    return removed;
}

bool folder_remove_tree(const char *path, Error *err)
{
    size_t length = strlen(path);
    CLEANUP(free) char *trimmed = NULL;
    CLEANUP(free) char *folder = NULL;
    const char *name = NULL;

    while (length > 1 && path[length - 1] == '/')
        length--;
    trimmed = text_copy_bytes(path, length);
    folder = trimmed ? path_folder(trimmed) : NULL;
    if (!folder)
        return error_memory(err);
    name = path_file_name(trimmed);
    if (text_equal(name, "") || text_equal(name, ".") || text_equal(name, ".."))
        return error_set(err, ERR_FILE, "\"%s\" is not the name of a folder to remove", path);
    return remove_below(folder, name, err);
}
