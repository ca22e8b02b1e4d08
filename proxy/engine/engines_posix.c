/* The traffic engines of Linux and its relatives: see engine.h. */
#include "proxy/engine/engine_caddy.h"
#include "proxy/engine/engine_embedded.h"
#include "proxy/engine/engine_haproxy.h"
#include "proxy/engine/engine_nftables.h"

static const Engine *const engines[] = {
    &engine_embedded, /* the first is what `auto` takes */
    &engine_haproxy,
    &engine_caddy,
    &engine_nftables,
};

const Engine *engine_at(size_t index)
{
    return index < sizeof engines / sizeof engines[0] ? engines[index] : NULL;
}
