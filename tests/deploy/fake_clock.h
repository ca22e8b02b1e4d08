/* fake_clock: time and Ctrl-C as a test wants them. Included once in a test program: what stands
 * here takes the place of base/clock_posix.c and base/interrupt_posix.c, so that a minute of
 * waiting takes no time. */
#ifndef GODEPLOY_TESTS_DEPLOY_FAKE_CLOCK_H
#define GODEPLOY_TESTS_DEPLOY_FAKE_CLOCK_H

#include "base/clock.h"
#include "base/interrupt.h"

typedef struct FakeClock {
    int64_t now_ms;          /* moves only while somebody sleeps, and when a test says so */
    int64_t interrupt_at_ms; /* Ctrl-C; 0: never */
    int holds;
} FakeClock;

static FakeClock fake_clock;

static inline void fake_clock_reset(void)
{
    fake_clock = (FakeClock){.now_ms = INT64_C(1700000000000)};
}

int64_t clock_wall_ms(void)
{
    return fake_clock.now_ms;
}

int64_t clock_monotonic_ms(void)
{
    return fake_clock.now_ms;
}

int64_t clock_monotonic_us(void)
{
    return fake_clock.now_ms * 1000;
}

bool clock_sleep_ms(int64_t ms)
{
    fake_clock.now_ms += ms > 0 ? ms : 0;
    return !interrupt_requested();
}

void interrupt_install(void)
{
}

bool interrupt_requested(void)
{
    return fake_clock.interrupt_at_ms != 0 && fake_clock.now_ms >= fake_clock.interrupt_at_ms &&
           fake_clock.holds == 0;
}

void interrupt_hold(void)
{
    fake_clock.holds++;
}

void interrupt_release(void)
{
    fake_clock.holds--;
}

bool interrupt_check(Error *err)
{
    return interrupt_requested() ? error_set(err, ERR_INTERRUPTED, "interrupted") : true;
}

#endif
