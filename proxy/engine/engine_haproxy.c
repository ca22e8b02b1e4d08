/* See engine_haproxy.h.
 *
 * A server takes traffic if it is up and nobody took it out; the others are in state `maint`: it
 * lets what runs end, and sends nothing more, not even what a cookie would. The new server is
 * brought in before the old one is taken out, so that never nobody takes traffic. */
#include "proxy/engine/engine_haproxy.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "proxy/engine/haproxy_backend.h"
#include "proxy/public_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_WEIGHT = 256, /* SRV_UWGHT_MAX */
    CONFIGURED_WEIGHT = -1,
    PROOF_TIMEOUT_MS = 5000,
    PROOF_POLL_MS = 2,
    STATE_FILE_MODE = 0644 /* HAProxy may read it as another user; it holds no secret */
};

static bool ensure(const EngineContext *context, Error *err)
{
    if (haproxy_backend_usable(context, err))
        return true;
    (void)error_as(err, ERR_ENGINE);
    return haproxy_backend_hint(context, err);
}

/* ---- the route ---- */

static bool is_odd(int64_t weight)
{
    return weight % 2 != 0;
}

/* Both take traffic while a canary runs, and before godeploy set anything: then nobody is active.
 */
static void read_both(const HaproxyBackend *backend, EngineView *out)
{
    int candidate = is_odd(backend->servers[0].weight) ? 0 : 1;
    int64_t share = backend->servers[candidate].weight;
    int64_t rest = backend->servers[1 - candidate].weight;

    if (is_odd(share) == is_odd(rest))
        return;
    out->active = 1 - candidate;
    out->candidate_ppm = share * ROUTE_MILLION / (share + rest);
}

static void read_route(const HaproxyBackend *backend, EngineView *out)
{
    bool first = backend->servers[0].running, second = backend->servers[1].running;

    if (first && second)
        read_both(backend, out);
    else if (first || second)
        out->active = first ? 0 : 1;
}

static bool show(const EngineContext *context, EngineView *out, Error *err)
{
    HaproxyBackend backend;

    memset(out, 0, sizeof *out);
    out->active = ROUTE_NO_SLOT;
    if (!haproxy_backend_look(context, &backend, err)) {
        if (err->code != ERR_NETWORK)
            return error_as(err, ERR_ENGINE);
        *err = (Error){0}; /* that nobody listens is what is shown */
        return true;
    }
    out->running = true;
    out->known = backend.found;
    read_route(&backend, out);
    return true;
}

static bool is_running(const EngineContext *context, int slot, bool *running, Error *err)
{
    HaproxyBackend backend;

    if (!haproxy_backend_look(context, &backend, err) ||
        !haproxy_backend_check(context, &backend, err))
        return false;
    *running = backend.servers[slot].running;
    return true;
}

/* HAProxy's own checks may not have seen yet what ours have: that the instance is healthy. */
static bool bring_in(const EngineContext *context, int slot, int weight, Error *err)
{
    const char *name = context->route.slots[slot].name;
    char wanted[32] = "weight 100%";
    bool running = false;

    if (weight != CONFIGURED_WEIGHT)
        (void)snprintf(wanted, sizeof wanted, "weight %d", weight);
    if (!haproxy_backend_tell(context, name, wanted, err) ||
        !haproxy_backend_tell(context, name, "state ready", err) ||
        !is_running(context, slot, &running, err))
        return false;
    if (!running && (!haproxy_backend_tell(context, name, "health up", err) ||
                     !is_running(context, slot, &running, err)))
        return false;
    return running || error_set(err, ERR_ENGINE, "HAProxy sends no traffic to server %s", name);
}

static bool take_out(const EngineContext *context, int slot, Error *err)
{
    return haproxy_backend_tell(context, context->route.slots[slot].name, "state maint", err);
}

/* What a reload of HAProxy reads: `load-server-state-from-file global` in the backend. */
static bool keep_state(const EngineContext *context, Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    const char *path = context->options.haproxy_state_file;
    CLEANUP_TEXT Text state = {0};

    if (!path)
        return true;
    if (!haproxy_ask(&haproxy, "show servers state", &state, err) ||
        !file_write_atomic(path, text_chars(&state), state.length, STATE_FILE_MODE, err))
        return error_while(err, "keeping HAProxy's state in %s", path);
    return true;
}

