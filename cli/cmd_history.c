/* cmd_history: releases, history, show and report: what the journal remembers. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/verdict_table.h"
#include "deploy/report/page.h"

#include <stdio.h>

enum { HISTORY_MOST = 50 };

static const char *time_or_dash(int64_t wall_ms, char out[CLOCK_ISO_SIZE])
{
    return wall_ms != 0 ? clock_format_local(wall_ms, out) : "-";
}

/* ---- releases ---- */

static Json *release_json(const ReleaseRecord *release, bool serves)
{
    Json *one = json_new_object();
    char when[CLOCK_ISO_SIZE];

    (void)json_put_text(one, "version", release->version);
    (void)json_put_text(one, "state", release_state_name(release->state));
    (void)json_put_bool(one, "serves", serves);
    (void)json_put_text(one, "sha256", release->digest);
    (void)json_put_text(one, "key", release->key_id);
    (void)json_put_bool(one, "attested", release->attested);
    (void)json_put_integer(one, "bytes", (int64_t)release->size_bytes);
    (void)json_put_text(one, "unpacked", clock_format_iso(release->unpacked_ms, when));
    return one;
}

static void add_release_row(Table *table, const ReleaseRecord *release, bool serves)
{
    char size[TEXT_QUANTITY_SIZE], unpacked[CLOCK_ISO_SIZE], served[CLOCK_ISO_SIZE];
    char name[JOURNAL_VERSION_SIZE + 16];
    const char *const cells[] = {name,
                                 release_state_name(release->state),
                                 text_size(release->size_bytes, size),
                                 time_or_dash(release->unpacked_ms, unpacked),
                                 time_or_dash(release->served_ms, served),
                                 release->key_id};

    (void)snprintf(name, sizeof name, "%s%s", release->version, serves ? " (current)" : "");
    output_table_row(table, cells);
}

bool command_releases(Session *session, Error *err)
{
    static const char *const headings[] = {"release", "state", "size", "unpacked", "proven", "key"};
    CLEANUP(app_close) App *app = NULL;
    CLEANUP(free) ReleaseRecord *releases = NULL;
    CLEANUP(json_free) Json *list = json_new_array();
    Table *table = output_table_new(headings, 6);
    ServingRecord serving = {0};
    size_t count = 0;
    bool read = session_look(session, &app, err) &&
                (!app->journal || (journal_serving(app->journal, &serving, err) &&
                                   journal_list_releases(app->journal, &releases, &count, err)));

    for (size_t i = 0; read && i < count; i++) {
        bool serves = text_equal(releases[i].version, serving.version);

        if (releases[i].state == RELEASE_REMOVED)
            continue;
        add_release_row(table, &releases[i], serves);
        (void)json_push(list, release_json(&releases[i], serves));
    }
    if (read && output_style(session->output) == OUTPUT_JSON)
        output_json(session->output, list);
    else if (read && json_count(list) == 0)
        output_note(session->output, "no release is on this host");
    else if (read)
        output_table_print(session->output, table);
    output_table_free(table);
    return read;
}

/* ---- history ---- */

static Json *deployment_json(const DeploymentRecord *record)
{
    Json *one = json_new_object();
    char when[CLOCK_ISO_SIZE];

    (void)json_put_integer(one, "id", record->id);
    (void)json_put_text(one, "kind", deployment_kind_name(record->kind));
    (void)json_put_text(one, "state", deployment_state_name(record->state));
    (void)json_put_text(one, "version", record->version);
    (void)json_put_text(one, "from", record->from_version[0] != '\0' ? record->from_version : NULL);
    (void)json_put_text(one, "source", record->source);
    (void)json_put_text(one, "sha256", record->digest);
    (void)json_put_text(one, "key", record->key_id);
    (void)json_put_text(one, "by", record->by);
    (void)json_put_text(one, "started", clock_format_iso(record->started_ms, when));
    (void)json_put_integer(one, "ms",
                           record->ended_ms ? record->ended_ms - record->started_ms : -1);
    (void)json_put_text(one, "message", record->message[0] != '\0' ? record->message : NULL);
    return one;
}

static void add_deployment_row(Table *table, const DeploymentRecord *record)
{
    char id[24], when[CLOCK_ISO_SIZE], took[TEXT_QUANTITY_SIZE] = "-";
    const char *const cells[] = {id,
                                 clock_format_local(record->started_ms, when),
                                 deployment_kind_name(record->kind),
                                 record->from_version[0] != '\0' ? record->from_version : "-",
                                 record->version[0] != '\0' ? record->version : "-",
                                 deployment_state_name(record->state),
                                 took,
                                 record->by};

    (void)snprintf(id, sizeof id, "%lld", (long long)record->id);
    if (record->ended_ms != 0)
        (void)text_duration(record->ended_ms - record->started_ms, took);
    output_table_row(table, cells);
}

