/* Tests deploy/report/delivery.h against a server of its own. That a silent one costs no more than
 * the budget is tested end to end. */
#include "base/clock.h"
#include "deploy/report/delivery.h"
#include "tests/support/environment.h"
#include "tests/support/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { AMPLE_MS = 60000 };

typedef struct Receiver {
    HttpServer *server;
    int status;              /* of every answer but the last of `good_at` */
    int good_at;             /* the request that is answered with 204; 0: none */
    const char *retry_after; /* of the others; NULL: nothing said */
    char url[128];
} Receiver;

static void answer(HttpReply *reply, const HttpAsked *asked, void *context)
{
    const Receiver *receiver = context;

    http_reply_text(reply, "HTTP/1.1 %d Words\r\nContent-Length: 0\r\n",
                    asked->number == receiver->good_at ? 204 : receiver->status);
    if (receiver->retry_after && asked->number != receiver->good_at)
        http_reply_text(reply, "Retry-After: %s\r\n", receiver->retry_after);
    http_reply_text(reply, "\r\n");
}

static void receiver_end(Receiver *receiver)
{
    http_server_stop(receiver->server);
}

#define CLEANUP_RECEIVER __attribute__((cleanup(receiver_end)))

static void receiver_begin(Receiver *receiver)
{
    receiver->server = http_server_start(answer, receiver);
    assert_non_null(receiver->server);
    (void)snprintf(receiver->url, sizeof receiver->url, "http://127.0.0.1:%u/hooks/5ecret?k=5ecret",
                   (unsigned)http_server_port(receiver->server));
}

static bool post_with(const TextList *headers, const char *url, int64_t tries, Error *err)
{
    const Delivery delivery = {
        .url = url, .headers = headers, .body = "{}", .budget_ms = AMPLE_MS, .tries = tries};

    return delivery_post(&delivery, err);
}

static bool post(const char *url, int64_t tries, Error *err)
{
    const TextList none = {0};

    return post_with(&none, url, tries, err);
}

static void what_may_pass_is_tried_again_and_what_will_not_is_not(void **state)
{
    static const struct {
        int status, good_at, tries;
        int asked; /* how often */
        bool done;
    } cases[] =
        {
            {200, 0, 3, 1, true },
            {503, 2, 3, 2, true },
            {429, 2, 3, 2, true },
            {408, 2, 3, 2, true },
            {500, 0, 2, 2, false},
            {404, 2, 3, 1, false},
            {301, 2, 3, 1, false}, /* no redirect is followed: it would carry the headers elsewhere
  */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_RECEIVER Receiver receiver = {.status = cases[i].status,
                                              .good_at = cases[i].good_at};
        Error err = {0};
        char number[8];

        receiver_begin(&receiver);
        assert_int_equal(post(receiver.url, cases[i].tries, &err), cases[i].done);
        assert_int_equal(http_server_count(receiver.server), cases[i].asked);
        (void)snprintf(number, sizeof number, "%d", cases[i].status);
        if (!cases[i].done)
            assert_non_null(strstr(err.message, number));
    }
}

/* Slack answers 429 with Retry-After when it was told too much. */
static void nobody_is_asked_again_before_he_wants_to_be(void **state)
{
    CLEANUP_RECEIVER Receiver soon = {.status = 429, .good_at = 2, .retry_after = "1"};
    CLEANUP_RECEIVER Receiver late = {.status = 429, .good_at = 2, .retry_after = "3600"};
    Error err = {0};
    int64_t began_ms = clock_monotonic_ms();

    (void)state;
    receiver_begin(&soon);
    receiver_begin(&late);
    assert_true(post(soon.url, 3, &err));
    assert_true(clock_monotonic_ms() - began_ms >= 1000);
    assert_false(post(late.url, 3, &err));
    assert_int_equal(http_server_count(late.server), 1);
    assert_non_null(strstr(err.message, "in 3600 s, which is too late: the answer was 429"));
}

