/* Tests base/parallel.c. */
#include "base/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct Bench {
    atomic_size_t worked;
    atomic_int inside; /* threads that are in done() */
    size_t handed;
    size_t out_of_order;
    size_t wrong;
    size_t most_waiting;
    size_t slow; /* the index that takes longest */
} Bench;

/* Of different length, so that threads overtake each other. */
static size_t toil(size_t index)
{
    volatile size_t sum = 0;

    for (size_t i = 0; i < index * 7919 % 2000; i++)
        sum += i;
    return sum;
}

static void *work(void *context, size_t index)
{
    Bench *bench = context;
    size_t *result = malloc(sizeof *result);

    (void)toil(index);
    for (size_t i = 0; index == bench->slow && i < 20000; i++)
        (void)toil(1);
    atomic_fetch_add(&bench->worked, 1);
    if (!result)
        abort(); /* no assertion: it may be another thread */
    *result = index * index;
    return result;
}

static void done(void *context, size_t index, void *result)
{
    Bench *bench = context;
    size_t waiting = 0;

    bench->wrong += atomic_fetch_add(&bench->inside, 1) != 0;
    bench->out_of_order += index != bench->handed;
    bench->wrong += *(size_t *)result != index * index;
    bench->handed++;
    waiting = atomic_load(&bench->worked) - bench->handed;
    bench->most_waiting = waiting > bench->most_waiting ? waiting : bench->most_waiting;
    free(result);
    atomic_fetch_sub(&bench->inside, 1);
}

static void results_come_one_at_a_time_and_in_order(void **state)
{
    static const size_t counts[] = {0, 1, 2, 3, 255, 256, 257, 10000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        Bench bench = {.slow = SIZE_MAX};

        parallel_run(&(ParallelWork){counts[i], work, done, &bench});
        assert_int_equal(bench.handed, counts[i]);
        assert_int_equal(atomic_load(&bench.worked), counts[i]);
        assert_int_equal(bench.out_of_order, 0);
        assert_int_equal(bench.wrong, 0);
    }
}

static void what_waits_behind_a_slow_one_is_bounded(void **state)
{
    Bench bench = {.slow = 0};

    (void)state;
    parallel_run(&(ParallelWork){20000, work, done, &bench});
    assert_int_equal(bench.handed, 20000);
    assert_true(bench.most_waiting <= PARALLEL_WAITING_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_one_at_a_time_and_in_order),
        cmocka_unit_test(what_waits_behind_a_slow_one_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
