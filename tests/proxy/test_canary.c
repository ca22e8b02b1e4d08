/* Which clients see the candidate, and the cookie that keeps them there. */
#include "proxy/server/canary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENTS = 100000 };

static Route route_with(int64_t ppm, char first)
{
    Route route = {.candidate_ppm = ppm, .salt = "00112233445566778899aabbccddeeff"};

    route.salt[0] = first;
    return route;
}

/* The nth of the clients that all runs of this test see. */
static ClientId client_of(uint32_t number)
{
    ClientId client = {0};

    memcpy(client.bytes, &number, sizeof number);
    return client;
}

static int64_t count_taken(const Route *route)
{
    int64_t taken = 0;

    for (uint32_t i = 0; i < CLIENTS; i++) {
        ClientId client = client_of(i);

        taken += canary_takes(route, &client);
    }
    return taken;
}

static void without_a_canary_nobody_is_taken(void **state)
{
    Route route = route_with(0, '0');

    (void)state;
    assert_int_equal(count_taken(&route), 0);
}

static void a_whole_share_takes_everybody(void **state)
{
    Route route = route_with(ROUTE_MILLION, '0');

    (void)state;
    assert_int_equal(count_taken(&route), CLIENTS);
}

/* Five standard deviations of a binomial distribution; and the clients are always the same. */
static void a_share_takes_as_many_as_it_says(void **state)
{
    static const int64_t shares[] = {1000, 10000, 50000, 250000, 500000, 990000};

    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        Route route = route_with(shares[i], '0');
        int64_t expected = CLIENTS * shares[i] / ROUTE_MILLION;
        int64_t variance = expected * (ROUTE_MILLION - shares[i]) / ROUTE_MILLION;
        int64_t away = count_taken(&route) - expected;

        if (away * away > 25 * variance)
            fail_msg("a share of %lld took %lld more than %lld", (long long)shares[i],
                     (long long)away, (long long)expected);
    }
}

static void who_sees_the_candidate_sees_it_while_the_share_grows(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CLIENTS / 10; i++) {
        ClientId client = client_of(i);
        bool taken = false;

        for (int64_t ppm = 0; ppm <= ROUTE_MILLION; ppm += 50000) {
            Route route = route_with(ppm, '0');
            bool now = canary_takes(&route, &client);

            assert_true(now || !taken);
            taken = now;
        }
    }
}

/* A tenth of a tenth, within five standard deviations. */
static void another_salt_takes_others(void **state)
{
    Route one = route_with(100000, '0');
    Route other = route_with(100000, '1');
    int64_t both = 0;

    (void)state;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        ClientId client = client_of(i);

        both += canary_takes(&one, &client) && canary_takes(&other, &client);
    }
    assert_in_range(both, 1000 - 157, 1000 + 157);
}

static void ids_are_not_alike(void **state)
{
    ClientId one = client_id_new();
    ClientId other = client_id_new();

    (void)state;
    assert_memory_not_equal(one.bytes, other.bytes, sizeof one.bytes);
}

#define ID "00112233445566778899aabbccddeeff"

typedef struct CookieCase {
    const char *value;
    const char *rest; /* NULL: ours is not in it */
    bool found;
} CookieCase;

static const CookieCase cookies[] = {
    {"godeploy-client=" ID,                              "",                              true },
    {"a=1; godeploy-client=" ID "; b=2",                 "Cookie: a=1; b=2\r\n",          true },
    {"godeploy-client=" ID ";b=2",                       "Cookie: b=2\r\n",               true },
    {"a=1;godeploy-client=" ID,                          "Cookie: a=1\r\n",               true },
    {"godeploy-client=x; godeploy-client=" ID,           "",                              true },
    {"godeploy-client=" ID "0",                          "",                              false},
    {"godeploy-client=0",                                "",                              false},
    {"godeploy-client=zz112233445566778899aabbccddeeff", "",                              false},
    {"a=1; b=\"x; c=y\"; godeploy-client=",              "Cookie: a=1; b=\"x; c=y\"\r\n", false},
    {"a=godeploy-client=" ID,                            NULL,                            false},
    {"Godeploy-Client=" ID,                              NULL,                            false},
    {"godeploy-clients=" ID,                             NULL,                            false},
    {"",                                                 NULL,                            false},
    {";;  ; a=1",                                        NULL,                            false},
};

static void expect_cookie(const CookieCase *one)
{
    CLEANUP_TEXT Text in = {0};
    CLEANUP_TEXT Text rest = {0};
    ClientId client = {0};
    HttpHead head;

    text_appendf(&in, "GET / HTTP/1.1\r\nHost: x\r\nCookie: z=1\r\nCookie: %s\r\n\r\n", one->value);
    assert_int_equal(http_head_parse_request(in.bytes, in.length, &head).status, 0);
    if (client_cookie_find(&head, &client) != one->found)
        fail_msg("%s: %s", one->value, one->found ? "not found" : "found");
    if (one->found)
        assert_memory_equal(client.bytes, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99", 10);
    if (client_cookie_is_in(head.fields[2].value) != (one->rest != NULL))
        fail_msg("%s: is it in there?", one->value);
    if (!one->rest)
        return;
    client_cookie_append_rest(head.fields[2].value, &rest);
    assert_string_equal(text_chars(&rest), one->rest);
}

static void our_cookie_is_found_and_taken_out_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cookies / sizeof *cookies; i++)
        expect_cookie(&cookies[i]);
}

static void what_is_set_is_found_again(void **state)
{
    ClientId before = client_id_new();
    CLEANUP_TEXT Text value = {0};
    CLEANUP_TEXT Text in = {0};
    ClientId after = {0};
    HttpHead head;

    (void)state;
    client_cookie_append_value(&before, &value);
    assert_non_null(strstr(value.bytes, "; Path=/; HttpOnly; SameSite=Lax"));
    *strchr(value.bytes, ';') = '\0';
    text_appendf(&in, "GET / HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n", value.bytes);
    assert_int_equal(http_head_parse_request(in.bytes, in.length, &head).status, 0);
    assert_true(client_cookie_find(&head, &after));
    assert_memory_equal(before.bytes, after.bytes, sizeof before.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_canary_nobody_is_taken),
        cmocka_unit_test(a_whole_share_takes_everybody),
        cmocka_unit_test(a_share_takes_as_many_as_it_says),
        cmocka_unit_test(who_sees_the_candidate_sees_it_while_the_share_grows),
        cmocka_unit_test(another_salt_takes_others),
        cmocka_unit_test(ids_are_not_alike),
        cmocka_unit_test(our_cookie_is_found_and_taken_out_wherever_it_stands),
        cmocka_unit_test(what_is_set_is_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
