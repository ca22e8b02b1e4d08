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

static void a_bound_of_the_histogram_splits_at_its_value(void **state)
{
    (void)state;
    for (unsigned power = 3; power < 30; power++) {
        Latency *latency = calloc(1, sizeof *latency);

        assert_non_null(latency);
        latency_record(latency, ((int64_t)1 << power) - 1);
        latency_record(latency, (int64_t)1 << power);
        assert_int_equal(latency_below(latency, power), 1);
        assert_int_equal(latency_below(latency, power + 1), 2);
        assert_int_equal(latency->sum_us, ((uint64_t)2 << power) - 1);
        free(latency);
    }
}

static void failures_add_up_by_their_kind(void **state)
{
    Stats stats = {0};
    Stats sum = {.in_flight = 7};
    CLEANUP(json_free) Json *json = NULL;
    CLEANUP(json_free) Json *report = NULL;

    (void)state;
    for (int kind = 0; kind < FAILURES; kind++) {
        for (int i = 0; i <= kind; i++)
            stats_count_failure(&stats, (Failure)kind);
    }
    stats.in_flight = 3;
    json = stats_to_json(&stats);
    stats_add_json(&sum, json);
    stats_add_past_json(&sum, json); /* of a worker that died: what was in flight there is not */
    assert_int_equal(sum.in_flight, 10);
    report = stats_report(&sum);
    for (int kind = 0; kind < FAILURES; kind++)
        assert_int_equal(
            json_get_integer(json_get(report, "failures"), failure_name((Failure)kind), -1),
            2 * (kind + 1));
}

static void another_release_keeps_what_is_going_on(void **state)
{
    Stats stats = {.in_flight = 1, .idle = 2, .upgraded = 3, .requests = 4, .failed = 5};

    (void)state;
    stats_count_failure(&stats, FAILURE_CUT);
    latency_record(&stats.latency, 9);
    stats_begin_anew(&stats);
    assert_int_equal(stats.in_flight + stats.idle + stats.upgraded, 6);
    assert_int_equal(stats.requests + stats.failed + stats.failures[FAILURE_CUT], 0);
    assert_int_equal(stats.latency.count + stats.latency.sum_us, 0);
    assert_int_equal(latency_percentile(&stats.latency, 50), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_is_at_most_an_eighth_too_high),
        cmocka_unit_test(percentiles_split_what_was_measured),
        cmocka_unit_test(values_beyond_all_bounds_are_counted_too),
        cmocka_unit_test(the_figures_of_two_workers_add_up),
        cmocka_unit_test(a_bound_of_the_histogram_splits_at_its_value),
        cmocka_unit_test(failures_add_up_by_their_kind),
        cmocka_unit_test(another_release_keeps_what_is_going_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
