/* family: the instance and all that it started, as the loop of its supervisor has them: how they
 * begin, what is heard of them, how they end. With them comes the word that they, and the
 * supervisor, shall stop.
 *
 * family_linux.c: the supervisor inherits orphans, so that whatever was started is below it by
 * parentage; SIGTERM and SIGINT are the word. family_windows.c: they are in a job object, which
 * does not end them when the supervisor is killed; the word is its stop event
 * (base/process/stop_event_windows.h). */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_FAMILY_H
#define GODEPLOY_DEPLOY_SUPERVISE_FAMILY_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process/process.h"

#include <uv.h>

/* Called on the loop. */
typedef struct FamilyEvents {
    /* The instance ended. `end` is NULL where how cannot be known: it was somebody else's child. */
    void (*instance_ended)(void *context, const ProcessEnd *end);
    void (*member_ended)(void *context); /* another one did, where that is heard of */
    void (*stop_wanted)(void *context);  /* may come again */
    void *context;
} FamilyEvents;

typedef struct Family Family;

/* `loop` and `events` are borrowed. Once per process. *out is also set after most errors: whoever
 * called closes and frees it. */
bool family_open(uv_loop_t *loop, const FamilyEvents *events, Family **out, Error *err);

/* Starts the instance; at most one at a time. */
bool family_start(Family *family, const Spawn *spawn, ProcessId *out, Error *err);

/* Watches an instance that another supervisor started, and what it started that can be found. */
bool family_adopt(Family *family, const ProcessId *instance, Error *err);

/* Says the word to the instance, and to those that would hear it with it. */
bool family_ask_to_stop(Family *family, Error *err);

/* Ends all that are left, without asking. They may live for a moment more: family_is_gone(). */
bool family_kill(Family *family, Error *err);
bool family_is_gone(Family *family);

/* Nothing is heard of them any more; its handles are closed in the next turn of the loop, and then
 * it can be freed. Those that live go on living. Both accept NULL. */
void family_close(Family *family);
void family_free(Family *family);
DEFINE_CLEANUP(Family *, family_free)

#endif
