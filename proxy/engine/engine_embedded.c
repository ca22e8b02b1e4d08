/* See engine_embedded.h. The server's side is proxy/server/, what is said between the two
 * control.h. */
#include "proxy/engine/engine_embedded.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/http/http.h"
#include "base/path.h"
#include "base/process/companion.h"
#include "base/process/process.h"
#include "base/text.h"
#include "proxy/control.h"
#include "proxy/proxy_service.h"

#include <stdio.h>
#include <string.h>

enum {
    START_TIMEOUT_MS = 10000,
    START_POLL_MS = 2,
    PROOF_TIMEOUT_MS = 5000,
    PROOF_BODY_MOST = 1024
};

char *engine_embedded_folder(const char *root)
{
    return path_join(root, "proxy");
}

/* ---- being there ---- */

bool engine_embedded_program(char **out, Error *err)
{
    return companion_find("godeploy-proxy", out, err) || error_as(err, ERR_ENGINE);
}

static bool wait_until_it_answers(const char *folder, const ProcessId *process, const char *log,
                                  Error *err)
{
    int64_t deadline = clock_monotonic_ms() + START_TIMEOUT_MS;
    CLEANUP(json_free) Json *status = NULL;

    while (!control_status(folder, &status, err)) {
        /* One that lost the race against another godeploy's ends, and the winner answers. */
        bool ended = !process_alive(process) && !control_is_running(folder);

        if (ended)
            (void)error_set(err, ERR_ENGINE, "godeploy-proxy ended right after it was started");
        if (ended || clock_monotonic_ms() >= deadline)
            return error_hint(err, "See %s.", log);
        (void)clock_sleep_ms(START_POLL_MS); /* Ctrl-C is looked at by the stage */
    }
    return true;
}

typedef bool (*ServiceCall)(const char *root, const char *program, Error *err);

static bool call_service(ServiceCall call, const char *root, Error *err)
{
    CLEANUP(free) char *program = NULL;
    CLEANUP(free) char *absolute = NULL;

    return engine_embedded_program(&program, err) && path_absolute(program, &absolute, err) &&
           call(root, absolute, err);
}

static bool start_it(const char *folder, Error *err)
{
    CLEANUP(free) char *program = NULL;
    CLEANUP(free) char *log = path_join(folder, "proxy.log");
    const char *argv[] = {NULL, "--folder", folder, NULL};
    Spawn spawn = {.argv = argv, .folder = "/", .output_path = log};
    ProcessId process = {0};

    if (!log)
        return error_memory(err);
    if (!engine_embedded_program(&program, err))
        return false;
    argv[0] = program;
    return folder_create(folder, err) && process_start_detached(&spawn, &process, err) &&
           wait_until_it_answers(folder, &process, log, err);
}

bool engine_embedded_start(const char *root, bool as_service, bool *started, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(root);
    CLEANUP(json_free) Json *status = NULL;
    Error ignored = {0};
    bool done = false;

    if (!folder)
        return error_memory(err);
    *started = !control_status(folder, &status, &ignored);
    if (*started)
        done = as_service ? call_service(proxy_service_start, root, err) : start_it(folder, err);
    else /* whoever runs it in the foreground has a service manager of his own */
        done = !as_service || json_get_bool(status, "foreground", false) ||
               call_service(proxy_service_install, root, err);
    if (done)
        return true;
    if (err->code != ERR_PERMISSION)
        err->code = ERR_ENGINE;
    return error_while(err, "starting godeploy-proxy");
}

bool engine_embedded_stop(const char *root, int64_t timeout_ms, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(root);

    if (!folder)
        return error_memory(err);
    return proxy_service_stop(root, err) && control_stop(folder, timeout_ms, err);
}

bool engine_embedded_upgrade(const char *root, int64_t grace_ms, int64_t *pid, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(root);
    CLEANUP(free) char *program = NULL;
    CLEANUP(free) char *absolute = NULL;

    if (!folder)
        return error_memory(err);
    return engine_embedded_program(&program, err) && path_absolute(program, &absolute, err) &&
           control_upgrade(folder, absolute, grace_ms, pid, err) &&
           proxy_service_update(root, absolute, err);
}

static bool ensure(const EngineContext *context, Error *err)
{
    bool started = false;

    return engine_embedded_start(context->root, context->options.as_service, &started, err);
}

/* ---- routes ---- */

static bool show(const EngineContext *context, EngineView *out, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);
    Route route;

    if (!folder)
        return error_memory(err);
    memset(out, 0, sizeof *out);
    out->active = ROUTE_NO_SLOT;
    if (!control_find_route(folder, context->app, &route, &out->known, err)) {
        if (control_is_running(folder))
            return false; /* it is there, but does not answer */
        return true;
    }
    out->running = true;
    if (!out->known)
        return true;
    out->active = route.active;
    memcpy(out->listen, route.listen, sizeof out->listen);
    out->listen_count = route.listen_count;
    out->gate = route.gate;
    out->candidate_ppm = route.candidate_ppm;
    (void)snprintf(out->release, sizeof out->release, "%s", route.release);
    return true;
}

static bool set(const EngineContext *context, const Route *route, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);

    if (!folder)
        return error_memory(err);
    return control_set_route(folder, route, err);
}

static bool remove_route(const EngineContext *context, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);

    if (!folder)
        return error_memory(err);
    return !control_is_running(folder) || control_remove_route(folder, context->app, err);
}

