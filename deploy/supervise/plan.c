/* See plan.h. */
#include "deploy/supervise/plan.h"

#include "base/json.h"
#include "base/text.h"

enum { PLAN_LIMIT = 1024 * 1024 };

static bool need_text(const Json *json, const char *key, const char **out, Error *err)
{
    *out = json_get_text(json, key);
    if (!*out)
        return error_set(err, ERR_SETTINGS, "%s is missing or no text", key);
    return true;
}

static bool read_command(const Json *json, char ***out, Error *err)
{
    size_t count = json_count(json);
    char **words = calloc(count + 1, sizeof *words);

    if (!words)
        return error_memory(err);
    *out = words;
    for (size_t i = 0; i < count; i++) {
        const char *word = json_as_text(json_item(json, i));

        if (!word)
            return error_set(err, ERR_SETTINGS, "command holds what is no text");
        words[i] = text_copy(word);
        if (!words[i])
            return error_memory(err);
    }
    if (count == 0)
        return error_set(err, ERR_SETTINGS, "command is missing or empty");
    return true;
}

static void read_numbers(const Json *json, Plan *plan)
{
    const Json *restart = json_get(json, "restart");

    plan->log_size = (uint64_t)json_get_integer(json, "log_size", INT64_C(10) * 1024 * 1024);
    plan->log_files = (int)json_get_integer(json, "log_files", 8);
    plan->log_check_ms = json_get_integer(json, "log_check_ms", 1000);
    if (plan->log_check_ms <= 0)
        plan->log_check_ms = 1000; /* else the timer would not repeat */
    plan->stop_timeout_ms = json_get_integer(json, "stop_timeout_ms", 5000);
    plan->restart.delay_ms = json_get_integer(restart, "delay_ms", 60000);
    plan->restart.times = (int)json_get_integer(restart, "times", 3);
    plan->restart.reset_ms = json_get_integer(restart, "reset_ms", 86400000);
}

static bool read_plan(const Json *json, Plan *plan, Error *err)
{
    if (!need_text(json, "app", &plan->app, err) ||
        !need_text(json, "release", &plan->release, err) ||
        !need_text(json, "slot", &plan->slot, err) ||
        !need_text(json, "instance", &plan->instance, err) ||
        !need_text(json, "folder", &plan->folder, err) ||
        !need_text(json, "log", &plan->log, err) || !need_text(json, "state", &plan->state, err) ||
        !read_command(json_get(json, "command"), &plan->command, err))
        return false;
    read_numbers(json, plan);
    plan->trial = text_formatted("%s.trial", plan->state);
    plan->stop = text_formatted("%s.stop", plan->state);
    return plan->trial && plan->stop ? true : error_memory(err);
}

bool plan_read(const char *path, Plan *out, Error *err)
{
    Json *json = NULL;

    *out = (Plan){0};
    if (!json_read_file(path, PLAN_LIMIT, &json, err))
        return false;
    out->owner = json;
    if (!read_plan(json, out, err))
        return error_while(err, "reading %s", path);
    return true;
}

void plan_free(Plan *plan)
{
    for (size_t i = 0; plan->command && plan->command[i]; i++)
        free(plan->command[i]);
    free(plan->command);
    free(plan->trial);
    free(plan->stop);
    json_free(plan->owner);
    *plan = (Plan){0};
}
