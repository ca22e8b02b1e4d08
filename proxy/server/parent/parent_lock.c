/* See parent_lock.h. */
#include "proxy/server/parent/parent_lock.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/process/process.h"
#include "proxy/server/parent/parent.h"

enum { LOCK_PATIENCE_MS = 3000, LOCK_RETRY_MS = 5 };

/* The note in the lock is its holder's pid. One that is missing says nothing: its holder may be
 * about to write it, or could not (a full disk). */
static bool is_held_by_a_third(const char *path, int64_t dead_parent)
{
    CLEANUP(free) char *note = NULL;
    uint64_t holder = 0;
    ProcessId living = {0};
    Error err = {0};

    return file_lock_read_note(path, &note, &err) && text_parse_number(note, INT32_MAX, &holder) &&
           (int64_t)holder != dead_parent && process_identify((int64_t)holder, &living, &err);
}

static void sign_lock(Parent *parent)
{
    CLEANUP(free) char *note = text_formatted("%lld", (long long)process_own_pid());
    Error err = {0};

    if (note)
        (void)file_lock_write_note(parent->lock, note, &err); /* see is_held_by_a_third() */
}

/* The system lets go of a killed parent's descriptors one after another: its worker may know of its
 * death before the lock does. A lock that a third one holds is lost for good. */
bool parent_take_lock(Parent *parent, int64_t dead_parent, Error *err)
{
    CLEANUP(free) char *path = path_join(parent->folder, "lock");
    int64_t deadline_ms = clock_monotonic_ms() + LOCK_PATIENCE_MS;

    if (!path)
        return error_memory(err);
    do {
        if (!file_lock_try(path, &parent->lock, err))
            return false;
        if (parent->lock) {
            sign_lock(parent);
            return true;
        }
        uv_sleep(LOCK_RETRY_MS);
    } while (dead_parent > 0 && !is_held_by_a_third(path, dead_parent) &&
             clock_monotonic_ms() < deadline_ms);
    error_set(err, ERR_LOCKED, "another godeploy-proxy works in %s", parent->folder);
    return error_hint(err, "Ask it with `godeploy proxy status`.");
}

void parent_release_lock(Parent *parent)
{
    file_lock_release(parent->lock);
    parent->lock = NULL;
}