static void secrets_come_from_the_environment(void **state)
{
    CLEANUP_RECEIVER Receiver receiver = {.status = 200};
    CLEANUP_TEXT_LIST TextList headers = {0};
    HttpAsked asked;
    Error err = {0};
    char value[64] = "";

    (void)state;
    receiver_begin(&receiver);
    assert_true(environment_set("S4_HOOK", receiver.url) && environment_set("S4_TOKEN", "t0ken"));
    assert_true(text_list_add(&headers, "Authorization: Bearer {env:S4_TOKEN}", &err));
    assert_true(post_with(&headers, "{env:S4_HOOK}", 1, &err));
    assert_true(http_server_last(receiver.server, &asked));
    assert_string_equal(asked.method, "POST");
    assert_string_equal(asked.target, "/hooks/5ecret?k=5ecret");
    assert_memory_equal(asked.body, "{}", 2);
    assert_true(http_asked_header(&asked, "Authorization", value, sizeof value));
    assert_string_equal(value, "Bearer t0ken");
    assert_true(http_asked_header(&asked, "Content-Type", value, sizeof value));
    assert_string_equal(value, "application/json");
}

static void a_variable_that_is_missing_is_named(void **state)
{
    Error err = {0};

    (void)state;
    assert_false(post("{env:S4_MISSING}", 3, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_non_null(strstr(err.message, "S4_MISSING"));
}

static void what_listens_on_this_host_is_asked_itself(void **state)
{
    CLEANUP_RECEIVER Receiver receiver = {.status = 200};
    HttpAsked asked;
    Error err = {0};

    (void)state;
    receiver_begin(&receiver);
    assert_true(environment_set("http_proxy", "http://192.0.2.1:1"));
    assert_true(post(receiver.url, 1, &err));
    assert_true(environment_unset("http_proxy"));
    assert_true(http_server_last(receiver.server, &asked));
    assert_string_equal(asked.target, "/hooks/5ecret?k=5ecret");
}

/* The path of a webhook is all that one needs to post there. */
static void a_server_that_is_gone_is_named_without_the_path(void **state)
{
    Receiver receiver = {.status = 200};
    Error err = {0};
    char server[64];

    (void)state;
    receiver_begin(&receiver);
    (void)snprintf(server, sizeof server,
                   "POST http://127.0.0.1:%u: ", (unsigned)http_server_port(receiver.server));
    receiver_end(&receiver);
    assert_false(post(receiver.url, 1, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    assert_non_null(strstr(err.message, server));
    assert_null(strstr(err.message, "5ecret"));
}

/* Such services are outside, and many hosts have no other way there. 192.0.2.0/24 is nobody's (RFC
 * 5737). */
static void the_proxy_of_the_environment_is_used(void **state)
{
    CLEANUP_RECEIVER Receiver receiver = {.status = 200};
    HttpAsked asked;
    Error err = {0};

    (void)state;
    receiver_begin(&receiver);
    *strstr(receiver.url, "/hooks") = '\0';
    assert_true(environment_unset("no_proxy") && environment_unset("NO_PROXY") &&
                environment_set("http_proxy", receiver.url));
    assert_true(post("http://192.0.2.1/hook", 1, &err));
    assert_true(environment_unset("http_proxy"));
    assert_true(http_server_last(receiver.server, &asked));
    assert_string_equal(asked.target, "http://192.0.2.1/hook");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_pass_is_tried_again_and_what_will_not_is_not),
        cmocka_unit_test(nobody_is_asked_again_before_he_wants_to_be),
        cmocka_unit_test(secrets_come_from_the_environment),
        cmocka_unit_test(a_variable_that_is_missing_is_named),
        cmocka_unit_test(a_server_that_is_gone_is_named_without_the_path),
        cmocka_unit_test(what_listens_on_this_host_is_asked_itself),
        cmocka_unit_test(the_proxy_of_the_environment_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
