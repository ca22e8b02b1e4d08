/* Which names the proxy knows, and what follows from it. */
#include "proxy/server/http/http_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static HttpKnown known(const char *text)
{
    return http_name_known((Span){text, strlen(text)});
}

static void a_name_is_known_in_every_case(void **state)
{
    (void)state;
    assert_int_equal(known("Content-Length").name, NAME_CONTENT_LENGTH);
    assert_int_equal(known("CONTENT-LENGTH").name, NAME_CONTENT_LENGTH);
    assert_int_equal(known("x-forwarded-for").name, NAME_X_FORWARDED_FOR);
    assert_int_equal(known("hOST").name, NAME_HOST);
    assert_int_equal(known("Te").name, NAME_TE);
}

static void what_only_resembles_a_known_name_is_another(void **state)
{
    static const char *const others[] = {
        "Content-Lengt",  "Content-Length2", "Hos",    "Hosts", "X-Forwarded",
        "X-Forwardedfor", "Proxyfoo",        "my_own", "",      "-"};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(known(others[i]).name, NAME_OTHER);
        assert_int_equal(known(others[i]).traits, 0);
    }
}

static void all_that_begin_alike_share_their_traits(void **state)
{
    (void)state;
    assert_true(known("Proxy-Anything").traits & TRAIT_HOP);
    assert_true(known("X-Forwarded-Port").traits & TRAIT_TRUST);
    assert_int_equal(known("X-Forwarded-Port").name, NAME_WITH_TRAITS);
}

/* RFC 3875 section 4.1.18: both become HTTP_X_FORWARDED_FOR. */
static void a_twin_is_a_forgery_of_any_known_name(void **state)
{
    static const char *const twins[] = {"Content_Length",    "x_forwarded_for", "X-Forwarded_For",
                                        "Transfer_Encoding", "Keep_Alive",      "GODEPLOY_PROOF",
                                        "X_Forwarded_Port",  "Proxy_Anything",  "Set_Cookie"};

    (void)state;
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
        assert_int_equal(known(twins[i]).name, NAME_TWIN);
        assert_true(known(twins[i]).traits & TRAIT_HOP);
        assert_true(known(twins[i]).traits & TRAIT_NEVER_LATE);
    }
}

static void whatever_frames_routes_or_tells_of_the_client_is_firm(void **state)
{
    static const char *const firm[] = {"Host",      "Expect",          "Authorization",
                                       "Cookie",    "X-Forwarded-For", "X-Forwarded-Port",
                                       "Forwarded", "X-Request-Id",    "X-Real-IP"};

    (void)state;
    for (size_t i = 0; i < sizeof firm / sizeof *firm; i++) {
        assert_true(known(firm[i]).traits & TRAIT_FIRM);
        assert_true(known(firm[i]).traits & TRAIT_NEVER_LATE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_known_in_every_case),
        cmocka_unit_test(what_only_resembles_a_known_name_is_another),
        cmocka_unit_test(all_that_begin_alike_share_their_traits),
        cmocka_unit_test(a_twin_is_a_forgery_of_any_known_name),
        cmocka_unit_test(whatever_frames_routes_or_tells_of_the_client_is_firm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
