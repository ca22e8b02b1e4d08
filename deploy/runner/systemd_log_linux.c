/* See systemd_log.h. */
#include "deploy/runner/systemd_log.h"

#include "base/clock.h"
#include "base/service/journald.h"
#include "base/service/systemd.h"
#include "deploy/runner/instance_unit.h"
#include "deploy/runner/unit_record.h"

#include <stdlib.h>

enum { LOG_LIMIT = 64 * 1024, ASK_EVERY_MS = 500 };

typedef struct LogMatches {
    char *instance; /* owned, as the next */
    char *unit;
    const char *all[4];
    int64_t since_ms;
} LogMatches;

static void log_matches_free(LogMatches *matches)
{
    free(matches->instance);
    free(matches->unit);
}

static bool find_matches(const InstancePlace *place, LogMatches *out, Error *err)
{
    CLEANUP(free) char *name = instance_unit_name(place);
    UnitRecord record;

    if (!unit_record_read(place, &record, err))
        return false;
    if (!name)
        return error_memory(err);
    out->since_ms = record.since_ms;
    if (systemd_scope() == SYSTEMD_USER) { /* whose units have no fields of their own */
        out->instance = text_formatted("_SYSTEMD_USER_UNIT=%s", name);
        out->unit = text_formatted("USER_UNIT=%s", name);
    } else {
        out->instance = text_formatted("GODEPLOY_INSTANCE=%s", record.instance);
        out->unit = text_formatted("UNIT=%s", name);
    }
    if (!out->instance || !out->unit)
        return error_memory(err);
    out->all[0] = out->instance;
    out->all[1] = "+";
    out->all[2] = out->unit;
    out->all[3] = NULL;
    return true;
}

static JournaldQuery query_for(const LogMatches *matches)
{
    return (JournaldQuery){.scope = systemd_scope(),
                           .matches = matches->all,
                           .since_ms = matches->since_ms,
                           .most_bytes = LOG_LIMIT};
}

/* systemd itself writes at each start: where there is nothing of anybody's, nothing is kept. */
static bool something_is_kept(const LogMatches *matches, Error *err)
{
    static const char *const everything[] = {NULL};
    JournaldQuery query = query_for(matches);
    CLEANUP_TEXT Text text = {0};
    LogPosition position = {0};

    query.matches = everything;
    if (!journald_last(&query, 1, &text, position.cursor, err))
        return false;
    if (position.cursor[0] != '\0')
        return true;
    error_set(err, ERR_SYSTEM,
              "journald has kept nothing since this was started, or nothing that "
              "this user may read");
    return error_hint(err, "Look at Storage= in /etc/systemd/journald.conf, and whether this user "
                           "is in the group systemd-journal.");
}

static void hide_controls(Text *lines)
{
    for (size_t i = 0; i < lines->length; i++) {
        char *at = &lines->bytes[i];

        if ((*at >= 0 && *at < ' ' && *at != '\n') || *at == '\x7f')
            *at = *at == '\t' ? ' ' : '?'; /* an escape could hide what follows */
    }
}

bool systemd_log_last_lines(const InstancePlace *place, int lines, Text *out, LogPosition *end,
                            Error *err)
{
    __attribute__((cleanup(log_matches_free))) LogMatches matches = {0};
    CLEANUP_TEXT Text text = {0};
    LogPosition position = {0};

    if (!find_matches(place, &matches, err))
        return false;
    if (matches.since_ms > 0 && lines > 0) {
        const JournaldQuery query = query_for(&matches);

        journald_settle();
        if (!journald_last(&query, lines, &text, position.cursor, err) ||
            (text.length == 0 && !something_is_kept(&matches, err)))
            return false;
    }
    hide_controls(&text);
    text_append(out, text_chars(&text));
    if (end)
        *end = position;
    return text_ok(out, err);
}

bool systemd_log_new_lines(const InstancePlace *place, LogPosition *from, Text *out, Error *err)
{
    __attribute__((cleanup(log_matches_free))) LogMatches matches = {0};
    CLEANUP_TEXT Text text = {0};

    /* Whoever follows asks all the time, and each answer is a program that runs. */
    if (clock_monotonic_ms() - (int64_t)from->offset < ASK_EVERY_MS)
        return true;
    from->offset = (uint64_t)clock_monotonic_ms();
    if (!find_matches(place, &matches, err))
        return false;
    if (matches.since_ms > 0) {
        const JournaldQuery query = query_for(&matches);

        if (!journald_next(&query, &text, from->cursor, err))
            return false;
    }
    hide_controls(&text);
    text_append(out, text_chars(&text));
    return text_ok(out, err);
}
