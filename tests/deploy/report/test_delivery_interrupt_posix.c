/* Tests what Ctrl-C does to deploy/report/delivery.h. A program of its own: Ctrl-C is remembered
 * for good. */
#include "base/interrupt.h"
#include "deploy/report/delivery.h"
#include "tests/support/http_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { AMPLE_MS = 60000, TRIES = 3 };

static void answer_busy(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked, (void)context;
    http_reply_text(reply, "HTTP/1.1 503 Words\r\nContent-Length: 0\r\n\r\n");
}

static void press_ctrl_c_and_hang(HttpReply *reply, const HttpAsked *asked, void *context)
{
    (void)asked, (void)context;
    (void)raise(SIGINT);
    http_reply_stall(reply);
}

/* How often it was asked. */
static int post_to(HttpAnswering answering, Error *err)
{
    HttpServer *server = http_server_start(answering, NULL);
    const TextList none = {0};
    char url[64];
    const Delivery delivery = {
        .url = url, .headers = &none, .body = "{}", .budget_ms = AMPLE_MS, .tries = TRIES};
    int asked = 0;

    assert_non_null(server);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/x", (unsigned)http_server_port(server));
    assert_false(delivery_post(&delivery, err));
    asked = http_server_count(server);
    http_server_stop(server);
    return asked;
}

/* The one that undid a deployment leaves a try to tell of it; the next one ends that too. */
static void a_second_ctrl_c_ends_what_tells_of_the_first(void **state)
{
    Error err = {0};

    (void)state;
    interrupt_install();
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(post_to(answer_busy, &err), 1);
    assert_int_equal(err.code, ERR_NETWORK);
    assert_int_equal(post_to(press_ctrl_c_and_hang, &err), 1);
    assert_int_equal(err.code, ERR_INTERRUPTED);
    assert_int_equal(interrupt_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_ctrl_c_ends_what_tells_of_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
