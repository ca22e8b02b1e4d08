/* Figures of a slot: percentiles out of buckets, and sums over workers. */
#include "proxy/server/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_percentile_is_at_most_an_eighth_too_high(void **state)
{
    (void)state;
    for (int64_t value = 0; value < 2000000; value = value < 64 ? value + 1 : value * 9 / 8) {
        Latency *latency = calloc(1, sizeof *latency);
        int64_t read = 0;

        assert_non_null(latency);
        latency_record(latency, value);
        read = latency_percentile(latency, 50);
        assert_true(read >= value && read <= value + value / 8);
        free(latency);
    }
}

static void percentiles_split_what_was_measured(void **state)
{
    Latency latency = {0};

    (void)state;
    assert_int_equal(latency_percentile(&latency, 95), -1);
    for (int i = 0; i < 94; i++)
        latency_record(&latency, 5);
    for (int i = 0; i < 6; i++)
        latency_record(&latency, 15);
    assert_int_equal(latency_percentile(&latency, 50), 5);
    assert_int_equal(latency_percentile(&latency, 94), 5);
    assert_int_equal(latency_percentile(&latency, 95), 15);
    assert_int_equal(latency.count, 100);
}

static void values_beyond_all_bounds_are_counted_too(void **state)
{
    Latency latency = {0};

    (void)state;
    latency_record(&latency, INT64_MAX);
    latency_record(&latency, -5);
    assert_int_equal(latency.count, 2);
    assert_int_equal(latency_percentile(&latency, 50), 0);
    assert_true(latency_percentile(&latency, 99) > INT64_C(3600000000));
}

static void the_figures_of_two_workers_add_up(void **state)
{
    Stats a = {.in_flight = 1, .idle = 2, .upgraded = 3, .requests = 4, .failed = 5};
    Stats sum = {0};
    CLEANUP(json_free) Json *first = NULL;
    CLEANUP(json_free) Json *second = NULL;
    CLEANUP(json_free) Json *report = NULL;

    (void)state;
    stats_count_status(&a, 204);
    stats_count_status(&a, 503);
    stats_count_status(&a, 101);
    latency_record(&a.latency, 9);
    first = stats_to_json(&a);
    latency_record(&a.latency, 100);
    second = stats_to_json(&a);
    stats_add_json(&sum, first);
    stats_add_json(&sum, second);
    stats_add_json(&sum, NULL); /* a worker that did not answer */
    report = stats_report(&sum);
    assert_int_equal(json_get_integer(report, "in_flight", -1), 2);
    assert_int_equal(json_get_integer(report, "failed", -1), 10);
    assert_int_equal(json_get_integer(report, "status_2xx", -1), 2);
    assert_int_equal(json_get_integer(report, "status_5xx", -1), 2);
    assert_int_equal(json_get_integer(json_get(report, "latency_us"), "count", -1), 3);
    assert_int_equal(json_get_integer(json_get(report, "latency_us"), "p50", -1), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_is_at_most_an_eighth_too_high),
        cmocka_unit_test(percentiles_split_what_was_measured),
        cmocka_unit_test(values_beyond_all_bounds_are_counted_too),
        cmocka_unit_test(the_figures_of_two_workers_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
