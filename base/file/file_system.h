/* file_system: what libuv does not level about files and their names. Inner part of file.h; differs
 * by system.
 *
 * On Windows others look at a new file at once (scanners, the indexer) and hold it for a moment:
 * what they stop is tried again for two seconds (windows-facts.md, section C), until somebody
 * presses Ctrl-C; then the error says who holds the file. Errors are those of file.h. */
#ifndef GODEPLOY_BASE_FILE_FILE_SYSTEM_H
#define GODEPLOY_BASE_FILE_FILE_SYSTEM_H

#include "base/error.h"
#include "base/file/file.h"

/* `path` as libuv takes it here, however long it is. NULL, with the reason, for a name that this
 * system cannot keep. Caller frees. */
char *file_system_path(const char *path, Error *err);

/* What stands under a name. */
typedef struct FileLook {
    FileKind kind;
    uint64_t size_bytes;
    int64_t changed_ms; /* its content, by the wall clock */
} FileLook;

/* A libuv status: 0, UV_ENOENT, ..., UV_EINVAL for what cannot be a name here. A link is followed,
 * or is what stands there. */
int file_system_look(const char *path, bool follow, FileLook *out);
/* The same of an open file. */
int file_system_look_open(int descriptor, FileKind *kind, uint64_t *size_bytes);

/* The open file as libuv's calls take it. Files that are made are for their owner alone (0600); on
 * Windows they inherit what their folder allows, unless it is open to groups of users. */
bool file_system_open(const char *path, FileMode mode, int *descriptor, Error *err);

/* Makes one folder, 0700; on Windows as new files are. A libuv status: 0, UV_EEXIST, ... */
int file_system_make_folder(const char *path);

/* In the place of a file that is there. On Windows the name is on disk afterwards. */
bool file_system_rename(const char *from, const char *to, Error *err);

/* One file or link. Missing is success. */
bool file_system_remove(const char *path, Error *err);

/* The permission bits of an open file that is ours, or of what stands at `path`. Windows has no
 * such bits: there only one thing is said by them, whether it is for the owner alone. */
bool file_system_set_open_mode(int descriptor, const char *path, int mode, Error *err);
bool file_system_set_mode(const char *path, int mode, Error *err);

/* Gives an open file that is ours the owner and the permissions (Windows: the access list) that
 * `like` has. *was_there is false, and nothing done, where there is no such file. */
bool file_system_be_like(int descriptor, const char *like, bool *was_there, Error *err);

#endif
