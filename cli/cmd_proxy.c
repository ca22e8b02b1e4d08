/* cmd_proxy: the embedded traffic engine by hand. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/question.h"
#include "deploy/runner/runner.h"
#include "proxy/control.h"
#include "proxy/engine/engine_embedded.h"

#include <stdio.h>

enum {
    STOP_TIMEOUT_MS = 30000,
    UPGRADE_GRACE_MS = 30000,
    UPGRADE_SLACK_MS = 15000,
    UPGRADE_LOOK_MS = 20
};

static bool start(Session *session, const char *folder, Error *err)
{
    const Runner *runner = NULL;
    bool started = false;

    (void)folder;
    if (!runner_find(session->settings->service.runner, &runner, err) ||
        !engine_embedded_start(session->settings->root, (runner->can & RUNNER_PROXY) != 0, &started,
                               err))
        return false;
    output_line(session->output,
                started ? "godeploy-proxy started" : "godeploy-proxy runs already");
    return true;
}

/* ---- stop ---- */

/* Of an app that is routed nowhere nobody can tell the difference. */
static void list_served(const Json *routes, Text *out)
{
    for (size_t i = 0; i < json_count(routes); i++) {
        const Json *route = json_item(routes, i);
        const char *release = json_get_text(route, "release");
        const char *listen = json_as_text(json_item(json_get(route, "listen"), 0));

        if (json_get_text(route, "active"))
            text_appendf(out, "%s%s (release %s, %s)", out->length > 0 ? ", " : "",
                         json_get_text(route, "app"), release ? release : "?",
                         listen ? listen : "?");
    }
}

/* One that does not answer may serve all the same. */
static bool may_be_stopped(const Session *session, const char *folder, Error *err)
{
    CLEANUP(json_free) Json *document = NULL;
    CLEANUP_TEXT Text served = {0}, what = {0};
    Error silent = {0};

    if (!control_is_running(folder))
        return true;
    if (control_status(folder, &document, &silent))
        list_served(json_get(document, "routes"), &served);
    else
        text_append(&served, "apps that cannot be told");
    if (served.length == 0)
        return true;
    text_appendf(&what,
                 "godeploy-proxy serves %s: once it is stopped nothing answers their clients",
                 text_chars(&served));
    return text_ok(&served, err) && text_ok(&what, err) &&
           question_confirm(session, text_chars(&what), err);
}

static bool stop(Session *session, const char *folder, Error *err)
{
    bool ran = control_is_running(folder);

    if (!may_be_stopped(session, folder, err) ||
        !engine_embedded_stop(session->settings->root, STOP_TIMEOUT_MS, err))
        return false;
    output_line(session->output,
                ran ? "godeploy-proxy stopped: nothing answers on its addresses now"
                    : "godeploy-proxy was not running");
    return true;
}

/* ---- status ---- */

static void print_gate(Session *session, const Json *route)
{
    const char *gate = json_get_text(route, "gate");
    const Json *held = json_get(route, "held");
    long long waiting = json_get_integer(held, "waiting", 0);
    long long turned_away = json_get_integer(held, "refused", 0) +
                            json_get_integer(held, "timed_out", 0) +
                            json_get_integer(held, "turned_away", 0);

    if (!gate || text_equal(gate, "open"))
        return;
    output_line(session->output, "  gate: %s; requests waiting: %lld, turned away: %lld", gate,
                waiting, turned_away);
}

static void print_canary(Session *session, const Json *route)
{
    const Json *canary = json_get(route, "canary");
    int64_t ppm = json_get_integer(canary, "ppm", 0);
    const char *release = json_get_text(canary, "release");

    if (ppm > 0)
        output_line(session->output, "  canary: %g%% of new clients see %s", (double)ppm / 10000.0,
                    release && release[0] ? release : "the candidate");
}

