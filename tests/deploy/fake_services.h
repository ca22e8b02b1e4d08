/* fake_services: a service control manager and its services, for tests of
 * deploy/runner/runner_service.c on any system: it remembers what it was told, in order, and its
 * services are real processes. The linker takes these functions in place of
 * base/service/service_windows.c and base/file/access_windows.c. */
#ifndef GODEPLOY_TESTS_DEPLOY_FAKE_SERVICES_H
#define GODEPLOY_TESTS_DEPLOY_FAKE_SERVICES_H

#include "base/file/access_windows.h"
#include "base/path.h"
#include "base/process/process.h"
#include "base/service/service_windows.h"
#include "base/text.h"
#include "deploy/runner/instance_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct FakeService {
    char name[64]; /* "": there is none */
    char owner[256];
    char account[64];
    char depends_on[64];
    char release_words[256]; /* its description */
    TextList command;
    ServiceStart start;
    int ladder_times;
    ProcessId process;
    uint32_t exit_code;
} FakeService;

typedef struct FakeServices {
    FakeService all[2];
    Text log;          /* "put blue, start blue, " */
    bool deaf;         /* STOP is heard and nothing comes of it */
    int refusals;      /* so many times STOP is not taken */
    bool ends_at_once; /* what is started has ended before anybody looks */
    bool keeps_dead;   /* as Wine does: a crashed one stays RUNNING, with its dead pid */
    bool private_late; /* something was in a private folder before it was closed */
} FakeServices;

static FakeServices fake_services;

static inline void fake_services_free(void)
{
    for (size_t i = 0; i < 2; i++)
        text_list_free(&fake_services.all[i].command);
    text_free(&fake_services.log);
    fake_services = (FakeServices){0};
}

static inline const char *fake_slot(const char *name)
{
    return text_ends_with(name, "blue") ? "blue" : "green";
}

static inline FakeService *fake_service(const char *name)
{
    return &fake_services.all[text_ends_with(name, "blue") ? 0 : 1];
}

static inline void fake_log(const char *what, const char *name)
{
    text_appendf(&fake_services.log, "%s %s, ", what, fake_slot(name));
}

/* ---- base/service/service_windows.h ---- */

bool service_put(const ServicePlan *plan, Error *err)
{
    FakeService *service = fake_service(plan->name);

    fake_log(service->name[0] ? "re-point" : "make", plan->name);
    (void)snprintf(service->name, sizeof service->name, "%s", plan->name);
    (void)snprintf(service->owner, sizeof service->owner, "%s", plan->owner);
    (void)snprintf(service->release_words, sizeof service->release_words, "%s", plan->description);
    (void)snprintf(service->account, sizeof service->account, "%s",
                   plan->account ? plan->account : "virtual");
    (void)snprintf(service->depends_on, sizeof service->depends_on, "%s",
                   plan->depends_on ? plan->depends_on : "");
    service->start = plan->start;
    service->ladder_times = plan->ladder.times;
    text_list_free(&service->command);
    service->command = (TextList){0};
    for (size_t i = 0; plan->command[i]; i++)
        if (!text_list_add(&service->command, plan->command[i], err))
            return false;
    return true;
}

bool service_look(const char *name, ServiceLook *out, Error *err)
{
    const FakeService *service = fake_service(name);
    bool runs = service->process.pid && process_alive(&service->process);

    (void)err;
    *out = (ServiceLook){.condition = SERVICE_IS_ABSENT, .exit_code = service->exit_code};
    if (service->name[0] == '\0')
        return true;
    out->condition = runs || (fake_services.keeps_dead && service->process.pid)
                         ? SERVICE_IS_RUNNING
                         : SERVICE_IS_STOPPED;
    out->pid = out->condition == SERVICE_IS_RUNNING ? service->process.pid : 0;
    return true;
}

bool service_set_start(const char *name, ServiceStart start, Error *err)
{
    static const char *const words[] = {"demand", "boot", "later"};

    (void)err;
    fake_service(name)->start = start;
    fake_log(words[start], name);
    return true;
}

bool service_set_ladder(const char *name, const ServiceLadder *ladder, Error *err)
{
    (void)err;
    fake_service(name)->ladder_times = ladder->times;
    fake_log(ladder->times > 0 ? "ladder on" : "ladder off", name);
    return true;
}

/* Without a service manager to answer to, and told to adopt what --service finds out by itself. */
static inline bool fake_start_supervisor(FakeService *service, Error *err)
{
    const char *spec = service->command.items[1];
    CLEANUP(free)
    char *state =
        text_formatted("%.*s.state.json", (int)(strlen(spec) - strlen(".spec.json")), spec);
    InstanceRecord record = {0};
    char pid[24], stamp[24];
    const char *argv[] = {service->command.items[0], spec, NULL, pid, stamp, NULL};
    const Spawn spawn = {.argv = argv};

    if (!state || !instance_record_read(state, &record, err))
        return false;
    if (record.state.process.pid)
        argv[2] = "--adopt";
    (void)snprintf(pid, sizeof pid, "%" PRId64, record.state.process.pid);
    (void)snprintf(stamp, sizeof stamp, "%016" PRIx64, record.state.process.stamp);
    return process_start_detached(&spawn, &service->process, err);
}

bool service_start(const char *name, Error *err)
{
    FakeService *service = fake_service(name);
    const Spawn spawn = {.argv = (const char *const *)service->command.items};

    fake_log("start", name);
    service->process = (ProcessId){0};
    if (fake_services.ends_at_once)
        return true;
    if (service->command.count > 2 && text_equal(service->command.items[2], "--service"))
        return fake_start_supervisor(service, err);
    return process_start_detached(&spawn, &service->process, err);
}

bool service_ask_to_stop(const char *name, bool *asked, Error *err)
{
    FakeService *service = fake_service(name);

    *asked = fake_services.refusals == 0;
    fake_log(*asked ? "ask" : "refuse", name);
    if (!*asked) {
        fake_services.refusals--;
        return true;
    }
    return fake_services.deaf || !service->process.pid ||
           process_ask_to_stop(&service->process, err);
}

/* ---- base/file/access_windows.h ---- */

bool access_allow_service(const char *path, const char *service, AccessRight right, Error *err)
{
    (void)err;
    text_appendf(&fake_services.log, "%s %s %s, ", right == ACCESS_READ ? "read" : "change",
                 path_file_name(path), fake_slot(service));
    return true;
}

bool access_keep_for_service(const char *folder, const char *service, Error *err)
{
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!folder_list(folder, &names, err))
        return false;
    fake_services.private_late = names.count > 0;
    fake_log("keep for", service);
    return true;
}

#endif
