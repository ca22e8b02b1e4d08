/* See service_record.h. */
#include "deploy/runner/service_record.h"

#include "base/file/file.h"
#include "base/json.h"
#include "base/path.h"

#include <stdio.h>
#include <string.h>

enum { RECORD_LIMIT = 64 * 1024, PRIVATE_MODE = 0600 };

/* ---- paths ---- */

char *service_private_folder(const InstancePlace *place)
{
    CLEANUP(free) char *name = text_formatted("%s.private", place->slot);

    return name ? path_join(place->run_folder, name) : NULL;
}

static char *private_file(const InstancePlace *place, const char *name)
{
    CLEANUP(free) char *folder = service_private_folder(place);

    return folder ? path_join(folder, name) : NULL;
}

char *service_environment_path(const InstancePlace *place)
{
    return private_file(place, "environment.json");
}

static char *record_path(const InstancePlace *place)
{
    return private_file(place, "service.json");
}

/* ---- the record ---- */

static void fill(const Json *json, ServiceRecord *record)
{
    const Json *ladder = json_get(json, "ladder");
    const char *release = json_get_text(json, "release");
    const char *instance = json_get_text(json, "instance_id");

    (void)snprintf(record->release, sizeof record->release, "%s", release ? release : "");
    (void)snprintf(record->instance, sizeof record->instance, "%s", instance ? instance : "");
    record->native = json_get_bool(json, "native", false);
    record->good = json_get_bool(json, "good", false);
    record->starts_later = json_get_bool(json, "starts_later", false);
    record->ladder = (ServiceLadder){.times = (int)json_get_integer(ladder, "times", 0),
                                     .delay_ms = json_get_integer(ladder, "delay_ms", 0),
                                     .reset_ms = json_get_integer(ladder, "reset_ms", 0)};
    record->started_ms = json_get_integer(json, "started_ms", 0);
    record->process = (ProcessId){.pid = json_get_integer(json, "pid", 0),
                                  .stamp = (uint64_t)json_get_integer(json, "stamp", 0)};
}

bool service_record_exists(const InstancePlace *place)
{
    CLEANUP(free) char *path = record_path(place);

    return path && file_exists(path);
}

bool service_record_read(const InstancePlace *place, ServiceRecord *out, Error *err)
{
    CLEANUP(free) char *path = record_path(place);
    CLEANUP(json_free) Json *json = NULL;

    *out = (ServiceRecord){0};
    if (!path)
        return error_memory(err);
    if (!file_exists(path))
        return true;
    if (!json_read_file(path, RECORD_LIMIT, &json, err))
        return error_while(err, "reading %s", path);
    fill(json, out);
    return true;
}

static Json *record_json(const ServiceRecord *record)
{
    Json *json = json_new_object();
    Json *ladder = json_new_object();

    json_put_integer(ladder, "times", record->ladder.times);
    json_put_integer(ladder, "delay_ms", record->ladder.delay_ms);
    json_put_integer(ladder, "reset_ms", record->ladder.reset_ms);
    json_put_text(json, "release", record->release);
    json_put_text(json, "instance_id", record->instance);
    json_put_bool(json, "native", record->native);
    json_put_bool(json, "good", record->good);
    json_put_bool(json, "starts_later", record->starts_later);
    json_put(json, "ladder", ladder);
    json_put_integer(json, "pid", record->process.pid);
    json_put_integer(json, "stamp", (int64_t)record->process.stamp);
    json_put_integer(json, "started_ms", record->started_ms);
    return json;
}

static bool write_json(const char *path, const Json *json, Error *err)
{
    CLEANUP(free) char *text = json_pretty(json);

    if (!path || !text)
        return error_memory(err);
    return file_write_atomic(path, text, strlen(text), PRIVATE_MODE, err);
}

bool service_record_write(const InstancePlace *place, const ServiceRecord *record, Error *err)
{
    CLEANUP(free) char *path = record_path(place);
    CLEANUP(json_free) Json *json = record_json(record);

    return write_json(path, json, err);
}

bool service_environment_write(const InstancePlace *place, const char *const *environment,
                               Error *err)
{
    CLEANUP(free) char *path = service_environment_path(place);
    CLEANUP(json_free) Json *json = json_new_array();

    for (size_t i = 0; environment[i]; i++)
        json_push_text(json, environment[i]);
    return write_json(path, json, err);
}

bool service_record_remove(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *environment = service_environment_path(place);
    CLEANUP(free) char *record = record_path(place);

    if (!environment || !record)
        return error_memory(err);
    return file_remove(environment, err) && file_remove(record, err);
}
