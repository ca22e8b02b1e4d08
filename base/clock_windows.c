/* Part of clock.h: reading the clock, and waiting. */
#include "base/clock.h"
#include "base/filetime_windows.h"
#include "base/interrupt.h"

#include <windows.h>

/* Ctrl-C that comes during the sleep is seen this late. */
enum { SLICE_MS = 20 };

int64_t clock_wall_ms(void)
{
    FILETIME now;

    GetSystemTimePreciseAsFileTime(&now);
    return filetime_to_unix_ms(now.dwHighDateTime, now.dwLowDateTime);
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int64_t clock_monotonic_us(void)
{
    LARGE_INTEGER count, per_second; /* neither call can fail on Windows XP and later */

    (void)QueryPerformanceCounter(&count);
    (void)QueryPerformanceFrequency(&per_second);
    return count.QuadPart / per_second.QuadPart * 1000000 +
           count.QuadPart % per_second.QuadPart * 1000000 / per_second.QuadPart;
}

bool clock_sleep_ms(int64_t ms)
{
    int64_t end_us = clock_monotonic_us() + ms * 1000;

    while (!interrupt_requested()) {
        int64_t left_us = end_us - clock_monotonic_us();
        int64_t left_ms = (left_us + 999) / 1000;

        if (left_us <= 0)
            return true;
        Sleep(left_ms < SLICE_MS ? (DWORD)left_ms : SLICE_MS);
    }
    return false;
}