/* "-" where nothing was measured. */
static const char *milliseconds(const Json *slot, const char *percentile,
                                char out[TEXT_QUANTITY_SIZE])
{
    int64_t us = json_get_integer(json_get(slot, "latency_us"), percentile, -1);

    if (us < 0)
        return "-";
    (void)snprintf(out, TEXT_QUANTITY_SIZE, "%.1f ms", (double)us / 1000.0);
    return out;
}

/* Of a slot that never did anything there is nothing to say. */
static void print_slot(Session *session, const char *name, const Json *slot)
{
    const char *release = json_get_text(slot, "release");
    int64_t requests = json_get_integer(slot, "requests", 0);
    char p50[TEXT_QUANTITY_SIZE];
    char p99[TEXT_QUANTITY_SIZE];

    if (requests == 0)
        return;
    output_line(session->output,
                "  %s %s: %lld request%s, %lld answered 5xx, %lld failed; p50 %s, p99 %s; %lld in "
                "flight, %lld idle, %lld upgraded",
                name, release ? release : "", (long long)requests, text_plural(requests),
                (long long)json_get_integer(slot, "status_5xx", 0),
                (long long)json_get_integer(slot, "failed", 0), milliseconds(slot, "p50", p50),
                milliseconds(slot, "p99", p99), (long long)json_get_integer(slot, "in_flight", 0),
                (long long)json_get_integer(slot, "idle", 0),
                (long long)json_get_integer(slot, "upgraded", 0));
}

static void print_route(Session *session, const Json *route)
{
    const Json *listen = json_get(route, "listen");
    const Json *slots = json_get(route, "stats");
    const char *app = json_get_text(route, "app");
    const char *active = json_get_text(route, "active");
    const char *release = json_get_text(route, "release");

    for (size_t i = 0; i < json_count(listen); i++)
        output_line(session->output, "%s: %s -> %s %s", app ? app : "?",
                    json_as_text(json_item(listen, i)), active ? active : "nobody",
                    release ? release : "");
    print_gate(session, route);
    print_canary(session, route);
    for (size_t i = 0; i < json_count(slots); i++)
        print_slot(session, json_key(slots, i), json_get(slots, json_key(slots, i)));
}

static void print_workers(Session *session, const Json *workers)
{
    for (size_t i = 0; i < json_count(workers); i++) {
        const Json *worker = json_item(workers, i);

        output_line(session->output, "worker %lld: version %s%s",
                    (long long)json_get_integer(worker, "pid", 0), json_get_text(worker, "version"),
                    json_get_bool(worker, "leaving", false) ? ", finishes what it has" : "");
    }
}

