/* See interrupt.h. */
#include "base/interrupt.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested; /* how often */
static volatile sig_atomic_t holds;

static void remember(int number)
{
    (void)number;
    if (requested < SCHAR_MAX) /* a sig_atomic_t may be as small as that */
        requested = requested + 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}; /* no SA_RESTART: waiting calls end */

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL); /* fails only for a number that does not exist */
}

static bool is_ignored(int number)
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void interrupt_install(void)
{
    handle(SIGINT, remember);
    handle(SIGTERM, remember);
    if (!is_ignored(SIGHUP)) /* nohup(1) asked that a closed terminal be no reason to stop */
        handle(SIGHUP, remember);
    handle(SIGPIPE, SIG_IGN);
}

bool interrupt_requested(void)
{
    return requested > 0 && holds == 0;
}

int interrupt_count(void)
{
    return requested;
}

void interrupt_hold(void)
{
    holds = holds + 1;
}

void interrupt_release(void)
{
    holds = holds - 1;
}

bool interrupt_check(Error *err)
{
    return interrupt_requested() ? error_set(err, ERR_INTERRUPTED, "interrupted") : true;
}
