/* See file_lock.h.
 *
 * The lock is on one byte far behind the note, for Windows keeps others from reading what is
 * locked. The holder has it exclusively. Whoever only looks takes it shared for an instant, so that
 * two who look never disturb each other; and whoever wants the lock and cannot have it looks too:
 * if that works there was no holder, only somebody looking, and trying again is right. Source:
 * LockFileEx. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/file/file_lock.h"
#include "base/file/private_windows.h"
#include "base/handle_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { LONGEST_NOTE = 1000, MOST_TRIES = 200, PAUSE_MS = 1, LOCKED_AT_HIGH = 0x40000000 };

/* Without FILE_SHARE_DELETE: a lock that somebody has cannot be removed and made anew. */
enum { SHARE_FOR_NOTES = FILE_SHARE_READ | FILE_SHARE_WRITE };

struct FileLock {
    HANDLE handle;
    char *path;
};

typedef enum Outcome { TAKEN, HELD_BY_ANOTHER, DISTURBED, FAILED } Outcome;

static DWORD lock_now(HANDLE handle, DWORD how)
{
    OVERLAPPED where = {.OffsetHigh = LOCKED_AT_HIGH};

    if (LockFileEx(handle, how | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where))
        return ERROR_SUCCESS;
    return GetLastError() == ERROR_IO_PENDING ? ERROR_LOCK_VIOLATION : GetLastError();
}

static Outcome try_open_file(HANDLE handle)
{
    DWORD number = lock_now(handle, LOCKFILE_EXCLUSIVE_LOCK);

    if (number == ERROR_SUCCESS)
        return TAKEN;
    if (number != ERROR_LOCK_VIOLATION) {
        SetLastError(number);
        return FAILED;
    }
    return lock_now(handle, 0) == ERROR_SUCCESS ? DISTURBED : HELD_BY_ANOTHER;
}

static HANDLE open_to_lock(const wchar_t *path)
{
    CLEANUP_PRIVATE_ACCESS PrivateAccess access = {0};
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};

    if (!private_access_for(path, &access))
        return NULL;
    attributes.lpSecurityDescriptor = access.descriptor;
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE, SHARE_FOR_NOTES, &attributes,
                       OPEN_ALWAYS, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* *out is open only where the lock was taken. */
static Outcome try_once(const wchar_t *path, HANDLE *out)
{
    CLEANUP(handle_close) HANDLE handle = open_to_lock(path);
    Outcome outcome = FAILED;

    if (!handle_is_valid(handle)) /* a scanner may have it to itself for a moment */
        return GetLastError() == ERROR_SHARING_VIOLATION ? DISTURBED : FAILED;
    outcome = try_open_file(handle);
    if (outcome == TAKEN)
        *out = TAKE(handle);
    return outcome;
}

static bool cut_note(HANDLE handle)
{
    FILE_END_OF_FILE_INFO end = {0};

    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof end);
}

static bool own(HANDLE handle, const char *path, FileLock **out, Error *err)
{
    FileLock *lock = calloc(1, sizeof *lock);

    if (!lock || !(lock->path = text_copy(path))) {
        free(lock);
        handle_close(handle);
        return error_memory(err);
    }
    lock->handle = handle;
    (void)cut_note(handle); /* of one who died; a lock under another's note is still one */
    *out = lock;
    return true;
}

bool file_lock_try(const char *path, FileLock **out, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    Outcome outcome = DISTURBED;
    HANDLE handle = NULL;

    if (!wide_path(path, &wide, err))
        return false;
    for (int tries = 0; outcome == DISTURBED && tries < MOST_TRIES; tries++) {
        if (tries > 0)
            (void)clock_sleep_ms(PAUSE_MS); /* interrupted or not, the tries are counted */
        outcome = try_once(wide, &handle);
    }
    if (outcome == FAILED)
        return error_set_os(err, ERR_FILE, "locking %s", path);
    if (outcome == TAKEN)
        return own(handle, path, out, err);
    *out = NULL;
    return true;
}

bool file_lock_write_note(FileLock *lock, const char *note, Error *err)
{
    OVERLAPPED at_start = {0};
    size_t length = strlen(note);
    DWORD written = 0;

    if (length > LONGEST_NOTE)
        return error_set(err, ERR_INTERNAL, "the note of %s has %zu bytes, %d are possible",
                         lock->path, length, LONGEST_NOTE);
    if (!cut_note(lock->handle) ||
        !WriteFile(lock->handle, note, (DWORD)length, &written, &at_start))
        return error_set_os(err, ERR_FILE, "writing the note of %s", lock->path);
    if (written != length)
        return error_set_windows(err, ERR_FILE, ERROR_DISK_FULL, "writing the note of %s",
                                 lock->path);
    return true;
}

bool file_lock_read_note(const char *path, char **out, Error *err)
{
    size_t length = 0;

    return file_read_all(path, LONGEST_NOTE, out, &length, err);
}

bool file_lock_is_held(const char *path)
{
    Error unnamed; /* what cannot be a name here is no lock */
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(handle_close) HANDLE handle = NULL;

    if (!wide_path(path, &wide, &unnamed))
        return false;
    handle = CreateFileW(wide, GENERIC_READ, SHARE_FOR_NOTES, NULL, OPEN_EXISTING,
                         FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    return handle_is_valid(handle) && lock_now(handle, 0) == ERROR_LOCK_VIOLATION;
}

void file_lock_release(FileLock *lock)
{
    if (!lock)
        return;
    (void)cut_note(lock->handle); /* who holds it: nobody */
    handle_close(lock->handle);
    free(lock->path);
    free(lock);
}
