/* See unit_ladder.h.
 *
 * Source: systemd.service(5) ExecStopPost and Restart ("systemctl stop" also while it is stopping
 * keeps a unit from being restarted); org.freedesktop.systemd1(5) NRestarts, which is kept over a
 * daemon-reload and is 0 again after a start by hand. */
#include "deploy/supervise/unit_ladder.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/service/systemd.h"
#include "base/text.h"
#include "deploy/supervise/ladder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_LIMIT = 64 * 1024 };

/* ---- what was remembered: a time a line ---- */

/* What cannot be read is forgotten: rather a restart too many than a service that stays down. */
static void read_steps(const char *path, Ladder *out)
{
    CLEANUP(free) char *lines = NULL;
    char *rest = NULL;
    uint64_t step_ms = 0;
    size_t length = 0;
    Error ignored = {0};

    if (!file_exists(path) || !file_read_all(path, STEPS_LIMIT, &lines, &length, &ignored))
        return;
    for (char *line = strtok_r(lines, "\n", &rest); line && out->count < LADDER_MOST_TIMES;
         line = strtok_r(NULL, "\n", &rest))
        if (text_parse_number(line, INT64_MAX, &step_ms))
            out->steps_ms[out->count++] = (int64_t)step_ms;
}

static bool write_steps(const char *path, const Ladder *ladder, Error *err)
{
    CLEANUP_TEXT Text lines = {0};

    for (int i = 0; i < ladder->count; i++)
        text_appendf(&lines, "%" PRId64 "\n", ladder->steps_ms[i]);
    return text_ok(&lines, err) &&
           file_write_durable(path, text_chars(&lines), lines.length, 0600, err);
}

/* ---- one step ---- */

static bool give_up(const char *unit, const LadderRules *rules, Error *err)
{
    if (!systemd_do(systemd_scope(), "stop", unit, 0, err))
        return false;
    error_set(err, ERR_START, "it was restarted %d times within %" PRId64 " s, and ended again",
              rules->times, rules->reset_ms / 1000);
    return error_hint(err, "`godeploy deploy --resume` starts it again.");
}

static bool step(const char *unit, const char *path, const LadderRules *rules, Error *err)
{
    SystemdUnit now;
    Ladder ladder = {0};

    if (!systemd_look(systemd_scope(), unit, &now, err))
        return false;
    if (now.job != 0)
        return true;
    if (now.restarts > 0)
        read_steps(path, &ladder);
    if (!ladder_step(&ladder, rules, clock_monotonic_ms()))
        return give_up(unit, rules, err);
    return write_steps(path, &ladder, err);
}

bool unit_ladder_ask(const char *const *words, Error *err)
{
    uint64_t times = 0, reset_ms = 0;

    if (!text_parse_number(words[2], LADDER_MOST_TIMES, &times) ||
        !text_parse_number(words[3], INT64_MAX, &reset_ms))
        return error_set(err, ERR_USAGE, "%s times within %s ms is no ladder", words[2], words[3]);
    return step(words[0], words[1],
                &(LadderRules){.times = (int)times, .reset_ms = (int64_t)reset_ms}, err);
}
