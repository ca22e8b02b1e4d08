/* See instance_record.h. */
#include "deploy/runner/instance_record.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

enum { STATE_LIMIT = 64 * 1024 };

/* ---- paths ---- */

static char *slot_file(const char *run_folder, const char *slot, const char *ending)
{
    CLEANUP(free) char *name = text_formatted("%s%s", slot, ending);

    return name ? path_join(run_folder, name) : NULL;
}

bool instance_files(const char *run_folder, const char *slot, InstanceFiles *out, Error *err)
{
    *out = (InstanceFiles){
        .spec = slot_file(run_folder, slot, ".spec.json"),
        .state = slot_file(run_folder, slot, ".state.json"),
        .trial = slot_file(run_folder, slot, ".state.json.trial"),
        .stop = slot_file(run_folder, slot, ".state.json.stop"),
    };

    return out->spec && out->state && out->trial && out->stop ? true : error_memory(err);
}

void instance_files_free(InstanceFiles *files)
{
    free(files->spec);
    free(files->state);
    free(files->trial);
    free(files->stop);
    *files = (InstanceFiles){0};
}

/* ---- reading ---- */

static ProcessId read_process(const Json *json)
{
    ProcessId process = {.pid = json_get_integer(json, "pid", 0)};
    const char *stamp = json_get_text(json, "stamp");
    uint8_t bytes[8];

    if (!stamp || !text_to_bytes(stamp, bytes, sizeof bytes))
        return (ProcessId){0};
    for (size_t i = 0; i < sizeof bytes; i++)
        process.stamp = process.stamp << 8 | bytes[i];
    return process;
}

static void copy_name(const Json *json, const char *key, char *out, size_t size)
{
    const char *text = json_get_text(json, key);

    (void)snprintf(out, size, "%s", text ? text : ""); /* cut is good enough */
}

static InstanceCondition supervised_condition(const char *word)
{
    static const struct {
        const char *word;
        InstanceCondition condition;
    } rows[] = {
        {"starting", INSTANCE_STARTING},
        {"running",  INSTANCE_RUNNING },
        {"waiting",  INSTANCE_WAITING },
        {"stopping", INSTANCE_RUNNING },
        {"stopped",  INSTANCE_STOPPED },
        {"gave_up",  INSTANCE_GAVE_UP },
    };

    for (size_t i = 0; word && i < sizeof rows / sizeof *rows; i++)
        if (text_equal(rows[i].word, word))
            return rows[i].condition;
    return INSTANCE_ABSENT;
}

/* The file says what was; the processes say what is. */
static InstanceCondition condition(const char *word, bool supervised, bool runs)
{
    if (supervised)
        return supervised_condition(word);
    if (runs)
        return INSTANCE_ORPHANED;
    return word && text_equal(word, "stopped") ? INSTANCE_STOPPED : INSTANCE_ABSENT;
}

static void fill(const Json *json, InstanceRecord *record)
{
    InstanceState *state = &record->state;
    bool supervised;
    bool runs;

    record->supervisor = read_process(json_get(json, "supervisor"));
    record->process = read_process(json_get(json, "instance"));
    record->graceful = json_get_bool(json, "graceful", false);
    record->log_start = (uint64_t)json_get_integer(json, "log_start", 0);
    supervised = process_alive(&record->supervisor);
    runs = process_alive(&record->process);
    state->supervisor = supervised ? record->supervisor : (ProcessId){0};
    state->process = runs ? record->process : (ProcessId){0};
    state->restarts = (int)json_get_integer(json, "restarts", 0);
    state->started_ms = json_get_integer(json, "started_ms", 0);
    copy_name(json, "last_exit", state->last_exit, sizeof state->last_exit);
    copy_name(json, "release", state->release, sizeof state->release);
    copy_name(json, "instance_id", state->instance, sizeof state->instance);
    state->state = condition(json_get_text(json, "state"), supervised, runs);
    state->until_ms = state->state == INSTANCE_WAITING ? json_get_integer(json, "until_ms", 0) : 0;
}

static bool read_once(const char *state_path, InstanceRecord *out, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;
    InstanceRecord record = {.state.state = INSTANCE_ABSENT};

    if (file_exists(state_path)) {
        if (!json_read_file(state_path, STATE_LIMIT, &json, err))
            return error_while(err, "reading %s", state_path);
        fill(json, &record);
    }
    *out = record;
    return true;
}

/* A supervisor that is gone may have written its last word after the file was read, and before it
 * was looked for: then the next reading has it. */
bool instance_record_read(const char *state_path, InstanceRecord *out, Error *err)
{
    return read_once(state_path, out, err) &&
           (out->supervisor.pid == 0 || out->state.supervisor.pid != 0 ||
            read_once(state_path, out, err));
}

bool instance_record_write_stopped(const char *state_path, const char *last_exit, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;
    CLEANUP(free) char *text = NULL;

    if (!json_read_file(state_path, STATE_LIMIT, &json, err))
        return error_while(err, "reading %s", state_path);
    json_put_text(json, "instance", NULL);
    json_put_text(json, "state", "stopped");
    json_put_text(json, "last_exit", last_exit);
    json_put_integer(json, "since_ms", clock_wall_ms());
    text = json_pretty(json);
    if (!text)
        return error_memory(err);
    return file_write_atomic(state_path, text, strlen(text), 0600, err);
}
