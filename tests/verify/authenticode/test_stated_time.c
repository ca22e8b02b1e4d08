/* Tests of verify/authenticode/stated_time.c. */
#include "verify/authenticode/stated_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(ASN1_STRING *, ASN1_STRING_free)

typedef struct TimeRow {
    int type;
    const char *text;
    int64_t time_ms; /* -1: refused */
} TimeRow;

enum { REFUSED = -1 };

static bool read_time(const TimeRow *row, int64_t *out)
{
    CLEANUP(ASN1_STRING_free) ASN1_STRING *time = ASN1_STRING_type_new(row->type);
    Finding finding = {0};

    assert_true(time && ASN1_STRING_set(time, row->text, (int)strlen(row->text)));
    if (stated_time_ms(time, out, &finding))
        return true;
    assert_int_equal(finding.code, CODE_TIME_MALFORMED);
    return false;
}

/* RFC 3161, 2.4.2 and RFC 5652, 11.3; seconds since 1970 from date(1). */
static void a_time_is_read_in_one_way_or_not_at_all(void **state)
{
    static const TimeRow rows[] = {
        {V_ASN1_GENERALIZEDTIME, "20260601120000Z",        1780315200000},
        {V_ASN1_GENERALIZEDTIME, "20260601120000.25Z",     1780315200250},
        {V_ASN1_GENERALIZEDTIME, "20260601120000.5Z",      1780315200500},
        {V_ASN1_GENERALIZEDTIME, "20260601120000.123456Z", 1780315200123},
        {V_ASN1_GENERALIZEDTIME, "20000229000000Z",        951782400000 },
        {V_ASN1_GENERALIZEDTIME, "19700101000000Z",        0            },
        {V_ASN1_GENERALIZEDTIME, "20400101000000Z",        2208988800000}, /* after 2^31 */
        {V_ASN1_GENERALIZEDTIME, "",                       REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "Z",                      REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000",         REFUSED      }, /* which zone? */
        {V_ASN1_GENERALIZEDTIME, "20260601120000+0200",    REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000+0000",    REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "202606011200Z",          REFUSED      }, /* no seconds */
        {V_ASN1_GENERALIZEDTIME, "20260601120000.Z",       REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000.25",      REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000,25Z",     REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000.2.5Z",    REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20260601120000ZZ",       REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "20261301120000Z",        REFUSED      }, /* month 13 */
        {V_ASN1_GENERALIZEDTIME, "20260230120000Z",        REFUSED      }, /* February 30 */
        {V_ASN1_GENERALIZEDTIME, "20260601250000Z",        REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "2026060112000OZ",        REFUSED      },
        {V_ASN1_GENERALIZEDTIME, "-0260601120000Z",        REFUSED      },
        {V_ASN1_UTCTIME,         "260601120000Z",          1780315200000},
        {V_ASN1_UTCTIME,         "491231235959Z",          2524607999000}, /* RFC 5280: 2049 */
        {V_ASN1_UTCTIME,         "700101000000Z",          0            },
        {V_ASN1_UTCTIME,         "2606011200Z",            REFUSED      },
        {V_ASN1_UTCTIME,         "260601120000+0200",      REFUSED      },
        {V_ASN1_UTCTIME,         "260601120000.25Z",       REFUSED      },
        {V_ASN1_UTCTIME,         "261301120000Z",          REFUSED      },
        {V_ASN1_UTCTIME,         "20260601120000Z",        REFUSED      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = REFUSED;

        if (read_time(&rows[i], &time_ms) != (rows[i].time_ms != REFUSED) ||
            time_ms != rows[i].time_ms)
            fail_msg("%s was read as %lld", rows[i].text, (long long)time_ms);
    }
}

/* A zero inside hides what follows from whoever reads a C string. */
static void a_zero_inside_a_time_is_refused(void **state)
{
    static const char text[] = "20260601120000Z\0";
    CLEANUP(ASN1_STRING_free) ASN1_STRING *time = ASN1_STRING_type_new(V_ASN1_GENERALIZEDTIME);
    Finding finding = {0};
    int64_t time_ms = 0;

    (void)state;
    assert_true(time && ASN1_STRING_set(time, text, sizeof text - 1));
    assert_false(stated_time_ms(time, &time_ms, &finding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_read_in_one_way_or_not_at_all),
        cmocka_unit_test(a_zero_inside_a_time_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
