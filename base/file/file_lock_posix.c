/* See file_lock.h.
 *
 * The holder has flock's exclusive lock. Whoever only looks takes the shared one for an instant, so
 * that two who look never disturb each other; and whoever wants the lock and cannot have it looks
 * too: if that works there was no holder, only somebody looking, and trying again is right. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/file/file_lock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_NOTE = 1000, MOST_TRIES = 200, PAUSE_MS = 1 };

struct FileLock {
    int descriptor;
    char *path;
};

typedef enum Outcome { TAKEN, HELD_BY_ANOTHER, DISTURBED, FAILED } Outcome;

static int lock_now(int descriptor, int how)
{
    while (flock(descriptor, how | LOCK_NB) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/* The file may have been removed and made anew between open and flock: then ours locks nothing. */
static bool still_has_name(int descriptor, const char *path)
{
    struct stat opened, named;

    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static Outcome try_open_file(int descriptor, const char *path)
{
    int number = lock_now(descriptor, LOCK_EX);

    if (number == 0)
        return still_has_name(descriptor, path) ? TAKEN : DISTURBED;
    if (number != EWOULDBLOCK) {
        errno = number;
        return FAILED;
    }
    return lock_now(descriptor, LOCK_SH) == 0 ? DISTURBED : HELD_BY_ANOTHER;
}

/* *out is open only where the lock was taken. */
static Outcome try_once(const char *path, int *out)
{
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int descriptor = open(path, flags, 0600);
    Outcome outcome = FAILED;
    int number = 0;

    if (descriptor < 0)
        return FAILED;
    outcome = try_open_file(descriptor, path);
    number = errno;
    if (outcome == TAKEN)
        *out = descriptor;
    else
        (void)close(descriptor);
    errno = number;
    return outcome;
}

/* What fails is left: a lock under another's note is still one. */
static void clear_note(int descriptor)
{
    if (ftruncate(descriptor, 0) != 0)
        return;
}

static bool own(int descriptor, const char *path, FileLock **out, Error *err)
{
    FileLock *lock = calloc(1, sizeof *lock);

    if (!lock || !(lock->path = text_copy(path))) {
        free(lock);
        (void)close(descriptor);
        return error_memory(err);
    }
    lock->descriptor = descriptor;
    clear_note(descriptor); /* of one who died */
    *out = lock;
    return true;
}

bool file_lock_try(const char *path, FileLock **out, Error *err)
{
    Outcome outcome = DISTURBED;
    int descriptor = -1;

    for (int tries = 0; outcome == DISTURBED && tries < MOST_TRIES; tries++) {
        if (tries > 0)
            (void)clock_sleep_ms(PAUSE_MS); /* interrupted or not, the tries are counted */
        outcome = try_once(path, &descriptor);
    }
    if (outcome == FAILED)
        return error_set_errno(err, ERR_FILE, errno, "locking %s", path);
    if (outcome == TAKEN)
        return own(descriptor, path, out, err);
    *out = NULL;
    return true;
}

bool file_lock_write_note(FileLock *lock, const char *note, Error *err)
{
    size_t length = strlen(note);
    ssize_t written = 0;

    if (length > LONGEST_NOTE)
        return error_set(err, ERR_INTERNAL, "the note of %s has %zu bytes, %d are possible",
                         lock->path, length, LONGEST_NOTE);
    if (ftruncate(lock->descriptor, 0) != 0)
        return error_set_errno(err, ERR_FILE, errno, "writing the note of %s", lock->path);
    do
        written = pwrite(lock->descriptor, note, length, 0);
    while (written < 0 && errno == EINTR);
    if (written < 0 || (size_t)written != length)
        return error_set_errno(err, ERR_FILE, written < 0 ? errno : ENOSPC,
                               "writing the note of %s", lock->path);
    return true;
}

bool file_lock_read_note(const char *path, char **out, Error *err)
{
    size_t length = 0;

    return file_read_all(path, LONGEST_NOTE, out, &length, err);
}

bool file_lock_is_held(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool held = false;

    if (descriptor < 0)
        return false;
    held = lock_now(descriptor, LOCK_SH) == EWOULDBLOCK;
    (void)close(descriptor);
    return held;
}

void file_lock_release(FileLock *lock)
{
    if (!lock)
        return;
    clear_note(lock->descriptor); /* who holds it: nobody */
    (void)close(lock->descriptor);
    free(lock->path);
    free(lock);
}
