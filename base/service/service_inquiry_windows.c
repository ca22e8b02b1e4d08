/* See service_inquiry_windows.h. */
#include "base/service/service_inquiry_windows.h"

#include "base/process/process.h"
#include "base/service/service_handle_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_BYTES = 8 * 1024 }; /* the most that QueryServiceConfig gives */

/* ---- which one a process belongs to ---- */

typedef struct RunningServices {
    ENUM_SERVICE_STATUS_PROCESSW *rows;
    DWORD count;
} RunningServices;

static void running_services_free(RunningServices *services)
{
    free(services->rows);
}

/* Between the question for the size and the answer another may have started: asked again. */
static bool list_running(RunningServices *out, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle manager = NULL;
    DWORD bytes = 0, needed = 0, resume = 0, why = ERROR_MORE_DATA;

    if (!service_open_manager(SC_MANAGER_ENUMERATE_SERVICE, &manager, err))
        return false;
    while (why == ERROR_MORE_DATA) {
        free(out->rows);
        bytes += needed;
        out->rows = malloc(bytes > 0 ? bytes : 1);
        if (!out->rows)
            return error_memory(err);
        resume = 0;
        why = EnumServicesStatusExW(manager, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_ACTIVE,
                                    (BYTE *)out->rows, bytes, &needed, &out->count, &resume, NULL)
                  ? ERROR_SUCCESS
                  : GetLastError();
    }
    return why == ERROR_SUCCESS ||
           error_set_windows(err, ERR_PROCESS, why, "listing the services that run");
}

/* svchost.exe carries many, of which none is to blame. Looking at parents takes its time. */
static const wchar_t *find_one(const RunningServices *services, int64_t pid, bool by_parents)
{
    const wchar_t *owner = NULL;

    for (DWORD i = 0; i < services->count; i++) {
        int64_t own = services->rows[i].ServiceStatusProcess.dwProcessId;

        if (own == 0 || (by_parents ? !process_descends_from(pid, own) : pid != own))
            continue;
        if (owner)
            return NULL;
        owner = services->rows[i].lpServiceName;
    }
    return owner;
}

bool service_of_process(int64_t pid, char *name, size_t size, Error *err)
{
    __attribute__((cleanup(running_services_free))) RunningServices services = {0};
    CLEANUP(free) char *found = NULL;
    const wchar_t *owner = NULL;

    if (pid == 0) {
        name[0] = '\0';
        return true;
    }
    if (!list_running(&services, err))
        return false;
    owner = find_one(&services, pid, false);
    if (!owner)
        owner = find_one(&services, pid, true);
    found = owner ? wide_to_utf8(owner) : NULL;
    if (owner && !found)
        return error_memory(err);
    (void)snprintf(name, size, "%s", found ? found : "");
    return true;
}

/* ---- when it is started ---- */

static ServiceStart start_of(ServiceHandle service, const QUERY_SERVICE_CONFIGW *config)
{
    SERVICE_DELAYED_AUTO_START_INFO delayed = {0};
    DWORD needed = 0;

    if (config->dwStartType != SERVICE_AUTO_START)
        return SERVICE_STARTS_ON_DEMAND;
    return QueryServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (BYTE *)&delayed,
                                sizeof delayed, &needed) &&
                   delayed.fDelayedAutostart
               ? SERVICE_STARTS_LATER_AT_BOOT
               : SERVICE_STARTS_AT_BOOT;
}

bool service_read_start(const char *name, ServiceStart *out, Error *err)
{
    CLEANUP(service_handle_close) ServiceHandle service = NULL;
    CLEANUP(free) QUERY_SERVICE_CONFIGW *config = malloc(CONFIG_BYTES);
    DWORD needed = 0;

    if (!config)
        return error_memory(err);
    if (!service_need(name, SERVICE_QUERY_CONFIG, &service, err))
        return false;
    if (!QueryServiceConfigW(service, config, CONFIG_BYTES, &needed))
        return service_error(name, GetLastError(), "looking at", err);
    *out = start_of(service, config);
    return true;
}
