/* See engine.h. The engines themselves: engines_posix.c, engines_windows.c. */
#include "proxy/engine/engine.h"

#include "base/net/connections.h"
#include "base/text.h"

bool engine_find(const char *name, const Engine **out, Error *err)
{
    if (text_equal(name, "auto")) {
        *out = engine_at(0);
        return true;
    }
    for (size_t i = 0; engine_at(i); i++)
        if (text_equal(engine_at(i)->name, name)) {
            *out = engine_at(i);
            return true;
        }
    (void)error_set(err, ERR_ENGINE, "traffic engine %s is not in this build", name);
    return error_hint(err, "Use traffic.engine: embedded, or auto.");
}

/* Half a percent of the clients: what weights of whole numbers leave. */
bool engine_shows_share(const EngineView *view, int64_t candidate_ppm)
{
    enum { NEAR_PPM = 5000 };
    int64_t off = view->candidate_ppm - candidate_ppm;

    if (candidate_ppm == 0 || view->candidate_ppm == 0)
        return off == 0;
    return off >= -NEAR_PPM && off <= NEAR_PPM;
}

bool engine_listens_on(const EngineView *view, const Address *address)
{
    for (size_t i = 0; i < view->listen_count; i++)
        if (address_equal(&view->listen[i], address))
            return true;
    return false;
}

EngineCounts engine_counts_of(int64_t in_flight)
{
    const EngineSample unmeasured = {.p50_us = -1, .p95_us = -1, .p99_us = -1};

    return (EngineCounts){
        .in_flight = in_flight, .total = unmeasured, .window = unmeasured, .p95_us = -1};
}

bool engine_count_open(const EngineContext *context, const char *slot, bool fresh,
                       EngineCounts *out, Error *err)
{
    int index = route_slot_index(&context->route, slot);
    int64_t open = 0;

    (void)fresh; /* nothing is measured */
    if (index == ROUTE_NO_SLOT)
        return error_set(err, ERR_ENGINE, "there is no slot %s", slot);
    if (!connections_count(context->route.slots[index].address.port, &open, err))
        return error_as(err, ERR_ENGINE);
    *out = engine_counts_of(open);
    return true;
}

const char *engine_class_name(EngineClass class_)
{
    switch (class_) {
    case CLASS_IN_FLIGHT:
        return "in_flight";
    case CLASS_IDLE:
        return "idle";
    case CLASS_UPGRADED:
        return "upgraded";
    }
    return "unknown";
}