static bool count(const EngineContext *context, const char *slot, bool fresh, EngineCounts *out,
                  Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);

    if (!folder)
        return error_memory(err);
    return control_stats(folder, context->app, slot, fresh, out, err);
}

/* NOLINTNEXTLINE(readability-function-size): as Engine has it */
static bool close_class(const EngineContext *context, const char *slot, EngineClass class_,
                        int64_t over_ms, int64_t *closed, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);

    if (!folder)
        return error_memory(err);
    return control_close(folder, context->app, slot, class_, over_ms, closed, err);
}

/* ---- the proof ---- */

/* The engine names the slot only to who knows the route's token, so that nobody else learns of
 * slots. */
static bool ask_http(const EngineContext *context, const Route *route, const char *url,
                     EngineAnswer *out, Error *err)
{
    CLEANUP_TEXT_LIST TextList headers = {0};
    CLEANUP(free) char *token = text_formatted("Godeploy-Proof: %s", route->proof);
    HttpResponse response = {0};
    HttpRequest request = {.url = url,
                           .host = context->check_host,
                           .timeout_ms = PROOF_TIMEOUT_MS,
                           .most_bytes = PROOF_BODY_MOST,
                           .wanted_header = "Godeploy-Slot",
                           .fresh_connection = true};

    if (!token || !text_list_add(&headers, token, err))
        return error_memory(err);
    request.headers = &headers;
    if (!http_request(&request, &response, err))
        return false;
    out->slot = route_slot_index(route, response.header);
    (void)snprintf(out->seen, sizeof out->seen, "HTTP %d from %.60s", response.status,
                   response.header[0] != '\0' ? response.header : "no slot");
    http_response_free(&response);
    return true;
}

static bool connections_of(const char *folder, const Route *route, int64_t *out, Error *err)
{
    EngineCounts counts = {0};

    if (!control_stats(folder, route->app, route->slots[route->active].name, false, &counts, err))
        return false;
    *out = counts.requests;
    return true;
}

/* A connection carries no name: the slot whose count grew took it. Others may connect at the same
 * time, but only to the slot that the route names; a share of them to a candidate, so that more
 * than one try may be needed. */
static bool ask_tcp(const char *folder, const Route *route, const Address *reach, EngineAnswer *out,
                    Error *err)
{
    int64_t before = 0, after = 0;
    int64_t deadline = clock_monotonic_ms() + PROOF_TIMEOUT_MS;
    bool again = true;

    if (!connections_of(folder, route, &before, err))
        return false;
    do {
        if (again && !address_can_connect(reach, PROOF_TIMEOUT_MS, err))
            return false;
        if (!connections_of(folder, route, &after, err))
            return false;
        if (after > before)
            break;
        again = route->candidate_ppm > 0;
        (void)clock_sleep_ms(START_POLL_MS); /* the stage looks at Ctrl-C */
    } while (clock_monotonic_ms() < deadline);
    out->slot = after > before ? route->active : ROUTE_NO_SLOT;
    (void)snprintf(out->seen, sizeof out->seen, "a connection to %s",
                   out->slot == ROUTE_NO_SLOT ? "no slot" : route->slots[route->active].name);
    return true;
}

/* Behind a gate that is shut no connection gets anywhere, and none of ours can say that it should:
 * the word of the engine has to do. */
static bool ask_engine(const EngineContext *context, const Route *route, EngineAnswer *out,
                       Error *err)
{
    EngineView view = {0};

    if (!show(context, &view, err))
        return false;
    out->slot = view.active;
    (void)snprintf(out->seen, sizeof out->seen, "no connection: the gate is %s, and leads to %s",
                   route_gate_name(view.gate),
                   view.active == ROUTE_NO_SLOT ? "no slot" : route->slots[view.active].name);
    return true;
}

static bool who_answers(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err)
{
    CLEANUP(free) char *folder = engine_embedded_folder(context->root);
    CLEANUP(free) char *url = NULL;
    Address reach = address_to_reach(listen);
    char text[ADDRESS_TEXT_SIZE];

    if (!folder)
        return error_memory(err);
    *out = (EngineAnswer){.slot = ROUTE_NO_SLOT, .seen = "no answer"};
    if (route->active == ROUTE_NO_SLOT)
        return true;
    if (route->mode == ROUTE_TCP && route->gate != ROUTE_OPEN)
        return ask_engine(context, route, out, err);
    if (route->mode == ROUTE_TCP)
        return ask_tcp(folder, route, &reach, out, err);
    url = text_formatted("http://%s%s", address_format(&reach, text), context->check_path);
    return url ? ask_http(context, route, url, out, err) : error_memory(err);
}

const Engine engine_embedded = {
    .name = "embedded",
    .can = ENGINE_PER_REQUEST | ENGINE_PER_CONNECTION | ENGINE_OPENS_PORT | ENGINE_CLIENT_ADDRESS |
           ENGINE_PROXY_HEADER | ENGINE_WEIGHTS | ENGINE_PAUSE | ENGINE_COUNTS_CLASSES |
           ENGINE_STATUS | ENGINE_LATENCY | ENGINE_CLOSES,
    .ensure = ensure,
    .show = show,
    .set = set,
    .remove = remove_route,
    .count = count,
    .close = close_class,
    .who_answers = who_answers,
};