static bool status(Session *session, const char *folder, Error *err)
{
    CLEANUP(json_free) Json *document = NULL;
    const Json *routes = NULL;

    if (!control_status(folder, &document, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON) {
        output_json(session->output, document);
        return true;
    }
    output_line(session->output, "godeploy-proxy %s, process %lld, %zu worker(s), %lld replaced",
                json_get_text(document, "version"), (long long)json_get_integer(document, "pid", 0),
                json_count(json_get(document, "workers")),
                (long long)json_get_integer(document, "worker_restarts", 0));
    print_workers(session, json_get(document, "workers"));
    if (json_get_text(document, "metrics") && json_get_text(document, "metrics")[0] != '\0')
        output_line(session->output, "metrics: http://%s/metrics",
                    json_get_text(document, "metrics"));
    routes = json_get(document, "routes");
    for (size_t i = 0; i < json_count(routes); i++)
        print_route(session, json_item(routes, i));
    if (json_get_text(document, "problem"))
        output_line(session->output, "! %s", json_get_text(document, "problem"));
    return true;
}

/* ---- upgrade ---- */

static bool has_leaving(const Json *workers)
{
    for (size_t i = 0; i < json_count(workers); i++) {
        if (json_get_bool(json_item(workers, i), "leaving", false))
            return true;
    }
    return false;
}

/* Until the workers of the build before have finished: within the budget they end, one way or the
 * other. */
static bool wait_for_the_last(const char *folder, int64_t patience_ms, Json **out, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + patience_ms;

    for (;;) {
        CLEANUP(json_free) Json *document = NULL;

        if (!control_status(folder, &document, err))
            return false;
        if (!has_leaving(json_get(document, "workers"))) {
            *out = TAKE(document);
            return true;
        }
        if (clock_monotonic_ms() >= deadline_ms)
            return error_set(err, ERR_ENGINE, "workers of the build before are there still");
        if (!clock_sleep_ms(UPGRADE_LOOK_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted while old workers were finishing");
    }
}

static bool who_serves_still(const char *folder, Error *err)
{
    CLEANUP(json_free) Json *document = NULL;
    Error ignored = {0};

    if (!control_status(folder, &document, &ignored))
        return control_is_running(folder) ? error_hint(err, "See %s/proxy.log.", folder) : false;
    return error_hint(err, "godeploy-proxy %s, process %lld, serves.",
                      json_get_text(document, "version"),
                      (long long)json_get_integer(document, "pid", 0));
}

static bool upgrade(Session *session, const char *folder, Error *err)
{
    int64_t set_ms = session->options.drain_ms;
    int64_t grace_ms = set_ms > 0 ? set_ms : UPGRADE_GRACE_MS;
    CLEANUP(json_free) Json *document = NULL;
    int64_t pid = 0;

    if (!engine_embedded_upgrade(session->settings->root, grace_ms, &pid, err))
        return who_serves_still(folder, err);
    if (!wait_for_the_last(folder, grace_ms + UPGRADE_SLACK_MS, &document, err))
        return who_serves_still(folder, err);
    output_line(session->output, "godeploy-proxy %s, process %lld, serves now; nobody was refused",
                json_get_text(document, "version"), (long long)pid);
    return true;
}

/* ---- metrics ---- */

static bool print_metrics(Session *session, const char *folder, Error *err)
{
    CLEANUP(free) char *text = NULL;

    if (!control_metrics(folder, &text, err))
        return false;
    output_text(session->output, text);
    return true;
}

static bool serve_metrics(Session *session, const char *folder, const char *where, Error *err)
{
    bool off = text_equal(where, "off");

    if (!control_serve_metrics(folder, off ? "" : where, err))
        return false;
    if (off)
        output_line(session->output, "metrics are served nowhere now");
    else
        output_line(session->output, "metrics are served at http://%s/metrics", where);
    return true;
}

static bool metrics(Session *session, const char *folder, Error *err)
{
    const char *where = session->options.argument_count > 1 ? session->options.arguments[1] : NULL;

    return where ? serve_metrics(session, folder, where, err) : print_metrics(session, folder, err);
}

typedef struct Word {
    const char *word;
    int most; /* arguments, this one included */
    bool (*run)(Session *session, const char *folder, Error *err);
} Word;

static const Word words[] = {
    {"start",   1, start  },
    {"stop",    1, stop   },
    {"status",  1, status },
    {"upgrade", 1, upgrade},
    {"metrics", 2, metrics},
};

static bool run_word(const Word *word, Session *session, const char *folder, Error *err)
{
    if (word->run(session, folder, err))
        return true;
    if (err->code == ERR_ENGINE && !control_is_running(folder))
        return error_hint(err, "It does not run: a deployment starts it, and so does `godeploy "
                               "proxy start`.");
    return false;
}

bool command_proxy(Session *session, Error *err)
{
    const char *word = session->options.arguments[0];
    CLEANUP(free) char *folder = NULL;

    if (!session_settings(session, err))
        return false;
    folder = engine_embedded_folder(session->settings->root);
    if (!folder)
        return error_memory(err);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!text_equal(word, words[i].word))
            continue;
        if (session->options.argument_count > words[i].most)
            return error_set(err, ERR_USAGE, "proxy %s takes nothing more, found \"%s\"", word,
                             session->options.arguments[1]);
        return run_word(&words[i], session, folder, err);
    }
    return error_set(err, ERR_USAGE, "proxy %s: there is start, stop, status, upgrade and metrics",
                     word);
}
