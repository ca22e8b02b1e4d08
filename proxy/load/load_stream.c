#include "proxy/load/load_stream.h"

#include "base/clock.h"

enum { PAUSE_AFTER_CUT_US = 100000 };

static void on_finished(void *owner, void *job, LoadOutcome outcome, LoadConnection *connection,
                        bool idle)
{
    LoadStream *stream = owner;
    bool whole = outcome == LOAD_ANSWERED && load_connection_response(connection)->status < 400;

    (void)job;
    (void)idle; /* its request says "Connection: close" */
    load_tally_stream_end(stream->tally, whole);
    if (!whole)
        stream->not_before_us = clock_monotonic_us() + PAUSE_AFTER_CUT_US;
}

static void on_closed(void *owner, LoadConnection *connection, bool was_idle)
{
    LoadStream *stream = owner;

    (void)connection;
    (void)was_idle;
    stream->connection = NULL;
}

static void on_body(void *owner, uint64_t bytes)
{
    const LoadStream *stream = owner;

    load_tally_stream_bytes(stream->tally, bytes);
}

void load_stream_init(LoadStream *stream, const LoadTarget *target, const LoadMessage *message,
                      LoadTally *tally)
{
    *stream = (LoadStream){.target = *target, .message = message, .tally = tally};
    stream->target.owner = stream;
    stream->target.finished = on_finished;
    stream->target.closed = on_closed;
    stream->target.body = on_body;
}

bool load_stream_work(LoadStream *stream, int64_t now_us)
{
    if (stream->connection || stream->message->part_count == 0 || now_us < stream->not_before_us)
        return true;
    stream->connection = load_connection_new(&stream->target);
    if (!stream->connection)
        return false;
    load_connection_open(stream->connection, stream, stream->message);
    return true;
}

void load_stream_stop(LoadStream *stream)
{
    if (stream->connection)
        load_connection_close(stream->connection);
}
