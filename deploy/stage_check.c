/* stage_check: is the new release healthy, and is it the new release?
 *
 * Main path: after start; no request of a user has reached it yet. Proof: N passes in a row. On
 * failure the last answer and the instance's last lines are shown. */
#include "base/text.h"
#include "deploy/instance.h"
#include "deploy/stage.h"
#include "proxy/probe.h"

typedef struct CheckContext {
    Deployment *deployment;
    Instance instance;
} CheckContext;

static bool still_alive(void *context)
{
    const CheckContext *check = context;

    return instance_runs(check->deployment->app, &check->instance);
}

static void prove(Deployment *deployment, const ProbeAnswer *last, int tries)
{
    Json *detail = deployment_detail(deployment);
    int passes = (int)deployment->app->settings->check.passes;

    (void)json_put_integer(detail, "passes", passes);
    (void)json_put_integer(detail, "tries", tries);
    (void)json_put_text(detail, "answer", last->seen);
    (void)json_put_text(detail, "identity", last->identity);
    deployment_proof(
        deployment, "%s, %d time%s in a row%s", last->seen, passes, text_plural(passes),
        deployment->app->settings->check.identity_header ? ", identity as expected" : "");
}

bool stage_check(Deployment *deployment, Error *err)
{
    const Settings *settings = deployment->app->settings;
    CheckContext context = {.deployment = deployment, .instance = deployment_instance(deployment)};
    ProbeRepeat repeat = {.interval_ms = settings->check.interval_ms,
                          .passes = (int)settings->check.passes,
                          .deadline_ms = settings->check.deadline_ms,
                          .still_alive = still_alive,
                          .context = &context,
                          .log = instance_log_command(context.instance.slot)};
    CLEANUP_TEXT_LIST TextList exec = {0};
    ProbeCheck check = {0};
    ProbeAnswer last = {0};
    int tries = 0;

    if (!instance_health_check(deployment->app, &context.instance, &exec, &check, err))
        return false;
    if (!probe_until_healthy(&check, &repeat, &last, &tries, err)) {
        if (err->code != ERR_INTERRUPTED)
            instance_show_last_lines(deployment->app, context.instance.slot, err);
        return error_while(err, "checking release %s", deployment->record.version);
    }
    prove(deployment, &last, tries);
    return true;
}
