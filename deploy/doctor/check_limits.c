/* check_limits: may godeploy-proxy hold as many connections as the settings let in?
 *
 * A client costs two descriptors, its own and that to the instance; while the old slot drains, its
 * idle connections are kept beside those to the new one. */
#include "base/process/open_files.h"
#include "base/process/process.h"
#include "deploy/doctor/checks_linux.h"

enum { FILES_PER_CLIENT = 3, FILES_BESIDES = 128, FEW_CLIENTS = 1024 };

static const char raise[] =
    "Raise it where godeploy or its service is started: LimitNOFILE= of the unit, `ulimit -Hn` or "
    "/etc/security/limits.conf; then `godeploy proxy upgrade`.";

/* The proxy that runs; 0: the one that would be started. */
static int64_t proxy_of(const Examination *examination)
{
    int64_t pid = 0;
    Error unseen = {0};

    if (!examination->situation->route.known || examination->settings->traffic.listen_count == 0 ||
        !process_listening_on(examination->settings->traffic.listen[0].port, &pid, &unseen))
        return 0;
    return pid > 0 ? pid : 0;
}

void check_limits(Examination *examination)
{
    int64_t clients = examination->settings->traffic.limits.connections;
    uint64_t limit = 0, needed = 0;
    Error why = {0};

    if (!text_equal(examination->app->engine->name, "embedded")) {
        say_well(examination, "%s has its own", examination->app->engine->name);
        return;
    }
    if (!open_files_limit(proxy_of(examination), &limit, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    needed = (uint64_t)(clients > 0 ? clients : FEW_CLIENTS) * FILES_PER_CLIENT + FILES_BESIDES;
    if (limit < needed && clients > 0)
        say(examination, DOCTOR_OPEN_FILES_FEW, raise,
            "godeploy-proxy may open %llu files; %lld clients (traffic.limits.connections) and a "
            "slot that drains need %llu",
            (unsigned long long)limit, (long long)clients, (unsigned long long)needed);
    else if (limit < needed)
        say(examination, DOCTOR_OPEN_FILES_FEW, raise,
            "godeploy-proxy may open %llu files, which is enough for %llu clients",
            (unsigned long long)limit, (unsigned long long)limit / FILES_PER_CLIENT);
    if (limit == UINT64_MAX)
        say_well(examination, "godeploy-proxy may open any number of files");
    say_well(examination, "godeploy-proxy may open %llu files", (unsigned long long)limit);
}
