/* Whose name a request gets. */
#include "proxy/server/http/http_request_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *chosen(RequestIds *ids, const char *given, bool trusted,
                          char out[HTTP_REQUEST_ID_SIZE])
{
    char bytes[512];
    int length = snprintf(bytes, sizeof bytes,
                          "GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: %s\r\n\r\n", given);
    HttpHead head;

    assert_int_equal(http_head_parse_request(bytes, (size_t)length, &head).status, 0);
    http_request_id_choose(ids, &head, trusted, out);
    return out;
}

static void each_request_has_a_name_of_its_own(void **state)
{
    RequestIds ids;
    RequestIds of_another_worker;
    char first[HTTP_REQUEST_ID_SIZE];
    char second[HTTP_REQUEST_ID_SIZE];
    char third[HTTP_REQUEST_ID_SIZE];

    (void)state;
    http_request_ids_init(&ids);
    http_request_ids_init(&of_another_worker);
    (void)chosen(&ids, "", true, first);
    (void)chosen(&ids, "", true, second);
    (void)chosen(&of_another_worker, "", true, third);
    assert_int_equal(strlen(first), 32);
    assert_int_equal(strspn(first, "0123456789abcdef"), 32);
    assert_string_not_equal(first, second);
    assert_memory_equal(first, second, 16);
    assert_memory_not_equal(first, third, 16);
}

static void the_name_that_a_trusted_proxy_gave_is_kept(void **state)
{
    RequestIds ids;
    char out[HTTP_REQUEST_ID_SIZE];
    char longest[HTTP_REQUEST_ID_SIZE + 1];

    (void)state;
    http_request_ids_init(&ids);
    memset(longest, 'a', sizeof longest);
    longest[HTTP_REQUEST_ID_SIZE] = '\0'; /* one too many */
    assert_string_equal(chosen(&ids, "abc/7", true, out), "abc/7");
    assert_string_not_equal(chosen(&ids, "abc/7", false, out), "abc/7");
    assert_string_not_equal(chosen(&ids, "two words", true, out), "two words");
    assert_string_not_equal(chosen(&ids, "\xc3\xa9", true, out), "\xc3\xa9");
    assert_string_not_equal(chosen(&ids, longest, true, out), longest);
    longest[HTTP_REQUEST_ID_SIZE - 1] = '\0';
    assert_string_equal(chosen(&ids, longest, true, out), longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_has_a_name_of_its_own),
        cmocka_unit_test(the_name_that_a_trusted_proxy_gave_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
