/* process_child: a process that stays our child, so that its end is told to us. For supervisors. */
#ifndef GODEPLOY_BASE_PROCESS_CHILD_POSIX_H
#define GODEPLOY_BASE_PROCESS_CHILD_POSIX_H

#include "base/process.h"

/* As process_start_detached(), but its end must be taken with process_take_ended(). */
bool process_start_child(const Spawn *spawn, ProcessId *out, Error *err);

/* Takes the end of one child, also of one that was inherited; false if none waits to be taken. Not
 * for programs in which somebody else waits for children. */
bool process_take_ended(ProcessEnd *out);

#endif
