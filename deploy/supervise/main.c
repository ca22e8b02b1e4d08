/* godeploy-supervise SPEC.json [--adopt PID STAMP | --service NAME ENVIRONMENT OUTPUT]: one per
 * instance, started by deploy/runner_supervise.c, or by the service manager of Windows as
 * deploy/runner_service.c told it to, and by nobody else. What it has to say goes to stderr, which
 * is logs/supervise-SLOT.log. */
#include "base/text.h"
#include "deploy/supervise/as_service.h"
#include "deploy/supervise/supervisor.h"

#include <stdio.h>

static bool read_adopted(char **words, ProcessId *out, Error *err)
{
    uint64_t pid;
    uint8_t bytes[8];

    if (!text_equal(words[0], "--adopt") || !text_parse_number(words[1], INT32_MAX, &pid) ||
        !text_to_bytes(words[2], bytes, sizeof bytes))
        return error_set(err, ERR_USAGE, "expected --adopt PID STAMP");
    *out = (ProcessId){.pid = (int64_t)pid};
    for (size_t i = 0; i < sizeof bytes; i++)
        out->stamp = out->stamp << 8 | bytes[i];
    return true;
}

static bool run(int count, char **words, Error *err)
{
    CLEANUP_PLAN Plan plan = {0};
    ProcessId adopted = {0};

    if (count == 6 && text_equal(words[2], "--service"))
        return supervise_as_service(&(ServiceArguments){.spec_path = words[1],
                                                        .name = words[3],
                                                        .environment_path = words[4],
                                                        .output_path = words[5]},
                                    err);
    if (count != 2 && count != 5)
        return error_set(err, ERR_USAGE, "usage: godeploy-supervise SPEC.json [--adopt PID STAMP]");
    if (count == 5 && !read_adopted(words + 2, &adopted, err))
        return false;
    return plan_read(words[1], &plan, err) &&
           supervisor_run(&plan, adopted.pid ? &adopted : NULL, err);
}

int main(int count, char **words)
{
    Error err = {0};

    if (run(count, words, &err))
        return 0;
    (void)fprintf(stderr, "godeploy-supervise: %s\n", err.message); /* nobody else to tell */
    return error_exit_status(err.code);
}
