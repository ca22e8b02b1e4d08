/* See version.h. */
#include "verify/version.h"

#include "base/windows_name.h"

#include <stddef.h>
#include <string.h>

static const char digits[] = "0123456789";
static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

const char *version_problem(const char *version)
{
    const size_t length = strlen(version);

    if (length == 0)
        return "is empty";
    if (length > VERSION_LENGTH_MOST)
        return "is longer than 100 characters";
    if (strspn(version, allowed) != length)
        return "has a character other than letters, digits and . _ + -";
    if (version[0] == '.' || version[0] == '-')
        return "starts with a dot or a dash";
    if (version[length - 1] == '.')
        return "ends with a dot";
    if (strstr(version, ".."))
        return "has two dots in a row";
    if (windows_name_is_device(version, length))
        return "is the name of a Windows device";
    return NULL;
}

bool version_is_valid(const char *version)
{
    return version_problem(version) == NULL;
}

/* One identifier between dots, or a whole row of them. */
typedef struct Span {
    const char *start;
    size_t length;
} Span;

/* "1.4.0-rc.1+build" is {1.4.0, rc.1}; without "-", the pre-release has no start. */
typedef struct Parts {
    Span core;
    Span pre_release;
} Parts;

static bool is_numeric(Span span)
{
    return span.length > 0 && strspn(span.start, digits) >= span.length;
}

/* Takes the next identifier off `row`; false at its end. */
static bool take_identifier(Span *row, Span *out)
{
    const char *dot = NULL;

    if (!row->start)
        return false;
    dot = memchr(row->start, '.', row->length);
    out->start = row->start;
    out->length = dot ? (size_t)(dot - row->start) : row->length;
    row->length = dot ? row->length - out->length - 1 : 0;
    row->start = dot ? dot + 1 : NULL;
    return true;
}

static bool has_order(Parts parts)
{
    Span identifier;

    while (take_identifier(&parts.core, &identifier))
        if (!is_numeric(identifier))
            return false;
    while (take_identifier(&parts.pre_release, &identifier))
        if (identifier.length == 0)
            return false;
    return true;
}

/* False if it is no row of numbers with a pre-release and a build behind it. */
static bool split(const char *version, Parts *out)
{
    const char *start = version[0] == 'v' || version[0] == 'V' ? version + 1 : version;
    const size_t ranked = strcspn(start, "+"); /* the build behind it has no rank */
    const size_t core = strcspn(start, "-+");

    if (start[ranked] == '+' && start[ranked + 1] == '\0')
        return false;
    *out = (Parts){
        .core = {start, core}
    };
    if (core < ranked)
        out->pre_release = (Span){start + core + 1, ranked - core - 1};
    return has_order(*out);
}

static int sign_of(int number)
{
    return (number > 0) - (number < 0);
}

/* Numbers of any length: a date with a time does not fit 64 bits for ever. */
static int compare_numbers(Span a, Span b)
{
    while (a.length > 1 && a.start[0] == '0')
        a = (Span){a.start + 1, a.length - 1};
    while (b.length > 1 && b.start[0] == '0')
        b = (Span){b.start + 1, b.length - 1};
    if (a.length != b.length)
        return a.length < b.length ? -1 : 1;
    return sign_of(memcmp(a.start, b.start, a.length));
}

static int compare_cores(Span a, Span b)
{
    static const Span zero = {"0", 1};

    for (;;) {
        Span number_a = zero;
        Span number_b = zero;
        const bool more_a = take_identifier(&a, &number_a);
        const bool more_b = take_identifier(&b, &number_b);
        const int order = compare_numbers(number_a, number_b);

        if (order != 0 || (!more_a && !more_b))
            return order;
    }
}

/* semver 11.4: numbers by value and below words, words by bytes. */
static int compare_identifiers(Span a, Span b)
{
    const size_t shared = a.length < b.length ? a.length : b.length;
    int order = 0;

    if (is_numeric(a) && is_numeric(b))
        return compare_numbers(a, b);
    if (is_numeric(a) != is_numeric(b))
        return is_numeric(a) ? -1 : 1;
    order = sign_of(memcmp(a.start, b.start, shared));
    if (order != 0 || a.length == b.length)
        return order;
    return a.length < b.length ? -1 : 1;
}

/* None at all ranks above any; of equal beginnings the longer one is higher. */
static int compare_pre_releases(Span a, Span b)
{
    if (!a.start || !b.start)
        return (a.start == NULL) - (b.start == NULL);
    for (;;) {
        Span word_a, word_b;
        const bool more_a = take_identifier(&a, &word_a);
        const bool more_b = take_identifier(&b, &word_b);
        int order = 0;

        if (!more_a || !more_b)
            return (int)more_a - (int)more_b;
        order = compare_identifiers(word_a, word_b);
        if (order != 0)
            return order;
    }
}

VersionOrder version_compare(const char *version, const char *other)
{
    Parts a, b;
    int order = 0;

    if (strcmp(version, other) == 0)
        return VERSION_SAME;
    if (!split(version, &a) || !split(other, &b))
        return VERSION_UNORDERED;
    order = compare_cores(a.core, b.core);
    if (order == 0)
        order = compare_pre_releases(a.pre_release, b.pre_release);
    if (order == 0)
        return VERSION_SAME;
    return order < 0 ? VERSION_OLDER : VERSION_NEWER;
}