bool command_history(Session *session, Error *err)
{
    static const char *const headings[] = {"id", "begun", "kind", "from",
                                           "to", "state", "took", "by"};
    size_t most = session->options.lines > 0 ? (size_t)session->options.lines : HISTORY_MOST;
    CLEANUP(app_close) App *app = NULL;
    CLEANUP(free) DeploymentRecord *records = NULL;
    CLEANUP(json_free) Json *list = json_new_array();
    Table *table = output_table_new(headings, 8);
    size_t count = 0;
    bool read =
        session_look(session, &app, err) &&
        (!app->journal || journal_list_deployments(app->journal, most, &records, &count, err));

    for (size_t i = 0; read && i < count; i++) {
        add_deployment_row(table, &records[i]);
        (void)json_push(list, deployment_json(&records[i]));
    }
    if (read && output_style(session->output) == OUTPUT_JSON)
        output_json(session->output, list);
    else if (read && count == 0)
        output_note(session->output, "nothing has been deployed yet");
    else if (read)
        output_table_print(session->output, table);
    output_table_free(table);
    return read;
}

/* ---- show ---- */

/* One deployment with all that the journal remembers of it; shown_end() frees it. */
typedef struct Shown {
    DeploymentRecord record;
    StepRecord *steps;
    size_t step_count;
    EventRecord *events;
    size_t event_count;
} Shown;

static void shown_end(Shown *shown)
{
    free(shown->steps);
    free(shown->events);
}

static bool find_shown(Session *session, Journal *journal, DeploymentRecord *out, Error *err)
{
    const char *wanted = session->options.argument_count > 0 ? session->options.arguments[0] : NULL;
    CLEANUP(free) DeploymentRecord *last = NULL;
    uint64_t id = 0;
    size_t count = 0;
    bool found = false;

    if (wanted && !text_parse_number(wanted, INT64_MAX, &id))
        return error_set(err, ERR_USAGE,
                         "%s is no id of a deployment: `godeploy history` lists them", wanted);
    if (!wanted && journal && !journal_list_deployments(journal, 1, &last, &count, err))
        return false;
    if (count == 1)
        id = (uint64_t)last->id;
    if (journal && !journal_find_deployment(journal, (int64_t)id, out, &found, err))
        return false;
    if (found)
        return true;
    return error_set(err, ERR_NO_RELEASE, "there is no deployment %s", wanted ? wanted : "yet");
}

static Json *steps_json(Journal *journal, const Shown *shown)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < shown->step_count; i++) {
        Json *one = json_new_object();
        Json *detail = NULL;
        char when[CLOCK_ISO_SIZE];
        Error ignored = {0}; /* the step is shown without its detail */

        (void)journal_step_detail(journal, shown->record.id, shown->steps[i].stage, &detail,
                                  &ignored);
        (void)json_put_text(one, "stage", shown->steps[i].stage);
        (void)json_put_text(one, "state", step_state_name(shown->steps[i].state));
        (void)json_put_text(one, "started", clock_format_iso(shown->steps[i].started_ms, when));
        (void)json_put_integer(one, "ms", shown->steps[i].took_ms);
        (void)json_put_text(one, "text", shown->steps[i].text);
        (void)json_put_optional(one, "detail", detail);
        (void)json_push(list, one);
    }
    return list;
}

static Json *events_json(const Shown *shown)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < shown->event_count; i++) {
        Json *one = json_new_object();
        char when[CLOCK_ISO_SIZE];

        (void)json_put_text(one, "time", clock_format_iso(shown->events[i].wall_ms, when));
        (void)json_put_text(one, "stage", shown->events[i].stage);
        (void)json_put_text(one, "kind", shown->events[i].kind);
        (void)json_put_text(one, "text", shown->events[i].text);
        (void)json_push(list, one);
    }
    return list;
}

static void print_steps(Session *session, const Shown *shown)
{
    static const char *const headings[] = {"stage", "state", "took", "proof"};
    Table *table = output_table_new(headings, 4);

    for (size_t i = 0; i < shown->step_count; i++) {
        char took[TEXT_QUANTITY_SIZE] = "-";
        const char *const cells[] = {shown->steps[i].stage, step_state_name(shown->steps[i].state),
                                     took, shown->steps[i].text};

        if (shown->steps[i].took_ms >= 0)
            (void)text_duration(shown->steps[i].took_ms, took);
        output_table_row(table, cells);
    }
    output_table_print(session->output, table);
    output_table_free(table);
}

