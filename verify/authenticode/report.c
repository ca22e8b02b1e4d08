/* See report.h. */
#include "verify/authenticode/report.h"

#include "base/clock.h"

static void put_known(Json *object, const char *key, const char *text)
{
    (void)json_put_text(object, key, text[0] != '\0' ? text : NULL);
}

static void put_time(Json *object, const char *key, int64_t time_ms)
{
    char text[CLOCK_ISO_SIZE];

    (void)json_put_text(object, key, time_ms != 0 ? clock_format_iso(time_ms, text) : NULL);
}

static void put_chain(Json *object, const AuthenticodeVerdict *verdict)
{
    Json *chain = json_new_array();

    for (int i = 0; i < verdict->chain_length && i < AUTHENTICODE_CHAIN_MOST; i++)
        (void)json_push_text(chain, verdict->chain[i]);
    (void)json_put(object, "chain", chain);
}

void authenticode_report(const AuthenticodeVerdict *verdict, Json *object)
{
    (void)json_put_text(object, "status", authenticode_status_name(verdict->status));
    (void)json_put_text(object, "code", verdict->code);
    (void)json_put_text(object, "reason", verdict->reason);
    put_known(object, "note", verdict->note);
    (void)json_put_integer(object, "signatures", verdict->signatures);
    (void)json_put_integer(object, "counted", verdict->counted);
    put_known(object, "publisher", verdict->publisher);
    put_known(object, "signer", verdict->signer);
    put_known(object, "digest_name", verdict->digest_name);
    put_known(object, "digest", verdict->digest);
    put_time(object, "time", verdict->time_ms);
    (void)json_put_text(object, "time_source",
                        verdict->time_ms != 0 ? time_source_name(verdict->time_source) : NULL);
    put_known(object, "tsa", verdict->tsa);
    put_time(object, "valid_until", verdict->valid_until_ms);
    put_chain(object, verdict);
}
