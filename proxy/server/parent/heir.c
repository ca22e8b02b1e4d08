/* See heir.h. */
#include "proxy/server/parent/heir.h"

#include "proxy/server/program.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SOON_MS = 1000 };

static void start(Heir *heir);

static void on_retry(uv_timer_t *timer)
{
    start(timer->data);
}

void heir_init(Heir *heir, uv_loop_t *loop)
{
    heir->loop = loop;
    heir->retry.data = heir;
    heir->started_ms = -SOON_MS;
    heir->parent_pid = uv_os_getppid();
    (void)uv_timer_init(loop, &heir->retry); /* never fails */
}

/* At once, unless the last one has hardly lived. */
static void start_again(Heir *heir)
{
    int64_t age_ms = (int64_t)uv_now(heir->loop) - heir->started_ms;

    if (age_ms >= SOON_MS)
        start(heir);
    else
        (void)uv_timer_start(&heir->retry, on_retry, (uint64_t)(SOON_MS - age_ms), 0);
}

static void on_process_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_child_ended(uv_process_t *process, int64_t exit_status, int signal_number)
{
    Heir *heir = process->data;

    heir->child_lives = false;
    if (exit_status == 0 && signal_number == 0)
        heir->started_ms = -SOON_MS; /* it was followed: whoever is lost next is another one */
    uv_close((uv_handle_t *)process, on_process_closed);
    if (exit_status == PROGRAM_EXIT_LOCKED)
        heir->disowned(heir->owner);
    else if (heir->waiting)
        start_again(heir);
    heir->waiting = false;
}

static void on_channel_closed(uv_handle_t *handle)
{
    free(handle);
}

static bool spawn(Heir *heir, uv_pipe_t *channel, uv_process_t *process)
{
    Inheritance inheritance = {0};
    char number[24];
    char workers[24];
    char parent[24];
    const char *const arguments[] = {"--folder", heir->folder,  "--adopt", number, "--workers",
                                     workers,    "--orphan-of", parent,    NULL};
    ProgramStart wanted = {.arguments = arguments,
                           .channel = channel,
                           .inheritance = &inheritance,
                           .on_exit = on_child_ended};
    Error err = {0};

    worker_listeners_bequeath(heir->listeners, &inheritance);
    (void)snprintf(parent, sizeof parent, "%lld", (long long)heir->parent_pid);
    (void)snprintf(workers, sizeof workers, "%zu", heir->workers);
    (void)snprintf(number, sizeof number, "%zu", inheritance.listener_count);
    process->data = heir;
    return program_start(heir->loop, &wanted, process, &err);
}

static void start(Heir *heir)
{
    uv_pipe_t *channel = calloc(1, sizeof *channel);
    uv_process_t *process = calloc(1, sizeof *process);

    heir->started_ms = (int64_t)uv_now(heir->loop);
    if (!channel || !process || uv_pipe_init(heir->loop, channel, program_channel_ipc) < 0) {
        free(channel);
        free(process);
        start_again(heir);
        return;
    }
    if (!spawn(heir, channel, process)) {
        uv_close((uv_handle_t *)channel, on_channel_closed);
        uv_close((uv_handle_t *)process, on_process_closed);
        start_again(heir);
        return;
    }
    heir->child_lives = true;
    heir->parent_pid = process->pid;
    heir->started(heir->owner, channel);
}

void heir_parent_lost(Heir *heir)
{
    if (heir->child_lives)
        heir->waiting = true;
    else
        start_again(heir);
}
