/* See status.h. */
#include "deploy/supervise/status.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STATE_LIMIT = 64 * 1024, STAMP_SIZE = 17 };

/* The stamp as hexadecimal text: JSON's numbers end at 2^63 here, and at 2^53 elsewhere. */
static Json *process_json(const ProcessId *process)
{
    char stamp[STAMP_SIZE];
    Json *json = json_new_object();

    (void)snprintf(stamp, sizeof stamp, "%016" PRIx64, process->stamp);
    json_put_integer(json, "pid", process->pid);
    json_put_text(json, "stamp", stamp);
    return json;
}

static Json *status_json(const Plan *plan, const Status *status)
{
    Json *json = json_new_object();

    json_put_text(json, "app", plan->app);
    json_put_text(json, "release", plan->release);
    json_put_text(json, "slot", plan->slot);
    json_put_text(json, "instance_id", plan->instance);
    json_put(json, "supervisor", process_json(&status->supervisor));
    if (status->instance.pid)
        json_put(json, "instance", process_json(&status->instance));
    else
        json_put_text(json, "instance", NULL);
    json_put_text(json, "state", status->state);
    json_put_integer(json, "restarts", status->restarts);
    json_put_text(json, "last_exit", status->last_exit);
    json_put_bool(json, "graceful", status->graceful);
    json_put_integer(json, "since_ms", status->since_ms);
    json_put_integer(json, "until_ms", status->until_ms);
    json_put_integer(json, "started_ms", status->started_ms);
    json_put_integer(json, "log_start", (int64_t)status->log_start);
    return json;
}

bool status_write(const Plan *plan, const Status *status, Error *err)
{
    CLEANUP(json_free) Json *json = status_json(plan, status);
    CLEANUP(free) char *text = json_pretty(json);

    if (!text)
        return error_memory(err);
    return file_write_atomic(plan->state, text, strlen(text), 0600, err);
}

void status_continue(const Plan *plan, Status *status)
{
    CLEANUP(json_free) Json *json = NULL;
    Error ignored = {0};
    const char *last_exit;

    if (!file_exists(plan->state) || !json_read_file(plan->state, STATE_LIMIT, &json, &ignored))
        return;
    last_exit = json_get_text(json, "last_exit");
    status->restarts = (int)json_get_integer(json, "restarts", 0);
    status->started_ms = json_get_integer(json, "started_ms", 0);
    status->log_start = (uint64_t)json_get_integer(json, "log_start", 0);
    (void)snprintf(status->last_exit, sizeof status->last_exit, "%s", last_exit ? last_exit : "");
}

static ProcessId read_process(const Json *json)
{
    ProcessId process = {.pid = json_get_integer(json, "pid", 0)};
    const char *stamp = json_get_text(json, "stamp");
    uint8_t bytes[sizeof process.stamp];

    if (!stamp || !text_to_bytes(stamp, bytes, sizeof bytes))
        return (ProcessId){0};
    for (size_t i = 0; i < sizeof bytes; i++)
        process.stamp = process.stamp << 8 | bytes[i];
    return process;
}

ProcessId status_find_running(const Plan *plan)
{
    CLEANUP(json_free) Json *json = NULL;
    ProcessId process;
    Error ignored = {0};

    if (!file_exists(plan->state) || !json_read_file(plan->state, STATE_LIMIT, &json, &ignored))
        return (ProcessId){0};
    process = read_process(json_get(json, "instance"));
    return process.pid && process_alive(&process) ? process : (ProcessId){0};
}

static const char *signal_words(int signal)
{
    static const struct {
        int signal;
        const char *words;
    } known[] = {
        {1,  "hung up"            },
        {2,  "interrupted"        },
        {3,  "quit"               },
        {4,  "illegal instruction"},
        {6,  "aborted"            },
        {7,  "bus error"          },
        {8,  "arithmetic error"   },
        {9,  "killed"             },
        {11, "segmentation fault" },
        {13, "broken pipe"        },
        {15, "terminated"         },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].signal == signal)
            return known[i].words;
    return NULL;
}

/* What Windows says of a program that did not end by itself. Source: [MS-ERREF] 2.3.1. */
static const char *nt_status_words(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *words;
    } known[] = {
        {0xC0000005, "access violation"                 },
        {0xC000001D, "illegal instruction"              },
        {0xC0000094, "division by zero"                 },
        {0xC00000FD, "stack overflow"                   },
        {0xC0000135, "a DLL that it needs was not found"},
        {0xC000013A, "ended by Ctrl-C"                  },
        {0xC0000142, "a DLL that it needs did not start"},
        {0xC0000374, "heap corruption"                  },
        {0xC0000409, "aborted, or its stack was overrun"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return known[i].words;
    return "an exception";
}

void status_describe_exit(Status *status, int64_t exit_status, int signal)
{
    const char *words = signal_words(signal);

    if (signal == 0 && exit_status < 0)
        (void)snprintf(status->last_exit, sizeof status->last_exit,
                       "exit status 0x%08" PRIX32 " (%s)", (uint32_t)exit_status,
                       nt_status_words((uint32_t)exit_status));
    else if (signal == 0)
        (void)snprintf(status->last_exit, sizeof status->last_exit, "exit status %" PRId64,
                       exit_status);
    else if (words)
        (void)snprintf(status->last_exit, sizeof status->last_exit, "signal %d (%s)", signal,
                       words);
    else
        (void)snprintf(status->last_exit, sizeof status->last_exit, "signal %d", signal);
}