void engine_haproxy_weights(int64_t ppm, int *active, int *candidate)
{
    int64_t nearest = INT64_MAX;

    for (int one = 1; one <= MOST_WEIGHT; one += 2) {
        int64_t other = (one * (ROUTE_MILLION - ppm) / ppm + 1) / 2 * 2; /* the nearest even one */
        int64_t wrong = 0;

        other = other < 2 ? 2 : other > MOST_WEIGHT ? MOST_WEIGHT : other;
        wrong = llabs((int64_t)one * ROUTE_MILLION / (one + other) - ppm);
        if (wrong >= nearest)
            continue;
        nearest = wrong;
        *candidate = one;
        *active = (int)other;
    }
}

static bool move(const EngineContext *context, const Route *route, Error *err)
{
    int weights[ROUTE_SLOTS_MAX] = {0};
    int count = (int)route->slot_count;

    if (route->active != ROUTE_NO_SLOT)
        weights[route->active] = CONFIGURED_WEIGHT;
    if (route->active != ROUTE_NO_SLOT && route->candidate_ppm > 0)
        engine_haproxy_weights(route->candidate_ppm, &weights[route->active],
                               &weights[1 - route->active]);
    for (int i = 0; i < count; i++)
        if (weights[i] != 0 && !bring_in(context, i, weights[i], err))
            return false;
    for (int i = 0; i < count; i++)
        if (weights[i] == 0 && !take_out(context, i, err))
            return false;
    return true;
}

static bool set(const EngineContext *context, const Route *route, Error *err)
{
    HaproxyBackend backend;

    if (haproxy_backend_look(context, &backend, err) &&
        haproxy_backend_check(context, &backend, err) && move(context, route, err) &&
        keep_state(context, err))
        return true;
    (void)error_as(err, ERR_ENGINE);
    return error_while(err, "setting the route of %s", context->app);
}

static bool remove_route(const EngineContext *context, Error *err)
{
    EngineView view = {0};

    if (!show(context, &view, err))
        return false;
    return !view.known || set(context, &context->route, err);
}

/* ---- figures ---- */

static EngineSample sample_of(const HaproxyRow *row)
{
    bool http = haproxy_number(row, "req_tot") > 0;
    EngineSample sample = {
        .requests = haproxy_number(row, http ? "req_tot" : "stot"),
        .status_2xx = haproxy_number(row, "hrsp_2xx"),
        .status_3xx = haproxy_number(row, "hrsp_3xx"),
        .status_4xx = haproxy_number(row, "hrsp_4xx"),
        .status_5xx = haproxy_number(row, "hrsp_5xx"),
        .not_connected = haproxy_number(row, "econ"),
        .cut = haproxy_number(row, "eresp"),
        .p50_us = -1,
        .p95_us = -1,
        .p99_us = -1,
    };

    sample.failed = sample.status_5xx + sample.not_connected + sample.cut;
    return sample;
}

static bool count(const EngineContext *context, const char *slot, bool fresh, EngineCounts *out,
                  Error *err)
{
    CLEANUP_TEXT Text table = {0};
    HaproxyRow row = {0};

    (void)fresh; /* HAProxy's counters are its owner's: they are read, never reset */
    if (!haproxy_backend_figures(context, slot, &table, &row, err))
        return error_as(err, ERR_ENGINE);
    *out = (EngineCounts){
        .in_flight = haproxy_number(&row, "scur"),
        .total = sample_of(&row),
        .window = {.p50_us = -1, .p95_us = -1, .p99_us = -1},
        .p95_us = -1
    };
    out->requests = out->total.requests;
    out->failed = out->total.failed;
    return true;
}

/* HAProxy tells no classes apart: all it has is in flight.
 * NOLINTNEXTLINE(readability-function-size): as Engine has it */
