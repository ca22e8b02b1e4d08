/* Part of text.h: numbers, and numbers with a unit, as people write and read them. */
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PPM_OF_ONE = 1000000, PPM_OF_PERCENT = 10000 };

typedef struct Unit {
    const char *name;
    uint64_t factor;
} Unit;

static const Unit durations[] = {
    {"",   1000    },
    {"ms", 1       },
    {"s",  1000    },
    {"m",  60000   },
    {"h",  3600000 },
    {"d",  86400000},
};

static const Unit sizes[] = {
    {"",    1                      },
    {"B",   1                      },
    {"KiB", UINT64_C(1) << 10      },
    {"MiB", UINT64_C(1) << 20      },
    {"GiB", UINT64_C(1) << 30      },
    {"TiB", UINT64_C(1) << 40      },
    {"kB",  UINT64_C(1000)         },
    {"KB",  UINT64_C(1000)         },
    {"MB",  UINT64_C(1000000)      },
    {"GB",  UINT64_C(1000000000)   },
    {"TB",  UINT64_C(1000000000000)},
};

/* Reads the digits at *at and moves behind them. At least one; false if the number is above `most`.
 */
static bool take_number(const char **at, uint64_t most, uint64_t *out)
{
    const char *start = *at;
    uint64_t number = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');

        if (digit > most || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (*at == start)
        return false;
    *out = number;
    return true;
}

bool text_parse_number(const char *text, uint64_t most, uint64_t *out)
{
    uint64_t number = 0;

    if (!take_number(&text, most, &number) || *text != '\0')
        return false;
    *out = number;
    return true;
}

static bool parse_quantity(const char *text, const Unit *units, size_t count, uint64_t most,
                           uint64_t *out)
{
    uint64_t number = 0;

    if (!take_number(&text, most, &number))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, units[i].name) != 0)
            continue;
        if (number > most / units[i].factor)
            return false;
        *out = number * units[i].factor;
        return true;
    }
    return false;
}

bool text_parse_duration_ms(const char *text, int64_t *out)
{
    uint64_t ms = 0;

    if (!parse_quantity(text, durations, sizeof durations / sizeof *durations, INT64_MAX, &ms))
        return false;
    *out = (int64_t)ms;
    return true;
}

bool text_parse_size_bytes(const char *text, uint64_t *out)
{
    return parse_quantity(text, sizes, sizeof sizes / sizeof *sizes, UINT64_MAX, out);
}

/* The digits behind a point, as parts of `one`; finer digits than `one` can hold must be 0. */
static bool take_fraction(const char **at, uint64_t one, uint64_t *out)
{
    const char *start = *at;
    uint64_t parts = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        one /= 10;
        if (one == 0 && **at != '0')
            return false;
        parts += one * (uint64_t)(**at - '0');
    }
    *out = parts;
    return *at != start;
}

bool text_parse_share_ppm(const char *text, int64_t *out)
{
    bool is_percent = text_ends_with(text, "%");
    uint64_t one = is_percent ? PPM_OF_PERCENT : PPM_OF_ONE;
    uint64_t whole = 0, parts = 0;

    if (!take_number(&text, PPM_OF_ONE, &whole))
        return false;
    if (*text == '.') {
        text++;
        if (!take_fraction(&text, one, &parts))
            return false;
    }
    if (strcmp(text, is_percent ? "%" : "") != 0)
        return false;
    if (!is_percent && whole * one + parts > PPM_OF_ONE)
        return false; /* a bare 5 was meant as 5%, surely not as 500% */
    *out = (int64_t)(whole * one + parts);
    return true;
}

const char *text_duration(int64_t ms, char out[TEXT_QUANTITY_SIZE])
{
    int64_t s = ms / 1000, min = s / 60, h = min / 60;

    if (ms < 1000)
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64 " ms", ms > 0 ? ms : 0);
    else if (s < 60)
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
    else if (min < 60)
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64 " min %" PRId64 " s", min, s % 60);
    else if (h < 24)
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64 " h %" PRId64 " min", h, min % 60);
    else
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64 " d %" PRId64 " h", h / 24, h % 24);
    return out;
}

const char *text_share(int64_t ppm, char out[TEXT_QUANTITY_SIZE])
{
    int digits = ppm % 10000 == 0 ? 0 : ppm % 1000 == 0 ? 1 : ppm % 100 == 0 ? 2 : 4;

    (void)snprintf(out, TEXT_QUANTITY_SIZE, "%.*f%%", digits, (double)ppm / 10000.0);
    return out;
}

const char *text_plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

const char *text_size(uint64_t bytes, char out[TEXT_QUANTITY_SIZE])
{
    static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double number = (double)bytes / 1024;
    size_t unit = 0;

    if (bytes < 1024) {
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRIu64 " B", bytes);
        return out;
    }
    /* 1023.95 would be rounded to "1024.0" */
    for (; number >= 1023.95 && unit + 1 < sizeof names / sizeof *names; unit++)
        number /= 1024;
    (void)snprintf(out, TEXT_QUANTITY_SIZE, "%.1f %s", number, names[unit]);
    return out;
}
