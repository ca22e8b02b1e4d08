/* Part of clock.h: the time as the clock on the wall shows it. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

const char *clock_format_local(int64_t wall_ms, char out[CLOCK_ISO_SIZE])
{
    time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0));
    struct tm local = {0};

    if (localtime_s(&local, &seconds) != 0 ||
        strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
        return clock_format_iso(wall_ms,
                                out); /* a year that does not fit: Windows begins in 1970 */
    return out;
}
