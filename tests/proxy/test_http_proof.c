/* Who knows the token of a route. */
#include "base/text.h"
#include "proxy/server/http/http_proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_given(const char *fields, const char *proof)
{
    CLEANUP_TEXT Text in = {0};
    HttpHead head;

    text_appendf(&in, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", fields);
    assert_int_equal(http_head_parse_request(in.bytes, in.length, &head).status, 0);
    return http_proof_is_given(&head, proof);
}

static void only_the_whole_token_is_a_proof(void **state)
{
    static const char *const wrong[] = {
        "",
        "Godeploy-Proof: TOKE\r\n",
        "Godeploy-Proof: TOKENS\r\n",
        "Godeploy-Proof: token\r\n",
        "Godeploy-Proof: \r\n",
        "Godeploy-Proof: TOKEM\r\n",
        "Godeploy_Proof: TOKEN\r\n",
        "Godeploy-Proofs: TOKEN\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (is_given(wrong[i], "TOKEN"))
            fail_msg("accepted: %s", wrong[i]);
    }
    assert_true(is_given("godeploy-proof: TOKEN\r\n", "TOKEN"));
    assert_true(is_given("Godeploy-Proof: NOT\r\nGodeploy-Proof: TOKEN\r\n", "TOKEN"));
}

static void a_route_without_a_token_takes_none_for_it(void **state)
{
    (void)state;
    assert_false(is_given("Godeploy-Proof: \r\n", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_whole_token_is_a_proof),
        cmocka_unit_test(a_route_without_a_token_takes_none_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
