/* See hooks.h. */
#include "deploy/hooks.h"

#include "base/process/process.h"
#include "base/text.h"
#include "deploy/instance_environment.h"

#include <stdio.h>

typedef struct HookRow {
    const char *name;
    size_t offset; /* of its HookList in Settings */
} HookRow;

static const HookRow hook_rows[] = {
    [HOOK_BEFORE_START] = {"before_start", offsetof(Settings, hooks.before_start)},
    [HOOK_BEFORE_FLIP] = {"before_flip",  offsetof(Settings, hooks.before_flip) },
    [HOOK_AFTER_FLIP] = {"after_flip",   offsetof(Settings, hooks.after_flip)  },
    [HOOK_AFTER_RETIRE] = {"after_retire", offsetof(Settings, hooks.after_retire)},
    [HOOK_ON_FAILURE] = {"on_failure",   offsetof(Settings, hooks.on_failure)  },
};

const HookList *hooks_of(const Settings *settings, HookPoint point)
{
    return (const HookList *)(const void *)((const char *)settings + hook_rows[point].offset);
}

const char *hook_point_name(HookPoint point)
{
    return hook_rows[point].name;
}

static void say_what_to_try(const Deployment *deployment, bool timed_out, Error *err)
{
    if (timed_out)
        (void)error_hint(err, "Raise hooks.timeout if it needs longer.");
    else
        (void)error_hint(err, "Run it by hand: hooks run in %s, without a shell.",
                         deployment->app->settings->folder);
}

static bool judge(const ProcessResult *result, const char *name, const char *program,
                  int64_t timeout_ms, Error *err)
{
    if (result->timed_out)
        (void)error_set(err, ERR_TIMEOUT, "hook %s: %s did not end within %lld ms and was killed",
                        name, program, (long long)timeout_ms);
    else if (result->signal != 0)
        (void)error_set(err, ERR_PROCESS, "hook %s: %s was ended by signal %d", name, program,
                        result->signal);
    else if (result->exit_status != 0)
        (void)error_set(err, ERR_PROCESS, "hook %s: %s ended with status %d", name, program,
                        result->exit_status);
    else
        return true;
    if (result->output[0] != '\0') {
        char cause[ERROR_MESSAGE_SIZE];

        (void)snprintf(cause, sizeof cause, "%s", err->message);
        (void)snprintf(err->message, sizeof err->message, "%.400s; its last output:\n%.1400s",
                       cause, result->output);
    }
    return false;
}

/* Runs in the settings file's folder, where the hook's program usually stands. */
static bool run_one(Deployment *deployment, HookPoint point, const TextList *hook, Error *err)
{
    const App *app = deployment->app;
    Instance instance = deployment_instance(deployment);
    CLEANUP_TEXT_LIST TextList arguments = {0};
    CLEANUP_TEXT_LIST TextList environment = {0};
    ProcessResult result = {0};
    Spawn spawn = {.folder = app->settings->folder};

    if (!instance_expand(app, &instance, hook, &arguments, err) ||
        !instance_environment(app, &instance, &environment, err))
        return false;
    spawn.argv = (const char *const *)arguments.items;
    spawn.environment = (const char *const *)environment.items;
    if (!process_run(&spawn, app->settings->hooks.timeout_ms, &result, err))
        (void)error_while(err, "hook %s: %s", hook_rows[point].name, arguments.items[0]);
    else if (judge(&result, hook_rows[point].name, arguments.items[0],
                   app->settings->hooks.timeout_ms, err))
        return true;
    if (err->code != ERR_INTERRUPTED)
        say_what_to_try(deployment, result.timed_out, err);
    return false;
}

bool hooks_run(Deployment *deployment, HookPoint point, Error *err)
{
    const HookList *hooks = hooks_of(deployment->app->settings, point);

    for (size_t i = 0; i < hooks->count; i++)
        if (!run_one(deployment, point, &hooks->items[i], err))
            return false;
    if (hooks->count > 0)
        deployment_note(deployment, "%zu %s hook%s passed", hooks->count, hook_rows[point].name,
                        text_plural((int64_t)hooks->count));
    return true;
}

void hooks_run_and_warn(Deployment *deployment, HookPoint point)
{
    const HookList *hooks = hooks_of(deployment->app->settings, point);

    for (size_t i = 0; i < hooks->count; i++) {
        Error trouble = {0};

        if (!run_one(deployment, point, &hooks->items[i], &trouble))
            deployment_warn(deployment, "%s", trouble.message);
    }
}
