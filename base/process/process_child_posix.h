/* process_child: a process that stays our child, so that its end is told to us, and all that is
 * below us. For supervisors. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_CHILD_POSIX_H
#define GODEPLOY_BASE_PROCESS_PROCESS_CHILD_POSIX_H

#include "base/process/process.h"

/* As process_start_detached(), but its end must be taken with process_take_ended(). */
bool process_start_child(const Spawn *spawn, ProcessId *out, Error *err);

/* Takes the end of one child, also of one that was inherited; false if none waits to be taken. Not
 * for programs in which somebody else waits for children. */
bool process_take_ended(ProcessEnd *out);

/* Ends every descendant of `ancestor`, but not it. For a process that adopts orphans. */
bool process_kill_descendants(int64_t ancestor, Error *err);

/* How many descendants of `ancestor` run; zombies do not count. -1 if that cannot be seen. */
int64_t process_count_descendants(int64_t ancestor);

#endif
