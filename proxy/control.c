/* See control.h. */
#include "proxy/control.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/file/file_lock.h"
#include "base/net/channel.h"
#include "base/path.h"
#include "base/text.h"

#include <string.h>

enum {
    ANSWER_TIMEOUT_MS = 20000, /* above the engine's own deadlines for its workers */
    UPGRADE_TIMEOUT_MS = 40000,
    RETURN_TIMEOUT_MS = 10000, /* who has the lock and does not answer yet is starting */
    ORPHAN_TIMEOUT_MS = 500,   /* and has the lock soon; each question waits so long after a boot */
    RETRY_MS = 2
};

bool control_is_running(const char *folder)
{
    CLEANUP(free) char *lock = path_join(folder, "lock");

    return lock && file_lock_is_held(lock);
}

/* A socket without the lock is what a killed parent leaves: its worker may be about to take over.
 * One that stopped in good order took its socket with it, and nobody is to be waited for. The
 * socket is looked at first: who replaces it holds the lock meanwhile. */
static bool may_come_back(const char *folder, const char *socket, int64_t waited_ms)
{
    bool left_socket = file_exists(socket);

    if (control_is_running(folder))
        return waited_ms <= RETURN_TIMEOUT_MS;
    return left_socket && waited_ms <= ORPHAN_TIMEOUT_MS;
}

/* A parent that was killed is replaced by its worker within moments, in which nobody listens: asked
 * again as long as the lock says that somebody is there. Everything may be asked twice. */
static bool ask_patiently(const char *folder, const char *socket, const Json *question,
                          Json **answer, Error *err)
{
    int64_t began_ms = clock_monotonic_ms();

    while (!channel_ask(socket, question, ANSWER_TIMEOUT_MS, answer, err)) {
        if (err->code != ERR_NETWORK ||
            !may_come_back(folder, socket, clock_monotonic_ms() - began_ms))
            return false;
        if (!clock_sleep_ms(RETRY_MS))
            return false;
    }
    return true;
}

static bool is_yes(const Json *answer, Error *err)
{
    const char *why = json_get_text(answer, "error");

    if (json_get_bool(answer, "ok", false))
        return true;
    return error_set(err, ERR_ENGINE, "godeploy-proxy refused: %s", why ? why : "without a reason");
}

/* `question` is taken. *answer is written only on success. */
static bool ask(const char *folder, Json *question, Json **answer, Error *err)
{
    CLEANUP(json_free) Json *owned = question;
    CLEANUP(json_free) Json *heard = NULL;
    CLEANUP(free) char *socket = path_join(folder, "control.sock");

    if (!owned || !socket)
        return error_memory(err);
    if (!ask_patiently(folder, socket, owned, &heard, err)) {
        (void)error_while(err, "asking godeploy-proxy in %s", folder);
        return error_as(err, ERR_ENGINE);
    }
    if (!is_yes(heard, err))
        return false;
    *answer = TAKE(heard);
    return true;
}

static bool tell(const char *folder, Json *question, Error *err)
{
    CLEANUP(json_free) Json *answer = NULL;

    return ask(folder, question, &answer, err);
}

/* Failed puts mark the value, and channel_ask() refuses it. */
static Json *new_question(const char *what)
{
    Json *question = json_new_object();

    (void)json_put_text(question, "do", what);
    return question;
}

bool control_status(const char *folder, Json **out, Error *err)
{
    return ask(folder, new_question("status"), out, err);
}

bool control_set_route(const char *folder, const Route *route, Error *err)
{
    Json *question = new_question("route.set");

    (void)json_put(question, "route", route_to_json(route));
    return tell(folder, question, err);
}

bool control_remove_route(const char *folder, const char *app, Error *err)
{
    Json *question = new_question("route.remove");

    (void)json_put_text(question, "app", app);
    return tell(folder, question, err);
}

bool control_find_route(const char *folder, const char *app, Route *out, bool *found, Error *err)
{
    CLEANUP(json_free) Json *status = NULL;
    const Json *routes = NULL;

    if (!control_status(folder, &status, err))
        return false;
    routes = json_get(status, "routes");
    for (size_t i = 0; i < json_count(routes); i++) {
        const char *name = json_get_text(json_item(routes, i), "app");

        if (!name || !text_equal(name, app))
            continue;
        if (!route_from_json(json_item(routes, i), out, err))
            return error_as(err, ERR_ENGINE);
        *found = true;
        return true;
    }
    *found = false;
    return true;
}

