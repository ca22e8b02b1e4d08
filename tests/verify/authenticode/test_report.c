/* Tests verify/authenticode/report.c: the fields that scripts read. */
#include "verify/authenticode/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_line(const AuthenticodeVerdict *verdict, const char *expected)
{
    CLEANUP(json_free) Json *object = json_new_object();
    CLEANUP(free) char *line = NULL;

    authenticode_report(verdict, object);
    line = json_line(object);
    assert_non_null(line);
    assert_string_equal(line, expected);
}

static void a_good_program_is_told_with_who_and_when(void **state)
{
    AuthenticodeVerdict verdict = {
        .status = AUTHENTICODE_VALID,
        .code = "ok",
        .reason = "signed by Example Ltd",
        .note = "odd",
        .signatures = 2,
        .counted = 1,
        .publisher = "Example Ltd",
        .signer = "CN=Example Ltd",
        .digest_name = "sha256",
        .digest = "00ff",
        .time_source = TIME_RFC3161,
        .time_ms = 1000,
        .tsa = "Time Ltd",
        .valid_until_ms = 2000,
        .chain_length = 2,
        .chain = {"Example Ltd", "Root"}
    };

    (void)state;
    assert_line(&verdict,
                "{\"status\":\"valid\",\"code\":\"ok\",\"reason\":\"signed by Example Ltd\","
                "\"note\":\"odd\",\"signatures\":2,\"counted\":1,\"publisher\":\"Example Ltd\","
                "\"signer\":\"CN=Example Ltd\",\"digest_name\":\"sha256\",\"digest\":\"00ff\","
                "\"time\":\"1970-01-01T00:00:01.000Z\",\"time_source\":\"rfc3161\","
                "\"tsa\":\"Time Ltd\",\"valid_until\":\"1970-01-01T00:00:02.000Z\","
                "\"chain\":[\"Example Ltd\",\"Root\"]}");
}

static void what_is_not_known_is_null(void **state)
{
    const AuthenticodeVerdict verdict = {.status = AUTHENTICODE_UNSIGNED,
                                         .code = "unsigned",
                                         .reason = "the program has no signature",
                                         .counted = -1};

    (void)state;
    assert_line(&verdict,
                "{\"status\":\"unsigned\",\"code\":\"unsigned\","
                "\"reason\":\"the program has no signature\",\"note\":null,\"signatures\":0,"
                "\"counted\":-1,\"publisher\":null,\"signer\":null,\"digest_name\":null,"
                "\"digest\":null,\"time\":null,\"time_source\":null,\"tsa\":null,"
                "\"valid_until\":null,\"chain\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_program_is_told_with_who_and_when),
        cmocka_unit_test(what_is_not_known_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