static bool close_class(const EngineContext *context, const char *slot, EngineClass class_,
                        int64_t over_ms, int64_t *closed, Error *err)
{
    const Haproxy haproxy = haproxy_of(context);
    EngineCounts counts = {0};
    CLEANUP(free)
    char *command =
        text_formatted("shutdown sessions server %s/%s", haproxy_backend_name(context), slot);

    (void)over_ms; /* it has no way to spread them */
    if (!command)
        return error_memory(err);
    if (!count(context, slot, false, &counts, err))
        return false;
    if (class_ == CLASS_IN_FLIGHT && counts.in_flight > 0 && !haproxy_tell(&haproxy, command, err))
        return error_as(err, ERR_ENGINE);
    *closed = class_ == CLASS_IN_FLIGHT ? counts.in_flight : 0;
    return true;
}

/* ---- the proof ---- */

typedef struct Totals {
    int64_t sessions[ROUTE_SLOTS_MAX];
} Totals;

static bool read_totals(const EngineContext *context, Totals *out, Error *err)
{
    for (size_t i = 0; i < context->route.slot_count; i++) {
        CLEANUP_TEXT Text table = {0};
        HaproxyRow row = {0};

        if (!haproxy_backend_figures(context, context->route.slots[i].name, &table, &row, err))
            return error_as(err, ERR_ENGINE);
        out->sessions[i] = haproxy_number(&row, "stot");
    }
    return true;
}

/* Nothing in an answer of HAProxy says which server gave it: the one whose count of sessions grew
 * did. Others ask at the same time, but only whom the route names: where the other one grew too,
 * nothing is proved, unless a canary has it do so. */
static int who_grew(const Totals *before, const Totals *after, const Route *route)
{
    bool active = after->sessions[route->active] > before->sessions[route->active];
    int other = 1 - route->active;
    bool other_too = after->sessions[other] > before->sessions[other];

    if (active && (!other_too || route->candidate_ppm > 0))
        return route->active;
    return other_too && !active ? other : ROUTE_NO_SLOT;
}

/* A connection is handed on after it is accepted: its count may come a moment later. */
static bool see_who_grew(const EngineContext *context, const Totals *before, const Route *route,
                         EngineAnswer *out, Error *err)
{
    int64_t deadline = clock_monotonic_ms() + (route->mode == ROUTE_TCP ? PROOF_TIMEOUT_MS : 0);
    Totals after = {0};

    do {
        if (!read_totals(context, &after, err))
            return false;
        out->slot = who_grew(before, &after, route);
        if (out->slot != ROUTE_NO_SLOT)
            return true;
        (void)clock_sleep_ms(PROOF_POLL_MS); /* the stage looks at Ctrl-C */
    } while (clock_monotonic_ms() < deadline);
    return true;
}

static bool ask_by(const EngineContext *context, const Route *route, const PublicRequest *request,
                   EngineAnswer *out, Error *err)
{
    Totals before = {0};

    return read_totals(context, &before, err) && public_request_send(request, out->seen, err) &&
           see_who_grew(context, &before, route, out, err);
}

/* A public address of HAProxy may speak TLS. */
static bool who_answers(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err)
{
    PublicRequest request = {.mode = route->mode,
                             .listen = listen,
                             .path = context->check_path,
                             .host = context->check_host,
                             .timeout_ms = PROOF_TIMEOUT_MS};
    EngineAnswer by_tls = {.slot = ROUTE_NO_SLOT};
    Error ignored = {0};
    bool asked = false;

    *out = (EngineAnswer){.slot = ROUTE_NO_SLOT, .seen = "no answer"};
    if (route->active == ROUTE_NO_SLOT)
        return true;
    asked = ask_by(context, route, &request, out, err);
    if (route->mode == ROUTE_TCP || (asked && out->slot != ROUTE_NO_SLOT))
        return asked;
    request.tls = true;
    if (!ask_by(context, route, &request, &by_tls, &ignored))
        return asked;
    *out = by_tls;
    *err = (Error){0}; /* of plain HTTP, which is not spoken there */
    return true;
}

const Engine engine_haproxy = {
    .name = "haproxy",
    .can = ENGINE_PER_REQUEST | ENGINE_PER_CONNECTION | ENGINE_WEIGHTS | ENGINE_CLIENT_ADDRESS |
           ENGINE_STATUS | ENGINE_CLOSES,
    .ensure = ensure,
    .show = show,
    .set = set,
    .remove = remove_route,
    .count = count,
    .close = close_class,
    .who_answers = who_answers,
};
