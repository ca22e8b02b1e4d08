/* See programs.h. */
#include "deploy/release/programs.h"

#include "base/text.h"
#include "deploy/second_opinion.h"
#include "verify/authenticode/report.h"

#include <stdio.h>
#include <string.h>

enum { PUBLISHERS_NAMED = 3 };

/* What stood out first: the reason of the whole. */
typedef struct Refusal {
    char *name;
    char code[64];
    char reason[AUTHENTICODE_REASON_SIZE];
} Refusal;

struct Programs {
    const Settings *settings;
    AuthenticodePolicy *policy;
    bool *matched; /* one for each of verify.authenticode.files */
    size_t files;
    size_t programs;
    size_t demanded;
    size_t refused;
    Refusal first;
    TextList publishers; /* of what counted, each once, a few */
    bool more_publishers;
    Json *verdicts;
    bool finished_well;
};

const char *program_demand_name(ProgramDemand demand)
{
    switch (demand) {
    case PROGRAMS_NONE:
        return "none";
    case PROGRAMS_ALL:
        return "all";
    case PROGRAMS_EXECUTABLES:
        return "executables";
    case PROGRAMS_LISTED:
        return "listed";
    }
    return "?";
}

bool programs_policy(const Settings *settings, AuthenticodePolicy **out, Error *err)
{
    AuthenticodeOptions options = {
        .ca = &settings->verify.authenticode.ca,
        .tsa_ca = &settings->verify.authenticode.tsa_ca,
        .crls = &settings->verify.authenticode.crl,
        .publishers = &settings->verify.authenticode.publishers,
        .partial_chain = settings->verify.authenticode.partial_chain,
        .allow_sha1 = settings->verify.authenticode.allow_sha1,
        .require_timestamp = settings->verify.authenticode.require_timestamp,
    };

    return authenticode_policy_load(&options, out, err) ||
           error_while(err, "reading what verify.authenticode names");
}

void programs_free(Programs *programs)
{
    if (!programs)
        return;
    authenticode_policy_free(programs->policy);
    free(programs->matched);
    free(programs->first.name);
    text_list_free(&programs->publishers);
    json_free(programs->verdicts);
    free(programs);
}

bool programs_new(const Settings *settings, Programs **out, Error *err)
{
    CLEANUP(programs_free) Programs *programs = calloc(1, sizeof *programs);

    if (!programs)
        return error_memory(err);
    programs->settings = settings;
    programs->matched =
        calloc(settings->verify.authenticode.files.count + 1, sizeof *programs->matched);
    programs->verdicts = json_new_array();
    if (!programs->matched || !programs->verdicts)
        return error_memory(err);
    if (!programs_policy(settings, &programs->policy, err))
        return false;
    *out = TAKE(programs);
    return true;
}

/* ---- what is demanded ---- */

/* "*" stands for any part of a segment. Linear but for the last star, which is tried again. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *tried = NULL;

    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            tried = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star && *tried != '/') {
            pattern = star + 1;
            name = ++tried;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool is_listed(Programs *programs, const char *name)
{
    const TextList *patterns = &programs->settings->verify.authenticode.files;
    bool listed = false;

    for (size_t i = 0; i < patterns->count; i++)
        if (matches(patterns->items[i], name))
            listed = programs->matched[i] = true;
    return listed;
}

static bool ends_as(const char *name, const char *const *endings)
{
    size_t length = strlen(name);

    for (; *endings; endings++) {
        size_t end = strlen(*endings);

        if (length > end && text_equal_ignoring_case(name + length - end, *endings))
            return true;
    }
    return false;
}

/* What Windows takes for a program by its name. Source: PATHEXT, the loader's suffix, shell verbs.
 */
static bool calls_itself_program(ProgramDemand demand, const char *name)
{
    static const char *const started[] = {".exe", ".scr", NULL};
    static const char *const loaded[] = {".dll", ".sys", ".ocx", ".cpl", ".drv", NULL};

    return ends_as(name, started) || (demand == PROGRAMS_ALL && ends_as(name, loaded));
}

static bool is_demanded(Programs *programs, const char *name, const AuthenticodeVerdict *verdict)
{
    ProgramDemand demand = programs->settings->verify.authenticode.require;
    bool is_program = verdict->status != AUTHENTICODE_NOT_PE;

    switch (demand) {
    case PROGRAMS_NONE:
        return false;
    case PROGRAMS_ALL:
        return is_program || calls_itself_program(demand, name);
    case PROGRAMS_EXECUTABLES:
        return is_program ? !verdict->dll : calls_itself_program(demand, name);
    case PROGRAMS_LISTED:
        return is_listed(programs, name);
    }
    return true;
}

/* ---- verdicts ---- */

static bool refuse(Programs *programs, const char *name, const AuthenticodeVerdict *verdict,
                   Error *err)
{
    Refusal *first = &programs->first;

    if (programs->refused++ > 0)
        return true;
    first->name = text_copy(name);
    (void)snprintf(first->code, sizeof first->code, "%s", verdict->code);
    (void)snprintf(first->reason, sizeof first->reason, "%s", verdict->reason);
    return first->name || error_memory(err);
}

static bool remember_publisher(Programs *programs, const char *publisher, Error *err)
{
    for (size_t i = 0; i < programs->publishers.count; i++)
        if (text_equal(programs->publishers.items[i], publisher))
            return true;
    if (programs->publishers.count < PUBLISHERS_NAMED)
        return text_list_add(&programs->publishers, publisher, err);
    programs->more_publishers = true;
    return true;
}

