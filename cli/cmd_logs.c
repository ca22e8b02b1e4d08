/* cmd_logs: what an instance wrote: the last lines, and with --follow what comes. */
#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/runner.h"

#include <limits.h>

enum { LINES_DEFAULT = 50, FOLLOW_POLL_MS = 100, FOLLOW_CHUNK = 16384 };

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

/* How much of a chunk ends with a line; a line longer than a chunk is shown in pieces. */
static size_t whole_lines(const char *chunk, size_t length)
{
    size_t whole = length;

    while (whole > 0 && chunk[whole - 1] != '\n')
        whole--;
    return whole > 0 || length < FOLLOW_CHUNK ? whole : length;
}

/* A log that shrank was rolled: what it holds now is new. */
static bool print_new(Session *session, const char *path, uint64_t *offset, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    char chunk[FOLLOW_CHUNK + 1];
    uint64_t size = 0;
    size_t got = 0;

    if (!file_open(path, FILE_READ, &file, err) || !file_size(file, &size, err))
        return false;
    if (size < *offset)
        *offset = 0;
    for (;;) {
        if (!file_seek(file, *offset, err) || !file_read(file, chunk, FOLLOW_CHUNK, &got, err))
            return false;
        got = whole_lines(chunk, got);
        if (got == 0)
            return true;
        chunk[got] = '\0';
        *offset += got;
        output_text(session->output, chunk);
    }
}

/* From where the last lines ended: what was written since then is not lost. */
static bool follow(Session *session, const char *path, uint64_t offset, Error *err)
{
    while (!interrupt_requested()) {
        if (!print_new(session, path, &offset, err))
            return false;
        (void)clock_sleep_ms(FOLLOW_POLL_MS); /* Ctrl-C is how following ends */
    }
    return true;
}

bool command_logs(Session *session, Error *err)
{
    int64_t lines = session->options.lines > 0 ? session->options.lines : LINES_DEFAULT;
    CLEANUP(app_close) App *app = NULL;
    CLEANUP(free) char *path = NULL;
    CLEANUP_TEXT Text last = {0};
    Slot slot = SLOT_NONE;
    uint64_t end = 0;

    if (!session_look(session, &app, err) || !choose_slot(session, app, &slot, err))
        return false;
    path = runner_log_path(app->log_folder, slot_name(slot));
    if (!path)
        return error_memory(err);
    if (!runner_last_lines(path, lines < INT_MAX ? (int)lines : INT_MAX, &last, &end, err))
        return false;
    output_text(session->output, text_chars(&last));
    return !session->options.follow || follow(session, path, end, err);
}
