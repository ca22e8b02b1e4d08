/* See verdict_table.h. */
#include "cli/verdict_table.h"

#include "base/clock.h"

#include <stdio.h>

Table *verdict_table_new(void)
{
    static const char *const headings[] = {"file", "verdict", "who", "when", "valid until", "why"};

    return output_table_new(headings, 6);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static const char *who_of(const Json *verdict)
{
    const char *key = json_get_text(verdict, "key");
    const char *publisher = json_get_text(verdict, "publisher");

    if (publisher)
        return publisher;
    return or_dash(key ? key : json_get_text(verdict, "signer"));
}

/* In this host's time, as every table here. */
static const char *local_time(const Json *verdict, const char *key, char out[CLOCK_ISO_SIZE])
{
    const char *iso = json_get_text(verdict, key);
    int64_t time_ms = 0;

    return iso && clock_parse_iso(iso, &time_ms) ? clock_format_local(time_ms, out) : "-";
}

static const char *word_of(const Json *verdict)
{
    if (json_get_bool(verdict, "ok", false))
        return "good";
    return json_get_bool(verdict, "demanded", true) ? "REFUSED" : "not asked";
}

static void append_why(const Json *verdict, Text *why)
{
    const char *code = json_get_text(verdict, "code");
    const char *note = json_get_text(verdict, "note");

    text_append(why, or_dash(json_get_text(verdict, "reason")));
    if (code && !json_get_bool(verdict, "ok", false))
        text_appendf(why, " (%s)", code);
    if (note)
        text_appendf(why, "; %s", note);
}

void verdict_table_row(Table *table, const char *name, const Json *verdict)
{
    const char *source = json_get_text(verdict, "time_source");
    char signed_at[CLOCK_ISO_SIZE], until[CLOCK_ISO_SIZE], when[CLOCK_ISO_SIZE + 32];
    CLEANUP_TEXT Text why = {0};

    (void)snprintf(when, sizeof when, "%s%s%s%s", local_time(verdict, "time", signed_at),
                   source ? " (" : "", source ? source : "", source ? ")" : "");
    append_why(verdict, &why);
    output_table_row(table, (const char *const[]){name, word_of(verdict), who_of(verdict), when,
                                                  local_time(verdict, "valid_until", until),
                                                  text_chars(&why)});
}
