/* cmd_proxy: the embedded traffic engine by hand. */
#include "base/text.h"
#include "cli/commands.h"
#include "proxy/control.h"
#include "proxy/engine_embedded.h"

enum { STOP_TIMEOUT_MS = 30000 };

static bool start(Session *session, const char *folder, Error *err)
{
    bool started = false;

    (void)folder;
    if (!engine_embedded_start(session->settings->root, &started, err))
        return false;
    output_line(session->output,
                started ? "godeploy-proxy started" : "godeploy-proxy runs already");
    return true;
}

static bool stop(Session *session, const char *folder, Error *err)
{
    bool ran = control_is_running(folder);

    if (!control_stop(folder, STOP_TIMEOUT_MS, err))
        return false;
    output_line(session->output,
                ran ? "godeploy-proxy stopped: nothing answers on its addresses now"
                    : "godeploy-proxy was not running");
    return true;
}

static void print_route(Session *session, const Json *route)
{
    const Json *listen = json_get(route, "listen");
    const char *app = json_get_text(route, "app");
    const char *active = json_get_text(route, "active");
    const char *release = json_get_text(route, "release");

    for (size_t i = 0; i < json_count(listen); i++)
        output_line(session->output, "%s: %s -> %s %s", app ? app : "?",
                    json_as_text(json_item(listen, i)), active ? active : "nobody",
                    release ? release : "");
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
    routes = json_get(document, "routes");
    for (size_t i = 0; i < json_count(routes); i++)
        print_route(session, json_item(routes, i));
    if (json_get_text(document, "problem"))
        output_line(session->output, "! %s", json_get_text(document, "problem"));
    return true;
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
    if (text_equal(word, "start"))
        return start(session, folder, err);
    if (text_equal(word, "stop"))
        return stop(session, folder, err);
    if (text_equal(word, "status"))
        return status(session, folder, err);
    return error_set(err, ERR_USAGE, "proxy %s: there is start, stop and status", word);
}