static EngineSample read_sample(const Json *json)
{
    const Json *latency = json_get(json, "latency_us");
    const Json *failures = json_get(json, "failures");
    EngineSample sample = {
        .requests = json_get_integer(json, "requests", 0),
        .status_2xx = json_get_integer(json, "status_2xx", 0),
        .status_3xx = json_get_integer(json, "status_3xx", 0),
        .status_4xx = json_get_integer(json, "status_4xx", 0),
        .status_5xx = json_get_integer(json, "status_5xx", 0),
        .not_connected = json_get_integer(failures, "not_connected", 0),
        .timed_out = json_get_integer(failures, "timed_out", 0),
        .cut = json_get_integer(failures, "cut", 0),
        .garbled = json_get_integer(failures, "garbled", 0),
        .client_gone = json_get_integer(failures, "client_gone", 0),
        .latency_count = json_get_integer(latency, "count", 0),
        .p50_us = json_get_integer(latency, "p50", -1),
        .p95_us = json_get_integer(latency, "p95", -1),
        .p99_us = json_get_integer(latency, "p99", -1),
    };

    sample.failed = json_get_integer(json, "failed", 0) + sample.status_5xx;
    return sample;
}

static EngineCounts read_counts(const Json *json)
{
    const Json *window = json_get(json, "window");
    EngineCounts counts = {
        .in_flight = json_get_integer(json, "in_flight", 0),
        .idle = json_get_integer(json, "idle", 0),
        .upgraded = json_get_integer(json, "upgraded", 0),
        .total = read_sample(json),
        /* A proxy of an older build knows one stretch of time only. */
        .window = read_sample(window ? window : json),
    };

    counts.requests = counts.total.requests;
    counts.failed = counts.total.failed;
    counts.latency_count = counts.window.latency_count;
    counts.p95_us = counts.window.p95_us;
    return counts;
}

/* NOLINTNEXTLINE(readability-function-size): names three things, says one, gets one */
bool control_stats(const char *folder, const char *app, const char *slot, bool fresh,
                   EngineCounts *out, Error *err)
{
    CLEANUP(json_free) Json *answer = NULL;
    const Json *stats = NULL;
    Json *question = new_question("stats");

    (void)json_put_text(question, "app", app);
    (void)json_put_bool(question, "fresh", fresh);
    if (!ask(folder, question, &answer, err))
        return false;
    stats = json_get(json_get(answer, "slots"), slot);
    if (!stats)
        return error_set(err, ERR_ENGINE, "godeploy-proxy knows no slot %s of %s", slot, app);
    *out = read_counts(stats);
    return true;
}

/* NOLINTNEXTLINE(readability-function-size): as above */
bool control_close(const char *folder, const char *app, const char *slot, EngineClass class_,
                   int64_t over_ms, int64_t *closed, Error *err)
{
    CLEANUP(json_free) Json *answer = NULL;
    Json *question = new_question("close");

    (void)json_put_text(question, "app", app);
    (void)json_put_text(question, "slot", slot);
    (void)json_put_text(question, "class", engine_class_name(class_));
    (void)json_put_integer(question, "over_ms", over_ms);
    if (!ask(folder, question, &answer, err))
        return false;
    *closed = json_get_integer(answer, "closed", 0);
    return true;
}

bool control_metrics(const char *folder, char **out, Error *err)
{
    CLEANUP(json_free) Json *answer = NULL;
    const char *text = NULL;
    char *copy = NULL;

    if (!ask(folder, new_question("metrics"), &answer, err))
        return false;
    text = json_get_text(answer, "text");
    copy = text_copy(text ? text : "");
    if (!copy)
        return error_memory(err);
    *out = copy;
    return true;
}

bool control_serve_metrics(const char *folder, const char *address, Error *err)
{
    Json *question = new_question("metrics.listen");

    (void)json_put_text(question, "address", address);
    return tell(folder, question, err);
}

/* Asked once: a second time it would be another upgrade. */
bool control_upgrade(const char *folder, const char *program, int64_t grace_ms, int64_t *pid,
                     Error *err)
{
    CLEANUP(json_free) Json *question = new_question("upgrade");
    CLEANUP(json_free) Json *answer = NULL;
    CLEANUP(free) char *socket = path_join(folder, "control.sock");

    (void)json_put_text(question, "program", program);
    (void)json_put_integer(question, "grace_ms", grace_ms);
    if (!socket)
        return error_memory(err);
    if (!channel_ask(socket, question, UPGRADE_TIMEOUT_MS, &answer, err)) {
        (void)error_while(err, "asking godeploy-proxy in %s for an upgrade", folder);
        return error_as(err, ERR_ENGINE);
    }
    *pid = json_get_integer(answer, "pid", 0);
    return is_yes(answer, err);
}

bool control_stop(const char *folder, int64_t timeout_ms, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;

    if (!control_is_running(folder))
        return true;
    if (!tell(folder, new_question("stop"), err))
        return false;
    while (control_is_running(folder)) {
        if (clock_monotonic_ms() > deadline_ms)
            return error_set(err, ERR_ENGINE, "godeploy-proxy did not exit within %lld ms",
                             (long long)timeout_ms);
        if (!clock_sleep_ms(RETRY_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted while godeploy-proxy was stopping");
    }
    return true;
}
