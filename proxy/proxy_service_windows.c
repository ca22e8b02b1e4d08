/* See proxy_service.h. The service is a keeper (proxy/server/parent/keeper.h). Its account is its
 * own, NT SERVICE\NAME, which may change ROOT/proxy and read the program, and nothing else of ours.
 *
 * Its name has the hash of its folder, so that two ROOTs have two: the one in the name of the pipe.
 */
#include "proxy/proxy_service.h"

#include "base/clock.h"
#include "base/file/access_windows.h"
#include "base/file/file.h"
#include "base/json.h"
#include "base/net/local_socket.h"
#include "base/path.h"
#include "base/service/service_windows.h"
#include "base/text.h"
#include "proxy/control.h"

#include <string.h>

enum {
    PATIENCE_MS = 40000,
    LOOK_MS = 20,
    RESTART_MS = 5000,
    RESET_MS = 24 * 60 * 60 * 1000,
    PRESHUTDOWN_MS = 30000
};

typedef struct ProxyService {
    char *folder;
    char *name;
    char *owner; /* by which we know it for ours */
} ProxyService;

static void proxy_service_free(ProxyService *service)
{
    free(service->folder);
    free(service->name);
    free(service->owner);
}

#define CLEANUP_PROXY_SERVICE __attribute__((cleanup(proxy_service_free), unused))

static bool describe(const char *root, ProxyService *out, Error *err)
{
    CLEANUP(free) char *pipe = NULL;
    const char *hash = NULL;

    out->folder = path_join(root, "proxy");
    pipe = out->folder ? local_socket_name(out->folder) : NULL;
    hash = pipe ? strrchr(pipe, '-') : NULL;
    out->name = hash ? text_formatted("godeploy-proxy%s", hash) : NULL;
    out->owner = text_formatted("Keeps godeploy-proxy for %s", root);
    return (out->folder && out->name && out->owner) || error_memory(err);
}

/* ---- starting ---- */

static bool put(const ProxyService *service, const char *root, const char *program, Error *err)
{
    CLEANUP(free) char *display = text_formatted("godeploy-proxy (%s)", root);
    CLEANUP(free)
    char *description = text_formatted("%s. Without it nobody answers there.", service->owner);
    const char *const command[] = {program,     "--folder",    service->folder,
                                   "--service", service->name, NULL};
    const ServicePlan plan = {
        .name = service->name,
        .display_name = display,
        .description = description,
        .owner = service->owner,
        .command = command,
        .start = SERVICE_STARTS_AT_BOOT,
        .ladder = {.times = SERVICE_RESTARTS_FOR_EVER,
                   .delay_ms = RESTART_MS,
                   .reset_ms = RESET_MS},
        .preshutdown_ms = PRESHUTDOWN_MS
    };

    if (!display || !description)
        return error_memory(err);
    return service_put(&plan, err) && folder_create(service->folder, err) &&
           access_allow_service(service->folder, service->name, ACCESS_CHANGE, err) &&
           access_allow_service(program, service->name, ACCESS_READ, err);
}

static bool is_over(const ProxyService *service, bool *over, Error *err)
{
    ServiceLook look = {0};

    if (!service_look(service->name, &look, err))
        return false;
    *over = look.condition == SERVICE_IS_STOPPED || look.condition == SERVICE_IS_ABSENT;
    return true;
}

static bool wait_until_it_answers(const ProxyService *service, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    CLEANUP(json_free) Json *status = NULL;
    ServiceLook look = {0};

    while (!control_status(service->folder, &status, err)) {
        Error ignored = {0};
        bool ended =
            service_look(service->name, &look, &ignored) && look.condition == SERVICE_IS_STOPPED;

        if (ended)
            (void)error_set(err, ERR_ENGINE,
                            "the service %s stopped again (Windows %u, its own %u)", service->name,
                            look.exit_code, look.own_code);
        if (ended || clock_monotonic_ms() > deadline_ms)
            return error_hint(err, "See %s/proxy.log.", service->folder);
        (void)clock_sleep_ms(LOOK_MS); /* Ctrl-C is looked at by the stage */
    }
    return true;
}

static bool start(const ProxyService *service, const char *root, const char *program, Error *err)
{
    ServiceLook look = {0};

    if (!service_look(service->name, &look, err))
        return false;
    if (look.condition != SERVICE_IS_RUNNING && look.condition != SERVICE_IS_STARTING &&
        (!put(service, root, program, err) || !service_start(service->name, err)))
        return false;
    return wait_until_it_answers(service, err);
}

bool proxy_service_start(const char *root, const char *program, Error *err)
{
    CLEANUP_PROXY_SERVICE ProxyService service = {0};

    return describe(root, &service, err) && start(&service, root, program, err);
}

/* It is not started beside what runs: its account may not ask the parent of an administrator, and
 * would start another one. */
bool proxy_service_install(const char *root, const char *program, Error *err)
{
    CLEANUP_PROXY_SERVICE ProxyService service = {0};
    bool over = false;

    return describe(root, &service, err) && is_over(&service, &over, err) &&
           (!over || put(&service, root, program, err));
}

/* What runs keeps its command; the next start makes it anew. */
bool proxy_service_update(const char *root, const char *program, Error *err)
{
    (void)root;
    (void)program;
    (void)err;
    return true;
}

/* ---- stopping ---- */

static bool stop(const ProxyService *service, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    bool asked = false;
    bool over = false;

    if (!service_set_start(service->name, SERVICE_STARTS_ON_DEMAND, err))
        return false;
    for (;;) {
        if ((!asked && !service_ask_to_stop(service->name, &asked, err)) ||
            !is_over(service, &over, err))
            return false;
        if (over)
            return true;
        if (clock_monotonic_ms() > deadline_ms)
            return error_set(err, ERR_ENGINE, "the service %s did not stop within %d s",
                             service->name, PATIENCE_MS / 1000);
        if (!clock_sleep_ms(LOOK_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted while the service %s was stopping",
                             service->name);
    }
}

bool proxy_service_stop(const char *root, Error *err)
{
    CLEANUP_PROXY_SERVICE ProxyService service = {0};
    ServiceLook look = {0};

    if (!describe(root, &service, err) || !service_look(service.name, &look, err))
        return false;
    return look.condition == SERVICE_IS_ABSENT || stop(&service, err);
}
