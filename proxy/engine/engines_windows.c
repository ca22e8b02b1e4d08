/* The traffic engines of Windows: see engine.h. */
#include "proxy/engine/engine_caddy.h"
#include "proxy/engine/engine_embedded.h"
#include "proxy/engine/engine_portproxy.h"

static const Engine *const engines[] = {
    &engine_portproxy, /* the first is what `auto` takes */
    &engine_embedded,
    &engine_caddy,
};

const Engine *engine_at(size_t index)
{
    return index < sizeof engines / sizeof engines[0] ? engines[index] : NULL;
}
