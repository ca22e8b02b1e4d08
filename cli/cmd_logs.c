/* cmd_logs: what an instance wrote: the last lines, and with --follow what comes. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/instance.h"

#include <limits.h>

enum { LINES_DEFAULT = 50, FOLLOW_POLL_MS = 100 };

/* The slot that was asked for, else the one that serves, else the one that is being deployed. */
static bool choose_slot(Session *session, const App *app, Slot *out, Error *err)
{
    ServingRecord serving = {.slot = SLOT_NONE};
    DeploymentRecord open = {.slot = SLOT_NONE};
    bool found = false;

    *out = slot_by_name(session->options.slot);
    if (*out != SLOT_NONE)
        return true;
    if (app->journal && (!journal_serving(app->journal, &serving, err) ||
                         !journal_find_open(app->journal, &open, &found, err)))
        return false;
    *out = serving.version[0] != '\0' ? serving.slot : open.slot;
    if (*out != SLOT_NONE && (serving.version[0] != '\0' || found))
        return true;
    (void)error_set(err, ERR_NO_RELEASE, "no release of %s runs", app->settings->app);
    return error_hint(err, "`--slot blue` or `--slot green` shows what an earlier one wrote.");
}

/* From where the last lines ended: what was written since then is not lost. */
static bool follow(Session *session, const Runner *runner, const InstancePlace *place,
                   LogPosition *from, Error *err)
{
    while (!interrupt_requested()) {
        CLEANUP_TEXT Text lines = {0};

        if (!runner->new_lines(place, from, &lines, err))
            return false;
        if (lines.length > 0)
            output_text(session->output, text_chars(&lines));
        else
            (void)clock_sleep_ms(FOLLOW_POLL_MS); /* Ctrl-C is how following ends */
    }
    return true;
}

bool command_logs(Session *session, Error *err)
{
    int64_t lines = session->options.lines > 0 ? session->options.lines : LINES_DEFAULT;
    CLEANUP(app_close) App *app = NULL;
    CLEANUP_TEXT Text last = {0};
    LogPosition end = {0};
    const Runner *runner = NULL;
    InstancePlace place;
    Slot slot = SLOT_NONE;

    if (!session_look(session, &app, err) || !choose_slot(session, app, &slot, err))
        return false;
    place = app_instance_place(app, slot);
    if (!instance_runner(app, slot, &runner, err) ||
        !runner->last_lines(&place, lines < INT_MAX ? (int)lines : INT_MAX, &last, &end, err))
        return false;
    output_text(session->output, text_chars(&last));
    return !session->options.follow || follow(session, runner, &place, &end, err);
}
