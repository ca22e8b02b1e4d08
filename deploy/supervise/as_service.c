/* See as_service.h. */
#include "deploy/supervise/as_service.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/process/own_environment.h"
#include "base/service/service_program.h"
#include "deploy/supervise/status.h"
#include "deploy/supervise/supervisor.h"

enum { ENVIRONMENT_LIMIT = 1024 * 1024, ASK_MS = 5000, ASK_STEP_MS = 10 };

/* A service has the environment of its account: what is ours is added, and passed on. */
static bool take_environment(const char *path, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;

    if (!json_read_file(path, ENVIRONMENT_LIMIT, &json, err))
        return false;
    for (size_t i = 0; i < json_count(json); i++) {
        const char *line = json_as_text(json_item(json, i));

        if (!line)
            return error_set(err, ERR_SETTINGS, "%s holds what is no text", path);
        if (!own_environment_set(line, err))
            return false;
    }
    return true;
}

static bool run(void *context, ServiceProgram *program, Error *err)
{
    const ServiceArguments *arguments = context;
    CLEANUP_PLAN Plan plan = {0};
    ProcessId left;

    if (!take_environment(arguments->environment_path, err) ||
        !plan_read(arguments->spec_path, &plan, err))
        return false;
    left = status_find_running(&plan);
    service_program_ready(program);
    return supervisor_run(&plan, left.pid ? &left : NULL, err);
}

/* The supervisor hears it as from anybody else; it may be about to begin listening. */
static void stop(void *context)
{
    int64_t deadline_ms = clock_monotonic_ms() + ASK_MS;
    ProcessId own;
    Error ignored = {0};

    (void)context;
    if (!process_identify(process_own_pid(), &own, &ignored))
        return;
    while (!process_ask_to_stop(&own, &ignored) && clock_monotonic_ms() < deadline_ms)
        (void)clock_sleep_ms(ASK_STEP_MS);
}

bool supervise_as_service(const ServiceArguments *arguments, Error *err)
{
    ServiceArguments copy = *arguments;
    const ServiceWork work = {.name = copy.name,
                              .output_path = copy.output_path,
                              .run = run,
                              .stop = stop,
                              .context = &copy};

    return service_program_run(&work, err);
}
