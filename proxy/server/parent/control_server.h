/* control_server: who connects to the control socket is heard line by line, one answer to each, in
 * order. What a question means is control_commands.c's affair. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_CONTROL_SERVER_H
#define GODEPLOY_PROXY_SERVER_PARENT_CONTROL_SERVER_H

#include "base/error.h"
#include "base/json.h"
#include "proxy/server/parent/control_door.h"

#include <uv.h>

enum { CONTROL_LINE_MAX = 1024 * 1024 };

typedef struct ControlClient ControlClient;

typedef struct ControlServer {
    uv_loop_t *loop;
    ControlDoor *door; /* NULL: closed */
    void (*asked)(void *owner, ControlClient *client, const Json *question);
    void *owner;
} ControlServer;

/* In `folder`, under `name` (control_door.h). Whoever is there already when it is closed gets his
 * answers. */
bool control_server_open(ControlServer *server, const char *folder, const char *name, Error *err);
void control_server_close(ControlServer *server);

/* Exactly once for each question, now or later. `answer` is taken; NULL says out of memory. */
void control_answer(ControlClient *client, Json *answer);
/* In place of an answer: the client has to ask again. */
void control_hang_up(ControlClient *client);
/* {"ok":false,"code":...,"error":...} */
void control_refuse(ControlClient *client, const char *code, const char *error);

#endif
