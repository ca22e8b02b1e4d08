#include "base/clock.h"
#include "base/interrupt.h"
#include "tests/support/environment.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool in_a_child(bool (*body)(void))
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        alarm(60);
        _exit(body() ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static void instants_are_written_in_utc(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0,               "1970-01-01T00:00:00.000Z"},
        {-1,              "1969-12-31T23:59:59.999Z"},
        {951782400000,    "2000-02-29T00:00:00.000Z"},
        {1795392062345,   "2026-11-23T00:01:02.345Z"},
        {4107542400000,   "2100-03-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {INT64_MAX,       "9999-12-31T23:59:59.999Z"},
        {INT64_MIN,       "0000-01-01T00:00:00.000Z"},
    };
    char out[CLOCK_ISO_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(clock_format_iso(cases[i].ms, out), cases[i].text);
}

static void the_calendar_agrees_with_the_c_library(void **state)
{
    char out[CLOCK_ISO_SIZE], expected[CLOCK_ISO_SIZE];

    (void)state;
    for (int64_t ms = -62167219200000; ms < 253402300799999; ms += INT64_C(86399) * 5000 * 41) {
        time_t seconds = (time_t)((ms - (ms < 0 ? 999 : 0)) / 1000);
        struct tm parts;
        int64_t back = 0;

        assert_non_null(gmtime_r(&seconds, &parts));
        (void)clock_format_iso(ms, out);
        (void)strftime(expected, sizeof expected, "-%m-%dT%H:%M:%S.", &parts);
        assert_memory_equal(out + 4, expected, strlen(expected));
        assert_true(clock_parse_iso(out, &back));
        assert_true(back == ms);
    }
}

static void every_form_of_rfc_3339_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z",               0             },
        {"1970-01-01t00:00:00z",               0             },
        {"1970-01-01T01:00:00+01:00",          0             },
        {"1969-12-31T18:30:00-05:30",          0             },
        {"1970-01-01T00:00:00-00:00",          0             },
        {"1985-04-12T23:20:50.52Z",            482196050520  }, /* RFC 3339, section 5.8 */
        {"1996-12-19T16:39:57-08:00",          851042397000  }, /* the same */
        {"1990-12-31T23:59:60Z",               662688000000  }, /* the same */
        {"1937-01-01T12:00:27.87+00:20",       -1041337172130}, /* the same */
        {"2026-11-23T00:01:02.3456789999999Z", 1795392062345 },
        {"2000-02-29T00:00:00Z",               951782400000  },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = 1;

        assert_true(clock_parse_iso(cases[i].text, &ms));
        assert_true(ms == cases[i].ms);
    }
}

static void what_is_no_instant_is_refused(void **state)
{
    static const char *const refused[] = {
        "",
        "2026-11-23",
        "2026-11-23T00:01:02",
        "2026-11-23 00:01:02Z",
        "2026-11-23T00:01Z",
        "2026-11-23T00:01:02.Z",
        "2026-11-23T00:01:02,5Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T00:60:00Z",
        "2026-11-23T00:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-11-23T00:01:02+0100",
        "2026-11-23T00:01:02+24:00",
        "2026-11-23T00:01:02+01:60",
        "2026-11-23T00:01:02Zx",
        " 2026-11-23T00:01:02Z",
        "26-11-23T00:01:02Z",
        "12026-11-23T00:01:02Z",
        "2026-1-23T00:01:02Z",
        "-026-11-23T00:01:02Z",
        "2026-11-23T-1:01:02Z",
    };
    int64_t ms = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (clock_parse_iso(refused[i], &ms))
            fail_msg("%s was taken", refused[i]);
    assert_int_equal(ms, 42);
}

static void local_time_follows_the_time_zone(void **state)
{
    char out[CLOCK_ISO_SIZE];

    (void)state;
    (void)environment_set("TZ", "XXX-5:30");
    tzset();
    assert_string_equal(clock_format_local(0, out), "1970-01-01 05:30:00");
    assert_string_equal(clock_format_local(-1, out), "1970-01-01 05:29:59");
    assert_true(strlen(clock_format_local(INT64_MAX, out)) < CLOCK_ISO_SIZE);
    (void)environment_unset("TZ");
    tzset();
}

static void a_sleep_lasts_at_least_as_long_as_asked(void **state)
{
    int64_t start_us = clock_monotonic_us();

    (void)state;
    assert_true(clock_sleep_ms(45));
    assert_true(clock_monotonic_us() - start_us >= 45000);
    assert_true(clock_sleep_ms(0));
    assert_true(clock_sleep_ms(-1));
    assert_true(clock_monotonic_ms() <= clock_monotonic_us() / 1000);
    assert_true(clock_wall_ms() > 1700000000000);
}

static bool be_woken(void)
{
    int64_t start_ms = clock_monotonic_ms();
    Error err = {0};

    interrupt_install();
    if (interrupt_requested() || !interrupt_check(&err))
        return false;
    if (fork() == 0) {
        usleep(50000);
        kill(getppid(), SIGTERM);
        _exit(0);
    }
    return !clock_sleep_ms(50000) && clock_monotonic_ms() - start_ms < 25000 &&
           interrupt_requested() && !interrupt_check(&err) && err.code == ERR_INTERRUPTED &&
           !clock_sleep_ms(1000);
}

static void an_interrupt_ends_a_sleep(void **state)
{
    (void)state;
    assert_true(in_a_child(be_woken));
}

static bool put_requests_aside(void)
{
    bool held = false;

    interrupt_install();
    interrupt_hold();
    interrupt_hold();
    (void)raise(SIGINT);
    held = !interrupt_requested() && clock_sleep_ms(1);
    interrupt_release();
    held = held && !interrupt_requested();
    interrupt_release();
    return held && interrupt_requested() && !clock_sleep_ms(1000);
}

static void work_that_must_finish_is_not_interrupted(void **state)
{
    (void)state;
    assert_true(in_a_child(put_requests_aside));
}

static bool survive_signals(void)
{
    int pipes[2];

    signal(SIGHUP, SIG_IGN); /* as nohup does */
    interrupt_install();
    (void)raise(SIGHUP);
    if (interrupt_requested() || pipe(pipes) != 0)
        return false;
    close(pipes[0]);
    if (write(pipes[1], "x", 1) != -1) /* SIGPIPE would have ended us */
        return false;
    (void)raise(SIGTERM);
    return interrupt_requested();
}

static void nohup_is_honoured_and_a_closed_pipe_kills_nobody(void **state)
{
    (void)state;
    assert_true(in_a_child(survive_signals));
}

static bool hang_up(void)
{
    interrupt_install();
    (void)raise(SIGHUP);
    return interrupt_requested();
}

static void a_closed_terminal_is_an_interrupt(void **state)
{
    (void)state;
    assert_true(in_a_child(hang_up));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_written_in_utc),
        cmocka_unit_test(the_calendar_agrees_with_the_c_library),
        cmocka_unit_test(every_form_of_rfc_3339_is_read),
        cmocka_unit_test(what_is_no_instant_is_refused),
        cmocka_unit_test(local_time_follows_the_time_zone),
        cmocka_unit_test(a_sleep_lasts_at_least_as_long_as_asked),
        cmocka_unit_test(an_interrupt_ends_a_sleep),
        cmocka_unit_test(work_that_must_finish_is_not_interrupted),
        cmocka_unit_test(nohup_is_honoured_and_a_closed_pipe_kills_nobody),
        cmocka_unit_test(a_closed_terminal_is_an_interrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
