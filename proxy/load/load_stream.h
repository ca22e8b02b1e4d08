/* load_stream: one long answer that is read all the time, to see whether a deployment cuts it. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_STREAM_H
#define GODEPLOY_PROXY_LOAD_LOAD_STREAM_H

#include "proxy/load/load_connection.h"

typedef struct LoadStream {
    LoadTarget target;
    const LoadMessage *message;
    LoadTally *tally;
    LoadConnection *connection; /* NULL: to be opened */
    int64_t not_before_us;      /* after a cut it is not opened at once: the server may be gone */
} LoadStream;

/* `target` without owner and callbacks. */
void load_stream_init(LoadStream *stream, const LoadTarget *target, const LoadMessage *message,
                      LoadTally *tally);
/* Opens it where it is not open. False if out of memory. */
bool load_stream_work(LoadStream *stream, int64_t now_us);
/* Closes it; that is neither whole nor cut. */
void load_stream_stop(LoadStream *stream);

#endif
