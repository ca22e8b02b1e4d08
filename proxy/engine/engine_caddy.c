/* See engine_caddy.h. The configuration is read with its ETag, changed, and put back on the
 * condition that nobody changed it meanwhile; Caddy takes the whole of it or nothing. Source:
 * caddyserver.com/docs/api, Caddy 2.6. */
#include "proxy/engine/engine_caddy.h"

#include "base/clock.h"
#include "base/http/http.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "proxy/engine/caddy_config.h"
#include "proxy/public_request.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    ANSWER_MOST = 8 << 20, /* a configuration */
    REASON_MOST = 300,
    ETAG_SIZE = 256,
    ASKED_MOST = 5, /* a Caddy that takes a new configuration cuts who is asking it */
    PAUSE_MS = 20,  /* before the second try; doubled each time while asking */
    STATUS_OK = 200,
    STATUS_CHANGED = 412,
    PROOF_TIMEOUT_MS = 5000
};

/* ---- the admin API ---- */

typedef struct Answer {
    int status;
    Json *json; /* NULL for an empty body */
    char etag[ETAG_SIZE];
} Answer;

static void answer_free(Answer *answer)
{
    json_free(answer->json);
}
#define CLEANUP_ANSWER __attribute__((cleanup(answer_free)))

/* What goes into a URL as it is. */
static bool is_plain(const char *text, const char *others)
{
    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(others, *at))
            return false;
    return *text != '\0';
}

static bool read_answer(HttpResponse *response, Answer *out, Error *err)
{
    out->status = response->status;
    (void)snprintf(out->etag, sizeof out->etag, "%s", response->header);
    if (response->body.length == 0)
        return true;
    return json_parse(text_chars(&response->body), response->body.length, &out->json, err) ||
           error_while(err, "reading the answer of Caddy");
}

static bool exchange(const EngineContext *context, const char *path, HttpRequest *request,
                     Answer *out, Error *err)
{
    const char *admin = context->options.caddy_admin;
    CLEANUP(free) char *url = text_formatted("http://%s%s", admin, path);
    HttpResponse response = {0};
    bool whole = false;

    if (!url)
        return error_memory(err);
    if (!is_plain(admin, ".:-[]"))
        return error_set(err, ERR_ENGINE, "traffic.caddy.admin: '%.60s' is no HOST:PORT", admin);
    request->url = url;
    request->timeout_ms = context->timeout_ms;
    request->most_bytes = ANSWER_MOST;
    request->wanted_header = "ETag";
    request->fresh_connection = true;
    if (!http_request(request, &response, err))
        return error_while(err, "asking Caddy at %s", admin);
    whole = read_answer(&response, out, err);
    http_response_free(&response);
    return whole;
}

static bool refused(const Answer *answer, Error *err)
{
    const char *why = json_get_text(answer->json, "error");

    return error_set(err, ERR_ENGINE, "Caddy answered HTTP %d: %.*s", answer->status, REASON_MOST,
                     why ? why : "without a reason");
}

/* Whenever anybody changes the configuration, Caddy begins anew with its admin API as well, and
 * resets who has connected and was not accepted yet. That says nothing of the question. */
static bool ask(const EngineContext *context, const char *path, Answer *out, Error *err)
{
    for (int i = 1;; i++) {
        HttpRequest request = {0};

        if (exchange(context, path, &request, out, err))
            return true;
        if (err->code != ERR_NETWORK || i == ASKED_MOST || !clock_sleep_ms(PAUSE_MS << (i - 1)))
            return false;
        *err = (Error){0};
    }
}

static bool get(const EngineContext *context, const char *path, Answer *out, Error *err)
{
    return ask(context, path, out, err) && (out->status == STATUS_OK || refused(out, err));
}

/* ---- the configuration ---- */

