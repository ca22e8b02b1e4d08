/* See clock.h. Here: instants as text, UTC. Reading the clock and waiting are in clock_posix.c, so
 * that a test can replace them alone.
 *
 * Source: RFC 3339, section 5.6. The calendar is the proleptic Gregorian one, counted in eras of
 * 400 years of 146097 days that begin on 1 March, so that a leap day is the last day of its year.
 */
#include "base/clock.h"

#include <stdio.h>

enum {
    DAYS_PER_ERA = 146097,
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
    MS_PER_DAY = 86400000,
};

/* What four digits of a year can say. */
#define FIRST_INSTANT INT64_C(-62167219200000)
#define LAST_INSTANT  INT64_C(253402300799999)

typedef struct Date {
    int64_t year;
    int month, day;
} Date;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t days_from_date(Date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month_from_march = (date.month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static Date date_from_days(int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * day_of_year + 2) / 153);
    Date date = {.year = year_of_era + era * 400,
                 .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
                 .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1)};

    if (date.month <= 2)
        date.year++;
    return date;
}

const char *clock_format_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE])
{
    int64_t days = 0;
    unsigned ms = 0;
    Date date;

    wall_ms = wall_ms < FIRST_INSTANT ? FIRST_INSTANT : wall_ms;
    wall_ms = wall_ms > LAST_INSTANT ? LAST_INSTANT : wall_ms;
    days = floor_div(wall_ms, MS_PER_DAY);
    ms = (unsigned)(wall_ms - days * MS_PER_DAY) % MS_PER_DAY;
    date = date_from_days(days);
    (void)snprintf(out, CLOCK_ISO_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   (unsigned)date.year % 10000, (unsigned)date.month % 100,
                   (unsigned)date.day % 100, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
                   ms % 1000);
    return out;
}

/* Exactly `count` digits at *at, at most `most`. */
static bool take_digits(const char **at, int count, int most, int *out)
{
    int number = 0;

    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        number = number * 10 + (**at - '0');
    }
    *out = number;
    return number <= most;
}

static bool take_character(const char **at, char expected)
{
    if (**at != expected)
        return false;
    (*at)++;
    return true;
}

static int days_of_month(int64_t year, int month)
{
    Date first = {year, month, 1};
    Date next = {month == 12 ? year + 1 : year, month % 12 + 1, 1};

    return (int)(days_from_date(next) - days_from_date(first));
}

static bool take_date(const char **at, int64_t *days)
{
    int year = 0, month = 0, day = 0;

    if (!take_digits(at, 4, 9999, &year) || !take_character(at, '-') ||
        !take_digits(at, 2, 12, &month) || !take_character(at, '-') ||
        !take_digits(at, 2, 31, &day))
        return false;
    if (month == 0 || day == 0 || day > days_of_month(year, month))
        return false;
    *days = days_from_date((Date){year, month, day});
    return true;
}

/* A leap second, :60, is taken as the second after it. */
static bool take_time(const char **at, int *ms)
{
    int hour = 0, minute = 0, second = 0, thousandths = 0;

    if (!take_digits(at, 2, 23, &hour) || !take_character(at, ':') ||
        !take_digits(at, 2, 59, &minute) || !take_character(at, ':') ||
        !take_digits(at, 2, 60, &second))
        return false;
    if (**at == '.') {
        const char *start = ++(*at);

        for (int worth = 100; **at >= '0' && **at <= '9'; (*at)++, worth /= 10)
            thousandths += worth * (**at - '0');
        if (*at == start)
            return false;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths;
    return true;
}

static bool take_offset(const char **at, int *ms)
{
    int sign = **at == '-' ? -1 : 1, hours = 0, minutes = 0;

    if (take_character(at, 'Z') || take_character(at, 'z')) {
        *ms = 0;
        return true;
    }
    if (!take_character(at, '+') && !take_character(at, '-'))
        return false;
    if (!take_digits(at, 2, 23, &hours) || !take_character(at, ':') ||
        !take_digits(at, 2, 59, &minutes))
        return false;
    *ms = sign * (hours * 60 + minutes) * 60000;
    return true;
}

bool clock_parse_iso(const char *text, int64_t *wall_ms)
{
    int64_t days = 0;
    int ms = 0, offset_ms = 0;

    if (!take_date(&text, &days) || !(take_character(&text, 'T') || take_character(&text, 't')) ||
        !take_time(&text, &ms) || !take_offset(&text, &offset_ms) || *text != '\0')
        return false;
    *wall_ms = days * MS_PER_DAY + ms - offset_ms;
    return true;
}
