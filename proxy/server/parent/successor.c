/* See succession.h: the parent that comes. */
#include "base/text.h"
#include "proxy/server/parent/parent.h"
#include "proxy/server/parent/parent_lock.h"
#include "proxy/server/parent/parent_news.h"
#include "proxy/server/parent/parent_service.h"
#include "proxy/server/parent/succession.h"
#include "proxy/server/program.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 8 * 1024 * 1024, EXIT_IN_VAIN = 1 };

bool successor_waits(const Parent *parent)
{
    return parent->successor.waits;
}

static void say(Parent *parent, const char *what)
{
    CLEANUP(json_free) Json *message = json_new_object();

    (void)json_put_bool(message, what, true); /* a failure marks the value */
    (void)json_put_text(message, "version", GODEPLOY_VERSION);
    (void)message_send((uv_stream_t *)&parent->successor.channel, message, NULL);
}

/* Our workers have taken no client: they end by themselves when they see that another parent has
 * the lock. */
static void end_in_vain(Parent *parent, const char *why)
{
    event_log(&parent->log, "the upgrade is off: %s", why);
    exit(EXIT_IN_VAIN);
}

/* The sockets come first, so that whichever worker is told the routes has them. */
void successor_hear_worker(Parent *parent, WorkerProcess *worker)
{
    news_listeners(parent, worker);
    if (!workers_are_complete(&parent->workers))
        return;
    say(parent, "ready");
    event_log(&parent->log, "ready to follow process %lld",
              (long long)parent->successor.predecessor);
}

/* Until we say that we serve, the parent before us goes on where we end. */
static void on_told(void *context, const Json *answers)
{
    CLEANUP(json_free) Json *entitled = json_new_object();
    Parent *parent = context;

    for (size_t i = 0; i < json_count(answers); i++) {
        const char *error = json_get_text(json_item(answers, i), "error");

        if (error)
            end_in_vain(parent, error);
    }
    if (!workers_are_complete(&parent->workers))
        end_in_vain(parent, "a worker died of the routes, or was silent");
    parent_service_ready(parent);
    say(parent, "serving");
    (void)json_put_text(entitled, "do", "inherit"); /* a failure marks the value */
    workers_tell(&parent->workers, entitled);
    event_log(&parent->log, "version %s serves %zu routes", GODEPLOY_VERSION, parent->table.count);
    workers_retire(&parent->workers, parent->successor.grace_ms);
}

static bool take_workers(Parent *parent, const Json *known, Error *err)
{
    const Successor *successor = &parent->successor;

    for (size_t i = 0; i < successor->inheritance.channel_count; i++) {
        if (!workers_take_over(&parent->workers, successor->inheritance.channels[i],
                               json_item(known, i), err))
            return false;
    }
    return true;
}

static bool take(Parent *parent, const Json *message, Error *err)
{
    CLEANUP(json_free) Json *routes = NULL;
    RouteTable table = {0};

    parent->successor.grace_ms = json_get_integer(message, "grace_ms", 0);
    if (!routes_from_json(json_get(message, "table"), &table, err))
        return false;
    routes_free(&parent->table);
    parent->table = table;
    if (!parent_take_lock(parent, parent->successor.predecessor, err))
        return false;
    parent->successor.waits = false;
    parent->workers.in_reserve = false;
    if (!parent_settle(parent, err))
        event_log(&parent->log, "%s: tried again until it works", err->message);
    news_new_listeners(parent);
    news_all_pages(parent);
    if (!take_workers(parent, json_get(message, "workers"), err))
        return false;
    routes = news_routes(parent);
    return workers_ask(&parent->workers, routes, on_told, parent) || error_memory(err);
}

static void hear(Parent *parent, const Json *message)
{
    const char *what = json_get_text(message, "do");
    Error err = {0};

    if (what && text_equal(what, "take") && parent->successor.waits && !take(parent, message, &err))
        end_in_vain(parent, err.message);
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    Parent *parent = handle->data;

    (void)wanted;
    *out = uv_buf_init(parent->successor.block, SUCCESSION_BLOCK);
}

static void on_predecessor_gone(Parent *parent)
{
    if (parent->successor.waits)
        end_in_vain(parent, "the parent before has died");
    uv_close((uv_handle_t *)&parent->successor.channel, NULL);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    Parent *parent = stream->data;
    LineBuffer *lines = &parent->successor.lines;
    char *line = NULL;

    if (got < 0 || (got > 0 && !line_buffer_add(lines, block->base, (size_t)got))) {
        on_predecessor_gone(parent);
        return;
    }
    while (line_buffer_next(lines, &line) == LINE_WHOLE) {
        CLEANUP(free) char *owned = line;
        CLEANUP(json_free) Json *message = NULL;
        Error err = {0};

        if (json_parse(owned, strlen(owned), &message, &err))
            hear(parent, message);
    }
}

bool successor_start(Parent *parent, const struct ParentOptions *options, Error *err)
{
    Successor *successor = &parent->successor;

    successor->waits = true;
    parent->workers.in_reserve = true;
    successor->predecessor = options->dead_parent;
    successor->lines.limit = MESSAGE_MAX;
    successor->channel.data = parent;
    if (uv_pipe_init(parent->loop, &successor->channel, program_channel_ipc) < 0 ||
        uv_pipe_open(&successor->channel, PROGRAM_CHANNEL) < 0 ||
        uv_read_start((uv_stream_t *)&successor->channel, give_memory, on_read) < 0)
        return error_set(err, ERR_PROCESS, "the parent before left no channel");
    event_log(&parent->log, "version %s is about to follow process %lld", GODEPLOY_VERSION,
              (long long)successor->predecessor);
    workers_fill(&parent->workers);
    return true;
}
