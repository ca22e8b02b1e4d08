/* godeploy-supervise SPEC.json [--adopt PID STAMP | --service NAME ENVIRONMENT OUTPUT]: one per
 * instance, started by deploy/runner/runner_supervise.c, or by the service manager of Windows as
 * deploy/runner/runner_service.c told it to, and by nobody else. What it has to say goes to stderr,
 * which is logs/supervise-SLOT.log.
 *
 * godeploy-supervise --ask-to-stop PID STAMP: a short errand for deploy/runner/supervised.c. On
 * Windows only a process that can do without its own console can reach that of an instance.
 *
 * godeploy-supervise --ladder UNIT STEPS TIMES RESET_MS: another one, for systemd, in units that
 * deploy/runner/runner_systemd_linux.c made. */
#include "base/arguments.h"
#include "base/text.h"
#include "deploy/supervise/as_service.h"
#include "deploy/supervise/supervisor.h"
#include "deploy/supervise/unit_ladder.h"

#include <stdio.h>

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
    if (count == 6 && text_equal(words[1], "--ladder"))
        return unit_ladder_ask((const char *const *)words + 2, err);
    if (count == 4 && text_equal(words[1], "--ask-to-stop") &&
        process_from_words(words[2], words[3], &adopted))
        return process_ask_group_to_stop(&adopted, err);
    if (count != 2 && !(count == 5 && text_equal(words[2], "--adopt") &&
                        process_from_words(words[3], words[4], &adopted)))
        return error_set(err, ERR_USAGE, "usage: godeploy-supervise SPEC.json [--adopt PID STAMP]");
    return plan_read(words[1], &plan, err) &&
           supervisor_run(&plan, adopted.pid ? &adopted : NULL, err);
}

int main(int argc, char **argv)
{
    CLEANUP_TEXT_LIST TextList words = {0};
    Error err = {0};

    if (arguments_read(argc, argv, &words, &err) && run((int)words.count, words.items, &err))
        return 0;
    (void)fprintf(stderr, "godeploy-supervise: %s\n", err.message); /* nobody else to tell */
    return error_exit_status(err.code);
}
