/* load_message: the requests as they go over the wire: made once, sent again and again. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_MESSAGE_H
#define GODEPLOY_PROXY_LOAD_LOAD_MESSAGE_H

#include "proxy/load/load.h"

#include <uv.h>

typedef struct LoadMessage {
    uv_buf_t parts[2]; /* head, body; owned by the LoadMessages */
    unsigned int part_count;
    bool is_last; /* it says "Connection: close" */
} LoadMessage;

typedef struct LoadMessages {
    LoadMessage kinds[LOAD_KINDS];
    LoadMessage stream; /* no parts if the plan has no stream */
} LoadMessages;

bool load_messages_make(const LoadPlan *plan, LoadMessages *out, Error *err);
void load_messages_free(LoadMessages *messages);
#define CLEANUP_LOAD_MESSAGES __attribute__((cleanup(load_messages_free)))

#endif
