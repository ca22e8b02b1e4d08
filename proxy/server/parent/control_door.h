/* control_door: where those come in who ask the parent: a Unix socket (0600 from its first moment
 * on), or a named pipe for administrators, the system and the account that the parent runs as,
 * never for another host. FOLDER/NAME is there as long as it is open, and of a parent that was
 * killed it is left behind (control.c looks).
 *
 * Source: unix(7); https://learn.microsoft.com/windows/win32/ipc/named-pipes. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_CONTROL_DOOR_H
#define GODEPLOY_PROXY_SERVER_PARENT_CONTROL_DOOR_H

#include "base/error.h"

#include <uv.h>

typedef struct ControlDoor ControlDoor;

/* Somebody waits: control_door_admit() before it returns. */
typedef void ControlKnock(void *owner);

typedef struct ControlPlace {
    const char *folder;
    const char *name;
    ControlKnock *knock;
    void *owner;
} ControlPlace;

/* What is left there of an earlier process is removed: the caller holds the folder's lock. */
bool control_door_open(uv_loop_t *loop, const ControlPlace *place, ControlDoor **out, Error *err);
/* Into `client`, which is initialised without IPC. 0, or why not. */
int control_door_admit(ControlDoor *door, uv_pipe_t *client);
/* Frees it. FOLDER/NAME is the caller's to remove. */
void control_door_close(ControlDoor *door);

#endif