static bool record(Programs *programs, const char *name, bool demanded,
                   const AuthenticodeVerdict *verdict, Error *err)
{
    Json *one = json_new_object();

    (void)json_put_text(one, "path", name);
    (void)json_put_bool(one, "demanded", demanded);
    (void)json_put_bool(one, "ok", verdict->status == AUTHENTICODE_VALID);
    authenticode_report(verdict, one);
    return json_push(programs->verdicts, one) || error_memory(err);
}

static void say_that_it_is_none(AuthenticodeVerdict *verdict)
{
    verdict->code = "not-pe";
    (void)snprintf(verdict->reason, sizeof verdict->reason,
                   "it should be a Windows program, and its content is none");
}

bool programs_judge(Programs *programs, const char *name, const AuthenticodeSource *source,
                    Error *err)
{
    AuthenticodeVerdict verdict = {0};
    bool demanded = false;

    if (!authenticode_check(programs->policy, source, &verdict, err))
        return false;
    programs->files++;
    programs->programs += verdict.status == AUTHENTICODE_NOT_PE ? 0 : 1;
    demanded = is_demanded(programs, name, &verdict);
    if (!demanded && verdict.status == AUTHENTICODE_NOT_PE)
        return true;
    if (verdict.status == AUTHENTICODE_NOT_PE)
        say_that_it_is_none(&verdict);
    programs->demanded += demanded ? 1 : 0;
    if (demanded && verdict.status == AUTHENTICODE_VALID &&
        programs->settings->verify.authenticode.also_windows &&
        !second_opinion_get(programs->settings, source, &verdict, err))
        return false;
    if (!record(programs, name, demanded, &verdict, err))
        return false;
    if (!demanded)
        return true;
    return verdict.status == AUTHENTICODE_VALID
               ? remember_publisher(programs, verdict.publisher, err)
               : refuse(programs, name, &verdict, err);
}

/* ---- the whole ---- */

static bool none_is_missing(Programs *programs, Error *err)
{
    const TextList *patterns = &programs->settings->verify.authenticode.files;

    for (size_t i = 0; i < patterns->count; i++)
        if (!programs->matched[i])
            return error_set(
                err, ERR_SIGNATURE,
                "verify.authenticode.files lists %s, and no file of that name is there",
                patterns->items[i]);
    if (programs->demanded > 0)
        return true;
    (void)error_set(err, ERR_SIGNATURE,
                    "none of its %zu files is a Windows program that could be signed, and "
                    "verify.authenticode.require is %s",
                    programs->files,
                    program_demand_name(programs->settings->verify.authenticode.require));
    return error_hint(err, "If a release for this host has none, say so: "
                           "verify.authenticode.require: none.");
}

static bool all_are_valid(const Programs *programs, Error *err)
{
    const Refusal *first = &programs->first;
    char others[64] = "";

    if (programs->refused == 0)
        return true;
    if (programs->refused > 1)
        (void)snprintf(others, sizeof others, "; and %zu other%s of the %zu that must be signed",
                       programs->refused - 1, programs->refused > 2 ? "s" : "", programs->demanded);
    (void)error_set(err, ERR_SIGNATURE, "%s: %s (%s)%s", first->name, first->reason, first->code,
                    others);
    return error_hint(err, "`godeploy show` lists the verdict on every program. Do not deploy it "
                           "before you know why.");
}

static void set_first(Programs *programs, const char *code, const char *reason)
{
    if (programs->first.reason[0] != '\0')
        return;
    (void)snprintf(programs->first.code, sizeof programs->first.code, "%s", code);
    (void)snprintf(programs->first.reason, sizeof programs->first.reason, "%.300s", reason);
}

bool programs_finish(Programs *programs, Error *err)
{
    programs->finished_well = all_are_valid(programs, err);
    if (!programs->finished_well)
        return false;
    programs->finished_well = none_is_missing(programs, err);
    if (!programs->finished_well)
        set_first(programs, "missing", err->message);
    return programs->finished_well;
}

void programs_summary(const Programs *programs, Text *out)
{
    text_appendf(out, "%zu program%s signed by ", programs->demanded,
                 text_plural((int64_t)programs->demanded));
    for (size_t i = 0; i < programs->publishers.count; i++)
        text_appendf(out, "%s%s", i > 0 ? ", " : "", programs->publishers.items[i]);
    if (programs->more_publishers)
        text_append(out, " and others");
}

Json *programs_detail(const Programs *programs)
{
    ProgramDemand demand = programs->settings->verify.authenticode.require;
    CLEANUP_TEXT Text reason = {0};
    Json *detail = json_new_object();

    if (programs->finished_well)
        programs_summary(programs, &reason);
    else if (programs->first.name)
        text_appendf(&reason, "%s: %s", programs->first.name, programs->first.reason);
    else
        text_append(&reason, programs->first.reason[0] != '\0' ? programs->first.reason
                                                               : "it was not looked at to the end");
    (void)json_put_bool(detail, "ok", programs->finished_well);
    (void)json_put_text(detail, "code",
                        programs->finished_well           ? "ok"
                        : programs->first.code[0] != '\0' ? programs->first.code
                                                          : "unfinished");
    (void)json_put_text(detail, "reason", text_chars(&reason));
    (void)json_put_text(detail, "require", program_demand_name(demand));
    (void)json_put_integer(detail, "files", (int64_t)programs->files);
    (void)json_put_integer(detail, "programs", (int64_t)programs->programs);
    (void)json_put_integer(detail, "demanded", (int64_t)programs->demanded);
    (void)json_put_integer(detail, "refused", (int64_t)programs->refused);
    (void)json_put(detail, "verdicts", json_copy_of(programs->verdicts));
    return detail;
}
