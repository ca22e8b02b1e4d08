/* Part of clock.h: reading the clock, and waiting. */
#include "base/clock.h"
#include "base/interrupt.h"

#include <time.h>

/* A signal that comes between the look at interrupt_requested() and the sleep is seen this late. */
enum { SLICE_MS = 20 };

static int64_t read_us(clockid_t which)
{
    struct timespec now = {0};

    (void)clock_gettime(which, &now); /* cannot fail for these clocks */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

bool clock_sleep_ms(int64_t ms)
{
    int64_t start_us = clock_monotonic_us();

    while (!interrupt_requested()) {
        int64_t slept_us = clock_monotonic_us() - start_us;
        int64_t slice_us = SLICE_MS * INT64_C(1000);

        if (slept_us / 1000 >= ms)
            return true;
        if (ms - slept_us / 1000 <= SLICE_MS)
            slice_us = ms * 1000 - slept_us;
        /* Ended early by a signal: the loop looks again. */
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)slice_us * 1000}, NULL);
    }
    return false;
}
