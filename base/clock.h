/* clock: the time, and waiting. The seam at which tests replace time. */
#ifndef GODEPLOY_BASE_CLOCK_H
#define GODEPLOY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);      /* since 1970-01-01 UTC; may jump */
int64_t clock_monotonic_ms(void); /* for durations and deadlines; never jumps */
int64_t clock_monotonic_us(void);

/* Sleeps; comes back early, with false, once interrupt_requested() is true (base/interrupt.h). */
bool clock_sleep_ms(int64_t ms);

/* "2026-11-23T00:01:02.345Z" */
enum { CLOCK_ISO_SIZE = 32 };
const char *clock_format_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]);
/* Local "2026-11-23 01:02:03" for people. */
const char *clock_format_local(int64_t wall_ms, char out[CLOCK_ISO_SIZE]);
/* RFC 3339 with Z or an offset, fraction optional. False if it is anything else. */
bool clock_parse_iso(const char *text, int64_t *wall_ms);

#endif
