/* file: files and folders, made durable where it matters. libuv's file calls level the systems.
 *
 * "Durable" means: fsynced, and for a new name its folder fsynced too, so that a power cut after
 * the call keeps it. Errors are ERR_FILE with the path and the system's reason (ERR_PERMISSION for
 * EACCES and EPERM). */
#ifndef GODEPLOY_BASE_FILE_FILE_H
#define GODEPLOY_BASE_FILE_FILE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

typedef struct File File;

typedef enum FileMode {
    FILE_READ,       /* must exist; never follows what is not a regular file into a device */
    FILE_CREATE_NEW, /* must not exist; 0600 */
    FILE_REPLACE,    /* emptied if it exists; 0600 */
    FILE_CONTINUE,   /* opened for writing at its end, made if missing; 0600 */
} FileMode;

bool file_open(const char *path, FileMode mode, File **out, Error *err);
void file_close(File *file);
DEFINE_CLEANUP(File *, file_close)

/* *got is 0 at the end of the file. */
bool file_read(File *file, void *buffer, size_t size, size_t *got, Error *err);
bool file_write(File *file, const void *bytes, size_t length, Error *err); /* all of it */
bool file_sync(File *file, Error *err);
bool file_truncate(File *file, uint64_t size, Error *err);
bool file_seek(File *file, uint64_t offset, Error *err); /* where the next read or write goes */
bool file_size(File *file, uint64_t *out, Error *err);
/* The permission bits of a file of FILE_CREATE_NEW. */
bool file_set_open_mode(File *file, int mode, Error *err);

/* Whole small files. Larger than `limit` is an error. The result has a NUL behind it. */
bool file_read_all(const char *path, size_t limit, char **out, size_t *length, Error *err);
/* Written aside, fsynced, renamed, folder fsynced: the old or the new content, never half. Mode is
 * the permission bits, such as 0600. ERR_FILE where a device, a pipe or a folder has that name. */
bool file_write_durable(const char *path, const void *bytes, size_t length, int mode, Error *err);
/* The same in place of a file that belongs to somebody: owner and permissions stay as they are;
 * `mode` is for one that did not exist. */
bool file_replace_durable(const char *path, const void *bytes, size_t length, int mode, Error *err);
/* The same without fsync, for what is worth nothing after a crash of the machine. */
bool file_write_atomic(const char *path, const void *bytes, size_t length, int mode, Error *err);

/* False, with ERR_FILE, for what is there and is no file; follows links. A renamed file would take
 * the place of a device that every program needs. */
bool file_can_be_written(const char *path, Error *err);

typedef enum FileKind { FILE_MISSING, FILE_REGULAR, FILE_FOLDER, FILE_LINK, FILE_OTHER } FileKind;
FileKind file_kind(const char *path); /* does not follow links */
bool file_exists(const char *path);   /* follows links */
bool file_size_of(const char *path, uint64_t *out, Error *err);
bool file_changed_ms(const char *path, int64_t *out,
                     Error *err); /* its content, by the wall clock */
bool file_set_mode(const char *path, int mode, Error *err);

bool file_rename_durable(const char *from, const char *to, Error *err); /* both folders fsynced */
bool file_remove(const char *path, Error *err);                         /* missing is success */

bool folder_create(const char *path, Error *err); /* with parents, 0700 what is new */
bool folder_sync(const char *path, Error *err);
/* Without following links. Missing is success. */
bool folder_remove_tree(const char *path, Error *err);
/* Names without "." and "..", sorted. */
bool folder_list(const char *path, TextList *out, Error *err);
/* Sum of the sizes of regular files below it. */
bool folder_size(const char *path, uint64_t *out, Error *err);
/* What an ordinary user may still write on the file system of `path` (its nearest existing parent).
 */
bool folder_free_bytes(const char *path, uint64_t *out, Error *err);

#endif