/* Caller frees; NULL with *err if traffic.caddy.server is no name. */
static char *config_path(const EngineContext *context, Error *err)
{
    const char *server = context->options.caddy_server;
    char *path = NULL;

    if (server && !is_plain(server, "._-")) {
        (void)error_set(err, ERR_ENGINE, "traffic.caddy.server: '%.60s' is no name", server);
        (void)error_hint(err, "`curl http://%s/config/apps/http/servers` shows them.",
                         context->options.caddy_admin);
        return NULL;
    }
    path = text_formatted("/config/apps/http/servers%s%s", server ? "/" : "", server ? server : "");
    if (!path)
        (void)error_memory(err);
    return path;
}

/* ERR_NETWORK or ERR_TIMEOUT if Caddy does not answer. */
static bool read_config(const EngineContext *context, Answer *out, Error *err)
{
    CLEANUP(free) char *path = config_path(context, err);

    return path && get(context, path, out, err);
}

/* With what stands in the braces a Caddy that was reloaded, and has forgotten the route, finds the
 * slot that is up by itself. */
static bool no_proxy(const EngineContext *context, Error *err)
{
    const RouteSlot *slots = context->route.slots;
    char one[ADDRESS_TEXT_SIZE], other[ADDRESS_TEXT_SIZE];
    const char *server = context->options.caddy_server;

    (void)error_set(err, ERR_ENGINE, "Caddy has no reverse_proxy to a slot of %s%s%s", context->app,
                    server ? " in server " : "", server ? server : "");
    return error_hint(err,
                      "Let the Caddyfile have, in the site:\nreverse_proxy %s %s {\n"
                      "  lb_policy first\n  lb_try_duration 2s\n  fail_duration 10s\n}",
                      address_format(&slots[0].address, one),
                      address_format(&slots[1].address, other));
}

static bool ensure(const EngineContext *context, Error *err)
{
    CLEANUP_ANSWER Answer config = {0};
    CaddyView view = {0};

    if (!read_config(context, &config, err)) {
        (void)error_as(err, ERR_ENGINE);
        return error_hint(err, "Start Caddy with its admin API, and name that in "
                               "traffic.caddy.admin.");
    }
    caddy_config_read(config.json, &context->route, &view);
    return view.proxies > 0 || no_proxy(context, err);
}

static bool show(const EngineContext *context, EngineView *out, Error *err)
{
    CLEANUP_ANSWER Answer config = {0};
    CaddyView view = {0};

    memset(out, 0, sizeof *out);
    out->active = ROUTE_NO_SLOT;
    if (!read_config(context, &config, err)) {
        if (err->code != ERR_NETWORK)
            return error_as(err, ERR_ENGINE);
        *err = (Error){0}; /* that nobody listens is what is shown */
        return true;
    }
    caddy_config_read(config.json, &context->route, &view);
    out->running = true;
    out->known = view.proxies > 0;
    out->active = view.first;
    return true;
}

/* ---- the route ---- */

/* *again if somebody else was quicker, and nothing was done, or if the answer was cut, and nobody
 * knows: what is read next tells. */
static bool patch(const EngineContext *context, const Json *config, const char *etag, bool *again,
                  Error *err)
{
    CLEANUP(free) char *path = config_path(context, err);
    CLEANUP(free) char *body = json_line(config);
    CLEANUP(free) char *condition = text_formatted("If-Match: %s", etag);
    CLEANUP_TEXT_LIST TextList headers = {0};
    CLEANUP_ANSWER Answer answer = {0};
    HttpRequest request = {.method = "PATCH", .headers = &headers, .body = body};

    if (!path)
        return false;
    if (!body || !condition)
        return error_memory(err);
    request.body_length = strlen(body);
    if (!text_list_add(&headers, "Content-Type: application/json", err) ||
        (etag[0] != '\0' && !text_list_add(&headers, condition, err)))
        return false;
    if (!exchange(context, path, &request, &answer, err)) {
        *again = err->code == ERR_NETWORK;
        return false;
    }
    *again = answer.status == STATUS_CHANGED;
    if (*again)
        return error_set(err, ERR_ENGINE, "somebody else changes its configuration all the time");
    return answer.status == STATUS_OK || refused(&answer, err);
}

