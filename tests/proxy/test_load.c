#include "proxy/load/load.h"

#include "base/interrupt.h"
#include "tests/proxy/load_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static LoadPlan plan_for(const Server *server, uint32_t rate_per_s, int64_t duration_ms)
{
    LoadPlan plan = load_plan_default();

    memcpy(plan.host, "127.0.0.1", sizeof("127.0.0.1"));
    plan.port = server->port;
    plan.rate_per_s = rate_per_s;
    plan.duration_ms = duration_ms;
    plan.timeout_ms = 30000;
    return plan;
}

static void run(const LoadPlan *plan, const LoadHooks *hooks, LoadReport *report)
{
    Error err = {0};

    if (!load_run(plan, hooks, report, &err))
        fail_msg("load_run: %s", err.message);
    assert_int_equal(report->sent, report->ok + report->failed + report->unfinished);
}

/* tests */

static void every_request_is_counted_once(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){0});
    plan = plan_for(&server, 400, 500);
    plan.weights[LOAD_KEEPALIVE] = 2;
    plan.weights[LOAD_FRESH] = 1;
    plan.weights[LOAD_POST] = 1;
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.sent, 200);
    assert_int_equal(report.ok, 200);
    assert_int_equal(report.status_2xx, 200);
    assert_int_equal(report.failed, 0);
    assert_int_equal(report.first_failed_ms, -1);
    assert_int_equal(report.kinds[LOAD_KEEPALIVE].ok, 100);
    assert_int_equal(report.kinds[LOAD_FRESH].ok, 50);
    assert_int_equal(report.kinds[LOAD_POST].ok, 50);
    assert_int_equal(server.requests, 200);
    assert_int_equal(server.posts, 50);
    assert_int_equal(server.body_bytes, 50 * plan.post_bytes);
    assert_int_equal(server.connections, report.connections);
    assert_true(report.connections >= 50 + plan.keepalive_connections);
    assert_true(report.elapsed_ms >= 490);
    assert_true(report.latency.p50_us > 0 && report.latency.p50_us <= report.latency.p99_us);
}

static void a_reset_one_in_ten_is_counted_exactly(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.reset_every = 10});
    plan = plan_for(&server, 400, 500);
    plan.weights[LOAD_POST] = 1;
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.sent, 200);
    assert_int_equal(report.reset, 20);
    assert_int_equal(report.failed, 20);
    assert_int_equal(report.ok, 180);
    assert_true(report.first_failed_ms >= 0);
    assert_true(report.last_failed_ms > report.first_failed_ms);
}

static void an_answer_of_status_503_is_a_failure_with_an_identity(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.fail_every = 4});
    plan = plan_for(&server, 400, 250);
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.status_5xx, 25);
    assert_int_equal(report.failed, 25);
    assert_int_equal(report.ok, 75);
    assert_int_equal(report.identities[0].count, 100);
}

static void the_longest_gap_is_the_time_without_an_ok_answer(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.stall_at = 50, .stall_ms = 400});
    plan = plan_for(&server, 100, 1000);
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.ok, 100);
    assert_true(report.longest_gap_ms >= 200); /* we may be late to see the answer before it */
    assert_true(report.longest_gap_at_ms >= 400);
}

/* A client that waits for each answer would send one request into the stall, and p95 hide it. */
static void a_stall_shows_in_the_percentiles(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.stall_at = 100, .stall_ms = 500});
    plan = plan_for(&server, 200, 1500);
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.ok, 300);
    assert_true(report.latency.p95_us >= 300000);
    assert_true(report.latency.p99_us >= 450000);
    assert_true(report.latency.max_us >= 490000);
}

static void waiting_for_a_connection_shows_in_the_percentiles(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.stall_at = 100, .stall_ms = 500});
    plan = plan_for(&server, 200, 1500);
    plan.most_connections = 2;
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.ok, 300);
    assert_true(report.latency.p95_us >= 300000);
}

static void a_port_without_a_listener_refuses(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){0});
    server_stop(&server);
    plan = plan_for(&server, 100, 200);
    run(&plan, NULL, &report);

    assert_int_equal(report.sent, 20);
    assert_int_equal(report.refused, 20);
    assert_int_equal(report.failed, 20);
    assert_true(report.longest_gap_ms >= 180);
}

static void a_silent_server_times_out(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.is_silent = true});
    plan = plan_for(&server, 100, 200);
    plan.timeout_ms = 150;
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.timeout, 20);
    assert_int_equal(report.failed, 20);
    assert_true(report.latency.p50_us >= 145000);
}

