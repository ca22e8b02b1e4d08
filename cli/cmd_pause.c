/* cmd_pause: pause and resume: the operator shuts the gate before the app, and opens it. */
#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/pause.h"

#include <stdio.h>
#include <string.h>

/* A page that is given is relative to where we stand, that of the settings to their folder. */
static bool choose_page(const Session *session, PauseRecord *pause, Error *err)
{
    CLEANUP(free) char *given = NULL;
    const char *page = session->settings->traffic.page;

    if (session->options.page) {
        if (!path_absolute(session->options.page, &given, err))
            return false;
        page = given;
    }
    if (!pause->maintenance || !page)
        return true;
    if (strlen(page) >= sizeof pause->page)
        return error_set(err, ERR_USAGE, "the path of the page is longer than %zu bytes: %s",
                         sizeof pause->page - 1, page);
    (void)snprintf(pause->page, sizeof pause->page, "%s", page);
    return true;
}

static bool read_options(const Session *session, PauseRecord *pause, Error *err)
{
    const Options *options = &session->options;

    if (options->page && !options->maintenance) {
        (void)error_set(err, ERR_USAGE,
                        "--page without --maintenance: requests wait, and see none");
        return error_hint(err, "Add --maintenance, or leave --page out.");
    }
    if (options->given[OPTION_FOR] && options->maintenance) {
        (void)error_set(err, ERR_USAGE, "--for with --maintenance: no request waits then");
        return error_hint(err, "Leave one of the two out.");
    }
    pause->maintenance = options->maintenance;
    pause->wait_ms = options->for_ms;
    (void)snprintf(pause->message, sizeof pause->message, "%s",
                   options->message ? options->message : "");
    return choose_page(session, pause, err);
}

static void say_paused(Session *session, const PauseRecord *pause)
{
    const Settings *settings = session->settings;
    CLEANUP(json_free) Json *document = json_new_object();
    int64_t wait_ms = pause->wait_ms > 0 ? pause->wait_ms : settings->traffic.hold.for_ms;
    char text[CLOCK_ISO_SIZE], wait[TEXT_QUANTITY_SIZE];

    if (output_style(session->output) == OUTPUT_JSON) {
        (void)json_put_text(document, "app", settings->app);
        (void)json_put_text(document, "gate", pause->maintenance ? "maintenance" : "held");
        (void)json_put_text(document, "by", pause->by);
        (void)json_put_text(document, "since", clock_format_iso(pause->since_ms, text));
        if (!pause->maintenance)
            (void)json_put_integer(document, "for_ms", wait_ms);
        output_json(session->output, document);
    } else if (pause->maintenance) {
        output_line(session->output, "%s: new requests get 503 and %s until `godeploy resume`",
                    settings->app, pause->page[0] != '\0' ? pause->page : "a plain sentence");
    } else {
        output_line(session->output,
                    "%s: new requests wait, each up to %s, until `godeploy resume`", settings->app,
                    text_duration(wait_ms, wait));
    }
}

bool command_pause(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    PauseRecord pause = {0};

    if (!session_settings(session, err) || !read_options(session, &pause, err) ||
        !session_begin_work(session, WORK_TIDIES, "pause", &work, err) ||
        !pause_begin(work.app, &pause, err))
        return false;
    say_paused(session, &pause);
    return true;
}

bool command_resume(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    CLEANUP(json_free) Json *document = json_new_object();
    PauseRecord ended = {0};
    char lasted[TEXT_QUANTITY_SIZE];

    if (!session_begin_work(session, WORK_TIDIES, "resume", &work, err) ||
        !pause_end(work.app, &ended, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON) {
        (void)json_put_text(document, "app", session->settings->app);
        (void)json_put_bool(document, "was_paused", ended.since_ms != 0);
        output_json(session->output, document);
    } else if (ended.since_ms == 0) {
        output_line(session->output, "%s was not paused", session->settings->app);
    } else {
        output_line(session->output, "%s: requests get through again, after %s",
                    session->settings->app,
                    text_duration(clock_wall_ms() - ended.since_ms, lasted));
    }
    return true;
}