/* *again after a failure that may pass. */
static bool set_once(const EngineContext *context, const Route *route, bool *again, Error *err)
{
    CLEANUP_ANSWER Answer config = {0};
    CLEANUP(json_free) Json *wanted = NULL;
    CaddyView view = {0};

    *again = false;
    if (!read_config(context, &config, err))
        return false;
    caddy_config_read(config.json, route, &view);
    if (view.proxies == 0)
        return no_proxy(context, err);
    if (view.first == route->active)
        return true;
    wanted = caddy_config_with(config.json, route);
    return patch(context, wanted, config.etag, again, err);
}

/* Pauses of unequal length: two who change it by turns must not go on in step. */
static bool set_until(const EngineContext *context, const Route *route, int64_t deadline_ms,
                      Error *err)
{
    bool again = true;

    while (!set_once(context, route, &again, err)) {
        if (!again || clock_monotonic_ms() >= deadline_ms ||
            !clock_sleep_ms(PAUSE_MS / 2 + (int64_t)random_below(PAUSE_MS)))
            return false;
        *err = (Error){0};
    }
    return true;
}

/* A reverse_proxy must have somebody to send to: nobody is not a route that Caddy has. */
static bool set(const EngineContext *context, const Route *route, Error *err)
{
    if (route->active == ROUTE_NO_SLOT ||
        set_until(context, route, clock_monotonic_ms() + context->timeout_ms, err))
        return true;
    (void)error_as(err, ERR_ENGINE);
    return error_while(err, "setting the route of %s in Caddy", context->app);
}

/* The reverse_proxy is its owner's: it stays, and answers 502 where nobody listens. */
static bool remove_route(const EngineContext *context, Error *err)
{
    (void)context;
    (void)err;
    return true;
}

/* ---- figures ---- */

static bool count(const EngineContext *context, const char *slot, bool fresh, EngineCounts *out,
                  Error *err)
{
    CLEANUP_ANSWER Answer answer = {0};
    int index = route_slot_index(&context->route, slot);

    (void)fresh; /* nothing is measured */
    if (!get(context, "/reverse_proxy/upstreams", &answer, err))
        return error_as(err, ERR_ENGINE);
    *out = engine_counts_of(caddy_config_requests(answer.json, &context->route, index));
    return true;
}

/* ---- the proof ---- */

/* An answer of Caddy's own is no 2xx: 502 where the instance does not answer, 400 and 308 where it
 * wants TLS. */
static bool is_answered(const PublicRequest *request, EngineAnswer *out, bool *answered, Error *err)
{
    *answered =
        public_request_send(request, out->seen, err) && text_starts_with(out->seen, "HTTP 2");
    return err->code == ERR_NONE;
}

/* Caddy counts nobody's requests and names nobody in its answers. What proves the flip is that the
 * configuration it runs has the slot first, and that a request through the public address is
 * answered; the release's own word is check.identity.header. */
static bool who_answers(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err)
{
    PublicRequest request = {.mode = ROUTE_HTTP,
                             .listen = listen,
                             .path = context->check_path,
                             .host = context->check_host,
                             .timeout_ms = PROOF_TIMEOUT_MS};
    EngineView view = {0};
    Error plain = {0};
    bool answered = false;

    *out = (EngineAnswer){.slot = ROUTE_NO_SLOT, .seen = "no answer"};
    if (!show(context, &view, err))
        return false;
    if (view.active == ROUTE_NO_SLOT || route->active == ROUTE_NO_SLOT)
        return true;
    (void)is_answered(&request, out, &answered, &plain);
    request.tls = true;
    if (!answered && !is_answered(&request, out, &answered, err))
        return false;
    out->slot = answered ? view.active : ROUTE_NO_SLOT;
    return true;
}

/* No `close`: the API has no way to end a request. */
const Engine engine_caddy = {
    .name = "caddy",
    .can = ENGINE_PER_REQUEST | ENGINE_CLIENT_ADDRESS,
    .ensure = ensure,
    .show = show,
    .set = set,
    .remove = remove_route,
    .count = count,
    .who_answers = who_answers,
};
