/* file_lock: a lock that belongs to the operating system and dies with its holder.
 *
 * Source: flock(2); LockFileEx on Windows. Not inherited by children: the file is close-on-exec. */
#ifndef GODEPLOY_BASE_FILE_FILE_LOCK_H
#define GODEPLOY_BASE_FILE_FILE_LOCK_H

#include "base/cleanup.h"
#include "base/error.h"

typedef struct FileLock FileLock;

/* Takes the lock at `path` (made if missing, 0600) or sets *out to NULL, with success, where
 * another process holds it. */
bool file_lock_try(const char *path, FileLock **out, Error *err);

/* Who holds it: text that the holder writes and others can read. At most 1000 bytes. */
bool file_lock_write_note(FileLock *lock, const char *note, Error *err);
bool file_lock_read_note(const char *path, char **out, Error *err);

/* True if some process holds the lock at `path` at this moment; takes nothing. */
bool file_lock_is_held(const char *path);

void file_lock_release(FileLock *lock);
DEFINE_CLEANUP(FileLock *, file_lock_release)

#endif