/* Of the stage `verify`, where programs were judged. */
static void print_verdicts(Session *session, Journal *journal, const Shown *shown)
{
    CLEANUP(json_free) Json *detail = NULL;
    const Json *verdicts = NULL;
    Table *table = verdict_table_new();
    Error ignored = {0}; /* the deployment is shown without them */

    (void)journal_step_detail(journal, shown->record.id, "verify", &detail, &ignored);
    verdicts = json_get(json_get(detail, "authenticode"), "verdicts");
    for (size_t i = 0; i < json_count(verdicts); i++) {
        const Json *verdict = json_item(verdicts, i);
        const char *path = json_get_text(verdict, "path");

        verdict_table_row(table, path ? path : "-", verdict);
    }
    output_table_print(session->output, table);
    output_table_free(table);
}

static void print_shown(Session *session, const DeploymentRecord *record)
{
    char when[CLOCK_ISO_SIZE];

    output_line(session->output, "deployment %lld: %s %s -> %s, %s, by %s at %s",
                (long long)record->id, deployment_kind_name(record->kind),
                record->from_version[0] != '\0' ? record->from_version : "nothing",
                record->version[0] != '\0' ? record->version : "an unknown version",
                deployment_state_name(record->state), record->by,
                clock_format_local(record->started_ms, when));
    if (record->source[0] != '\0')
        output_line(session->output, "source: %s", record->source);
    if (record->digest[0] != '\0')
        output_line(session->output, "sha256: %s", record->digest);
    if (record->key_id[0] != '\0')
        output_line(session->output, "signed by key: %s", record->key_id);
    if (record->message[0] != '\0')
        output_line(session->output, "why it ended: %s", record->message);
}

static void show_people(Session *session, Journal *journal, const Shown *shown)
{
    char when[CLOCK_ISO_SIZE];

    print_shown(session, &shown->record);
    print_steps(session, shown);
    print_verdicts(session, journal, shown);
    for (size_t i = 0; i < shown->event_count; i++)
        output_line(session->output, "%s %s %s: %s",
                    clock_format_local(shown->events[i].wall_ms, when), shown->events[i].stage,
                    shown->events[i].kind, shown->events[i].text);
}

/* Caller frees. */
static Json *shown_json(Journal *journal, const Shown *shown)
{
    Json *document = deployment_json(&shown->record);

    (void)json_put(document, "steps", steps_json(journal, shown));
    (void)json_put(document, "events", events_json(shown));
    return document;
}

static void show_json(Session *session, Journal *journal, const Shown *shown)
{
    CLEANUP(json_free) Json *document = shown_json(journal, shown);

    output_json(session->output, document);
}

static bool read_shown(Session *session, Journal *journal, Shown *out, Error *err)
{
    return find_shown(session, journal, &out->record, err) &&
           journal_list_steps(journal, out->record.id, &out->steps, &out->step_count, err) &&
           journal_list_events(journal, out->record.id, &out->events, &out->event_count, err);
}

bool command_show(Session *session, Error *err)
{
    __attribute__((cleanup(shown_end))) Shown shown = {0};
    CLEANUP(app_close) App *app = NULL;

    if (!session_look(session, &app, err) || !read_shown(session, app->journal, &shown, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        show_json(session, app->journal, &shown);
    else
        show_people(session, app->journal, &shown);
    return true;
}

/* ---- report ---- */

enum { PAGE_MODE = 0600 };

static bool write_page(const App *app, const Shown *shown, const char *path, Error *err)
{
    CLEANUP(json_free) Json *document = shown_json(app->journal, shown);
    CLEANUP_TEXT Text page = {0};

    page_format(app->settings->app, document, &page);
    return text_ok(&page, err) &&
           file_write_atomic(path, text_chars(&page), page.length, PAGE_MODE, err);
}

bool command_report(Session *session, Error *err)
{
    __attribute__((cleanup(shown_end))) Shown shown = {0};
    CLEANUP(app_close) App *app = NULL;
    CLEANUP(free) char *path = NULL;

    if (!session_look(session, &app, err) || !read_shown(session, app->journal, &shown, err))
        return false;
    path = session->options.output
               ? text_copy(session->options.output)
               : text_formatted("%s-%lld.html", app->settings->app, (long long)shown.record.id);
    if (!path)
        return error_memory(err);
    if (!write_page(app, &shown, path, err))
        return false;
    output_line(session->output, "%s", path);
    return true;
}
