/* Who is in a range of addresses, and what is no range at all. */
#include "base/net/address_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct Membership {
    const char *range;
    const char *host;
    bool inside;
} Membership;

static const Membership memberships[] = {
    {"10.0.0.0/8",          "10.0.0.0",         true },
    {"10.0.0.0/8",          "10.255.255.255",   true },
    {"10.0.0.0/8",          "11.0.0.0",         false},
    {"10.0.0.0/8",          "9.255.255.255",    false},
    {"192.0.2.128/25",      "192.0.2.128",      true },
    {"192.0.2.128/25",      "192.0.2.127",      false},
    {"192.0.2.7",           "192.0.2.7",        true },
    {"192.0.2.7",           "192.0.2.6",        false},
    {"192.0.2.6/31",        "192.0.2.7",        true },
    {"0.0.0.0/0",           "203.0.113.9",      true },
    {"0.0.0.0/0",           "2001:db8::1",      false},
    {"::/0",                "2001:db8::1",      true },
    {"::/0",                "203.0.113.9",      true }, /* it is ::ffff:203.0.113.9 */
    {"2001:db8::/33",       "2001:db8:7fff::1", true },
    {"2001:db8::/33",       "2001:db8:8000::1", false},
    {"::1",                 "::1",              true },
    {"::1",                 "0:0:0:0:0:0:0:1",  true },
    {"::1",                 "::2",              false},
    {"10.0.0.0/8",          "::ffff:10.1.2.3",  true }, /* RFC 4291 section 2.5.5.2 */
    {"::ffff:10.0.0.0/104", "10.1.2.3",         true },
    {"10.0.0.0/8",          "",                 false},
    {"0.0.0.0/0",           "localhost",        false},
    {"::/0",                "fe80::1%lo",       false},
};

static void a_host_is_in_the_ranges_that_begin_like_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(memberships); i++) {
        const Membership *row = &memberships[i];
        AddressRange range;
        Error err = {0};

        if (!address_range_parse(row->range, &range, &err))
            fail_msg("%s: %s", row->range, err.message);
        assert_string_equal(range.text, row->range);
        if (address_range_contains(&range, row->host) != row->inside)
            fail_msg("%s in %s: expected %d", row->host, row->range, row->inside);
    }
}

static void what_is_no_range_is_refused_with_its_reason(void **state)
{
    static const char *const wrong[][2] = {
        {"",                                                     "the host is not numeric"             },
        {"example.com",                                          "the host is not numeric"             },
        {"10.0.0/8",                                             "the host is not numeric"             },
        {"[::1]",                                                "the host is not numeric"             },
        {"::1%lo",                                               "the host is not numeric"             },
        {"/8",                                                   "the host is not numeric"             },
        {"10.0.0.0/",                                            "there are not so many bits"          },
        {"10.0.0.0/33",                                          "there are not so many bits"          },
        {"10.0.0.0/-1",                                          "there are not so many bits"          },
        {"10.0.0.0/8/8",                                         "there are not so many bits"          },
        {"::/129",                                               "there are not so many bits"          },
        {"10.0.0.1/8",                                           "bits are set behind those that count"},
        {"10.128.0.0/8",                                         "bits are set behind those that count"},
        {"192.0.2.129/25",                                       "bits are set behind those that count"},
        {"2001:db8::1/64",                                       "bits are set behind those that count"},
        {"1111111111111111111111111111111111111111111111111111", "it is too long"                      },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        AddressRange range;
        Error err = {0};

        if (address_range_parse(wrong[i][0], &range, &err))
            fail_msg("%s was accepted", wrong[i][0]);
        assert_int_equal(err.code, ERR_SETTINGS);
        if (!strstr(err.message, wrong[i][1]))
            fail_msg("%s: expected \"%s\", got \"%s\"", wrong[i][0], wrong[i][1], err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_in_the_ranges_that_begin_like_it),
        cmocka_unit_test(what_is_no_range_is_refused_with_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