static void a_connection_closed_while_idle_is_replaced_silently(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.closes_when_idle = true});
    plan = plan_for(&server, 10, 500);
    plan.weights[LOAD_FRESH] = 0;
    plan.keepalive_connections = 1;
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.ok, 5);
    assert_int_equal(report.failed, 0);
    assert_true(report.replaced >= 4);
    assert_int_equal(server.connections, 5);
}

static void releases_are_told_apart_with_their_times(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.second_from = 61});
    plan = plan_for(&server, 200, 500);
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.identity_count, 2);
    assert_string_equal(report.identities[0].value, "1.0.0");
    assert_string_equal(report.identities[1].value, "2.0.0");
    assert_int_equal(report.identities[0].count, 60);
    assert_int_equal(report.identities[1].count, 40);
    assert_true(report.identities[1].last_ms > report.identities[0].first_ms);
}

static void a_stream_that_ends_without_its_last_chunk_is_cut(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.cuts_streams = true});
    plan = plan_for(&server, 20, 400);
    plan.stream_path = "/stream";
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_true(report.streams_cut >= 1);
    assert_int_equal(report.streams_whole, 0);
    assert_true(report.stream_bytes >= 5 * report.streams_cut);
    assert_int_equal(report.ok, 8);
}

static void a_stream_with_its_last_chunk_is_whole(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){0});
    plan = plan_for(&server, 20, 200);
    plan.stream_path = "/stream";
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_true(report.streams_whole >= 1);
    assert_int_equal(report.streams_cut, 0);
}

static void a_stream_still_open_at_the_end_is_not_cut(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){.holds_streams = true});
    plan = plan_for(&server, 20, 200);
    plan.stream_path = "/stream";
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.streams_open, 1);
    assert_int_equal(report.streams_cut + report.streams_whole, 0);
}

typedef struct Watcher {
    unsigned ticks;
    uint64_t sent;
} Watcher;

static void count_tick(void *context, const LoadReport *so_far)
{
    Watcher *watcher = context;

    watcher->ticks++;
    watcher->sent = so_far->sent;
}

static bool had_two_ticks(void *context)
{
    return ((const Watcher *)context)->ticks >= 2;
}

static void a_run_that_is_stopped_reports_what_was_so_far(void **state)
{
    Watcher watcher = {0};
    LoadHooks hooks = {.tick = count_tick, .should_stop = had_two_ticks, .context = &watcher};
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){0});
    plan = plan_for(&server, 100, 600000);
    run(&plan, &hooks, &report);
    server_stop(&server);

    assert_int_equal(watcher.ticks, 2);
    assert_true(watcher.sent > 0);
    assert_true(report.sent >= watcher.sent);
    assert_int_equal(report.failed, 0);
    assert_true(report.elapsed_ms < 300000);
    assert_true(report.longest_gap_ms < 300000);
}

static void a_name_is_looked_up(void **state)
{
    Server server;
    LoadReport report;
    LoadPlan plan;

    (void)state;
    server_start(&server, (Ways){0});
    plan = plan_for(&server, 100, 100);
    memcpy(plan.host, "localhost", sizeof("localhost"));
    run(&plan, NULL, &report);
    server_stop(&server);

    assert_int_equal(report.ok, 10);
}

static void a_plan_that_sends_nothing_is_refused(void **state)
{
    LoadPlan plan = load_plan_default();
    LoadReport report;
    Error err = {0};

    (void)state;
    plan.rate_per_s = 0;
    assert_false(load_run(&plan, NULL, &report, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_counted_once),
        cmocka_unit_test(a_reset_one_in_ten_is_counted_exactly),
        cmocka_unit_test(an_answer_of_status_503_is_a_failure_with_an_identity),
        cmocka_unit_test(the_longest_gap_is_the_time_without_an_ok_answer),
        cmocka_unit_test(a_stall_shows_in_the_percentiles),
        cmocka_unit_test(waiting_for_a_connection_shows_in_the_percentiles),
        cmocka_unit_test(a_port_without_a_listener_refuses),
        cmocka_unit_test(a_silent_server_times_out),
        cmocka_unit_test(a_connection_closed_while_idle_is_replaced_silently),
        cmocka_unit_test(releases_are_told_apart_with_their_times),
        cmocka_unit_test(a_stream_that_ends_without_its_last_chunk_is_cut),
        cmocka_unit_test(a_stream_with_its_last_chunk_is_whole),
        cmocka_unit_test(a_stream_still_open_at_the_end_is_not_cut),
        cmocka_unit_test(a_run_that_is_stopped_reports_what_was_so_far),
        cmocka_unit_test(a_name_is_looked_up),
        cmocka_unit_test(a_plan_that_sends_nothing_is_refused),
    };

    interrupt_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
