/* See config_reload.h. */
#include "deploy/config_reload.h"

#include "base/clock.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "deploy/instance_environment.h"
#include "proxy/probe.h"

#include <stdlib.h>

/* ---- who is told ---- */

/* The instance that serves, and the process that it is now. */
typedef struct Listener {
    const App *app;
    ServingRecord serving;
    Instance instance;
    ProcessId process;
} Listener;

static bool find_listener(const App *app, Listener *out, bool *runs, Error *err)
{
    InstanceState state = {0};

    *runs = false;
    *out = (Listener){.app = app};
    if (!journal_serving(app->journal, &out->serving, err))
        return false;
    if (out->serving.version[0] == '\0')
        return true;
    if (!instance_look(app, out->serving.slot, &state, err))
        return false;
    out->instance = (Instance){
        .version = out->serving.version, .slot = out->serving.slot, .id = out->serving.instance};
    out->process = state.process;
    *runs = state.process.pid != 0;
    return true;
}

/* ---- the word ---- */

static bool tell_by_signal(const Listener *listener, Error *err)
{
    static const ProcessSignal signals[] = {[CONFIG_SIGNAL_HUP] = PROCESS_HANGUP,
                                            [CONFIG_SIGNAL_USR1] = PROCESS_USER1,
                                            [CONFIG_SIGNAL_USR2] = PROCESS_USER2};

    return process_signal(&listener->process, signals[listener->app->settings->config.signal], err);
}

static bool tell_by_http(const Listener *listener, Error *err)
{
    const Settings *settings = listener->app->settings;
    CLEANUP_TEXT_LIST TextList pattern = {0};
    CLEANUP_TEXT_LIST TextList url = {0};
    HttpRequest request = {.method = "POST",
                           .timeout_ms = settings->config.timeout_ms,
                           .insecure_tls = true, /* the local instance's own certificate */
                           .fresh_connection = true};
    HttpResponse response = {0};
    int status = 0;

    if (!text_list_add(&pattern, settings->config.url, err) ||
        !instance_expand(listener->app, &listener->instance, &pattern, &url, err))
        return false;
    request.url = url.items[0];
    if (!http_request(&request, &response, err))
        return error_while(err, "POST %s", request.url);
    status = response.status;
    http_response_free(&response);
    if (status >= 200 && status < 300)
        return true;
    return error_set(err, ERR_UNHEALTHY, "POST %s was answered with %d, expected 2xx", request.url,
                     status);
}

static bool tell(const Listener *listener, Error *err)
{
    switch (listener->app->settings->config.reload) {
    case CONFIG_RELOAD_NONE:
        return true;
    case CONFIG_RELOAD_SIGNAL:
        return tell_by_signal(listener, err);
    case CONFIG_RELOAD_HTTP:
        return tell_by_http(listener, err);
    }
    return true;
}

bool config_reload(const App *app, bool *told, Error *err)
{
    Listener listener;

    if (!find_listener(app, &listener, told, err) || !*told)
        return !*told && err->code == ERR_NONE;
    if (tell(&listener, err))
        return true;
    if (err->code != ERR_INTERRUPTED && err->code != ERR_MEMORY)
        err->code = ERR_UNHEALTHY;
    return error_while(err, "telling release %s to read its configuration",
                       listener.serving.version);
}

/* ---- is it well? ---- */

static bool same_process_runs(void *context)
{
    const Listener *listener = context;

    return process_alive(&listener->process);
}

static bool become_healthy(Listener *listener, const ProbeCheck *check, Error *err)
{
    const Settings *settings = listener->app->settings;
    ProbeRepeat repeat = {.interval_ms = settings->check.interval_ms,
                          .passes = (int)settings->check.passes,
                          .deadline_ms = settings->check.deadline_ms,
                          .still_alive = same_process_runs,
                          .context = listener,
                          .log = instance_log_command(listener->serving.slot)};
    ProbeAnswer last = {0};
    int tries = 0;

    return probe_until_healthy(check, &repeat, &last, &tries, err);
}

static bool stay_healthy(Listener *listener, const ProbeCheck *check, Error *err)
{
    const Settings *settings = listener->app->settings;
    const int64_t end_ms = clock_monotonic_ms() + settings->config.watch_ms;
    ProbeAnswer answer = {0};

    while (clock_monotonic_ms() < end_ms) {
        if (!interrupt_check(err) || !probe_once(check, &answer, err))
            return false;
        if (!same_process_runs(listener))
            return error_set(err, ERR_UNHEALTHY, "its process has ended");
        if (!answer.ok)
            return error_set(err, ERR_UNHEALTHY, "it became unhealthy: %s", answer.seen);
        (void)clock_sleep_ms(settings->check.interval_ms); /* Ctrl-C is looked at above */
    }
    return true;
}

bool config_watch(const App *app, Error *err)
{
    CLEANUP_TEXT_LIST TextList exec = {0};
    Listener listener;
    ProbeCheck check = {0};
    bool runs = false;

    if (!find_listener(app, &listener, &runs, err))
        return false;
    if (!runs)
        return error_set(err, ERR_UNHEALTHY, "release %s has ended", listener.serving.version);
    if (!instance_health_check(app, &listener.instance, &exec, &check, err))
        return false;
    if (become_healthy(&listener, &check, err) && stay_healthy(&listener, &check, err))
        return true;
    if (err->code != ERR_INTERRUPTED)
        instance_show_last_lines(app, listener.serving.slot, err);
    return error_while(err, "watching release %s with the new configuration",
                       listener.serving.version);
}
