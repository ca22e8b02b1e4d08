/* See unit_record.h. */
#include "deploy/runner/unit_record.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

enum { RECORD_LIMIT = 64 * 1024 };

char *unit_record_path(const InstancePlace *place)
{
    return text_formatted("%s/%s.systemd.json", place->run_folder, place->slot);
}

static void take_text(const Json *json, const char *key, char out[INSTANCE_NAME_SIZE])
{
    const char *text = json_get_text(json, key);

    (void)snprintf(out, INSTANCE_NAME_SIZE, "%s", text ? text : "");
}

bool unit_record_read(const InstancePlace *place, UnitRecord *out, Error *err)
{
    CLEANUP(free) char *path = unit_record_path(place);
    CLEANUP(json_free) Json *json = NULL;

    if (!path)
        return error_memory(err);
    *out = (UnitRecord){0};
    if (!file_exists(path))
        return true;
    if (!json_read_file(path, RECORD_LIMIT, &json, err))
        return false;
    take_text(json, "release", out->release);
    take_text(json, "instance", out->instance);
    out->stop_timeout_ms = json_get_integer(json, "stop_timeout_ms", 0);
    out->restart_delay_ms = json_get_integer(json, "restart_delay_ms", 0);
    out->since_ms = json_get_integer(json, "since_ms", 0);
    return true;
}

bool unit_record_write(const InstanceSpec *spec, Error *err)
{
    CLEANUP(free) char *path = unit_record_path(&spec->place);
    CLEANUP(json_free) Json *json = json_new_object();
    CLEANUP(free) char *text = NULL;

    json_put_text(json, "release", spec->release); /* a failure marks the value */
    json_put_text(json, "instance", spec->instance);
    json_put_integer(json, "stop_timeout_ms", spec->stop_timeout_ms);
    json_put_integer(json, "restart_delay_ms", spec->restart_delay_ms);
    json_put_integer(json, "since_ms", clock_wall_ms());
    text = json_pretty(json);
    if (!path || !text)
        return error_memory(err);
    return file_write_durable(path, text, strlen(text), 0600, err);
}

bool unit_record_exists(const InstancePlace *place)
{
    CLEANUP(free) char *path = unit_record_path(place);

    return path && file_exists(path);
}

bool unit_record_remove(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *path = unit_record_path(place);

    return path ? file_remove(path, err) : error_memory(err);
}
