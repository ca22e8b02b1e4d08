/* control_pending: a question of a control client that cannot be answered before the workers have
 * been asked. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_CONTROL_PENDING_H
#define GODEPLOY_PROXY_SERVER_PARENT_CONTROL_PENDING_H

#include "proxy/server/parent/parent.h"

typedef struct Pending {
    Parent *parent;
    ControlClient *client;
    char app[ROUTE_APP_SIZE]; /* "": none in particular */
} Pending;

/* NULL after having refused: out of memory. `app` may be NULL. */
Pending *pending_new(Parent *parent, ControlClient *client, const char *app);
/* `done` gets the Pending as its context, and frees it; after a refusal it is freed already. */
void pending_ask(Pending *pending, Json *message, WorkersAnswered *done);

Json *pending_yes(void); /* {"ok":true}; NULL if out of memory */

#endif
