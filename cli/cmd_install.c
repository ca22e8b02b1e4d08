/* cmd_install: what a host needs once, by an administrator, before deployments can show in its
 * Event Log. Everything else that godeploy needs is made where it is used. */
#include "base/service/event_log.h"
#include "cli/commands.h"

static void say(Session *session, bool removed, bool changed)
{
    CLEANUP(json_free) Json *document = NULL;

    if (output_style(session->output) == OUTPUT_JSON) {
        document = json_new_object();
        (void)json_put_text(document, "event_source", event_log_exists() ? "godeploy" : NULL);
        (void)json_put_bool(document, "installed", event_log_is_installed());
        (void)json_put_bool(document, "changed", changed);
        output_json(session->output, document);
    } else if (!event_log_exists()) {
        output_line(session->output, "nothing to do: this system has no Event Log, and needs "
                                     "nothing else from `install`");
    } else {
        output_line(session->output, "the Event Log source godeploy is %s%s",
                    changed ? "" : "already ", removed ? "removed" : "registered");
    }
}

bool command_install(Session *session, Error *err)
{
    bool removes = session->options.remove;
    bool changed = false;

    if (!(removes ? event_log_remove(&changed, err) : event_log_install(&changed, err)))
        return false;
    say(session, removes, changed);
    return true;
}
