/* pool: the connections to a slot that rest between two requests. See upstream.h. */
#include "proxy/server/upstream.h"

static int64_t now_ms(const Slot *slot)
{
    return (int64_t)uv_now(slot->connections->loop);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type of an event */
static void on_rest_disturbed(void *owner, char *bytes, size_t length)
{
    (void)bytes; /* an answer that nobody asked for */
    (void)length;
    upstream_close(owner);
}

static void on_rest_ended(void *owner, int status)
{
    (void)status;
    upstream_close(owner);
}

static const ConnectionEvents resting = {
    .data = on_rest_disturbed,
    .end = on_rest_ended,
    .write_failed = on_rest_ended,
};

Upstream *pool_take(Slot *slot, int64_t most_idle_ms)
{
    while (!link_alone(&slot->idle)) {
        Upstream *upstream = LINK_OWNER(slot->idle.previous, Upstream, idle);

        if (now_ms(slot) - upstream->idle_since_ms > most_idle_ms)
            return NULL; /* all others rest longer */
        if (connection_is_quiet(upstream->connection)) {
            link_remove(&upstream->idle);
            slot->stats.idle--;
            upstream->reused = true;
            return upstream;
        }
        upstream_close(upstream);
    }
    return NULL;
}

void pool_give(Upstream *upstream)
{
    Slot *slot = upstream->slot;

    if (!slot->active || slot->stats.idle >= slot->pool_max ||
        connection_has_ended(upstream->connection) || connection_unsent(upstream->connection) > 0) {
        upstream_close(upstream);
        return;
    }
    upstream->idle_since_ms = now_ms(slot);
    link_add_last(&slot->idle, &upstream->idle);
    slot->stats.idle++;
    connection_set_owner(upstream->connection, &resting, upstream);
    connection_read(upstream->connection, true);
}

size_t pool_close(Slot *slot)
{
    size_t count = 0;

    (void)slot_keep(slot);
    for (; !link_alone(&slot->idle); count++)
        upstream_close(LINK_OWNER(slot->idle.next, Upstream, idle));
    slot_drop(slot);
    return count;
}

void pool_sweep(Slot *slot)
{
    while (!link_alone(&slot->idle)) {
        Upstream *oldest = LINK_OWNER(slot->idle.next, Upstream, idle);

        if (now_ms(slot) - oldest->idle_since_ms <= POOL_IDLE_MS)
            return;
        upstream_close(oldest);
    }
}
