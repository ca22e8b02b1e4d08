/* See control_pending.h. */
#include "proxy/server/parent/control_pending.h"

#include <stdlib.h>

Json *pending_yes(void)
{
    Json *answer = json_new_object();

    (void)json_put_bool(answer, "ok", true); /* a failure marks the value, here and below */
    return answer;
}

Pending *pending_new(Parent *parent, ControlClient *client, const char *app)
{
    Pending *pending = calloc(1, sizeof *pending);

    if (!pending) {
        control_refuse(client, "memory", "out of memory");
        return NULL;
    }
    pending->parent = parent;
    pending->client = client;
    for (size_t i = 0; app && app[i] && i + 1 < sizeof pending->app; i++)
        pending->app[i] = app[i];
    return pending;
}

void pending_ask(Pending *pending, Json *message, WorkersAnswered *done)
{
    if (workers_ask(&pending->parent->workers, message, done, pending))
        return;
    control_refuse(pending->client, "memory", "out of memory");
    free(pending);
}
