/* See stated_time.h. */
#include "verify/authenticode/stated_time.h"

#include "verify/authenticode/certificate.h"

#include <string.h>

enum { UTC_DIGITS = 12, GENERALIZED_DIGITS = 14 }; /* YYMMDDhhmmss; with the century */

static size_t count_digits(const char *text, size_t length)
{
    size_t count = 0;

    while (count < length && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* Milliseconds of ".25"; further digits are cut off. */
static int64_t fraction_ms(const char *digits, size_t count)
{
    int64_t ms = 0;

    for (size_t i = 0; i < 3; i++)
        ms = ms * 10 + (i < count ? digits[i] - '0' : 0);
    return ms;
}

/* "Z", or ".25Z" of a GeneralizedTime. */
static bool read_rest(const char *rest, size_t length, bool may_have_fraction, int64_t *ms)
{
    size_t digits = 0;

    if (length == 1 && rest[0] == 'Z')
        return true;
    if (!may_have_fraction || length < 3 || rest[0] != '.')
        return false;
    digits = count_digits(rest + 1, length - 1);
    *ms = fraction_ms(rest + 1, digits);
    return digits == length - 2 && rest[length - 1] == 'Z';
}

bool stated_time_ms(const ASN1_TIME *time, int64_t *out, Finding *finding)
{
    const char *text = (const char *)ASN1_STRING_get0_data(time);
    const size_t length = (size_t)ASN1_STRING_length(time);
    const bool generalized = ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME;
    const size_t digits = generalized ? GENERALIZED_DIGITS : UTC_DIGITS;
    int64_t seconds_ms = 0;
    int64_t ms = 0;

    if (count_digits(text, length) != digits ||
        !read_rest(text + digits, length - digits, generalized, &ms) ||
        !certificate_time_ms(time, &seconds_ms))
        return finding_set(finding, CODE_TIME_MALFORMED,
                           "the timestamp states no time in UTC with seconds");
    *out = seconds_ms + ms;
    return true;
}
