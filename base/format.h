/* format: has the compiler check a format against its arguments.
 *
 *     bool error_while(Error *err, const char *format, ...) PRINTF_LIKE(2, 3);
 *
 * The numbers are the format's place and that of its first argument (0: a va_list). MinGW calls
 * `printf` what msvcrt understood; we are linked with its standard one, whose name its <stdio.h>
 * states. */
#ifndef GODEPLOY_BASE_FORMAT_H
#define GODEPLOY_BASE_FORMAT_H

#include <stdio.h>

#ifdef __MINGW_PRINTF_FORMAT
#define PRINTF_LIKE(place, first) __attribute__((format(__MINGW_PRINTF_FORMAT, place, first)))
#else
#define PRINTF_LIKE(place, first) __attribute__((format(printf, place, first)))
#endif

#endif
