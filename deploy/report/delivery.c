/* See delivery.h. */
#include "deploy/report/delivery.h"

#include "base/clock.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "deploy/settings/placeholder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_MS = 250 };

typedef enum Outcome { DELIVERED, MAY_PASS, REFUSED } Outcome;

static bool is_not_interrupted_since(void *count)
{
    return interrupt_count() == *(const int *)count;
}

static bool expand_headers(const Delivery *delivery, TextList *out, Error *err)
{
    if (!text_list_add(out, "Content-Type: application/json", err))
        return false;
    for (size_t i = 0; i < delivery->headers->count; i++) {
        CLEANUP(free) char *header = NULL;

        if (!placeholder_expand(delivery->headers->items[i], NULL, 0, &header, err) ||
            !text_list_add(out, header, err))
            return false;
    }
    return true;
}

static bool is_worth_another_try(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static Outcome try_once(const HttpRequest *request, int64_t *retry_after_ms, Error *err)
{
    HttpResponse response = {0};
    int status = 0;

    if (!http_request(request, &response, err))
        return err->code == ERR_NETWORK || err->code == ERR_TIMEOUT ? MAY_PASS : REFUSED;
    status = response.status;
    *retry_after_ms = response.retry_after_ms;
    http_response_free(&response);
    if (status >= 200 && status <= 299)
        return DELIVERED;
    (void)error_set(err, ERR_NETWORK, "the answer was %d instead of 2xx", status);
    return is_worth_another_try(status) ? MAY_PASS : REFUSED;
}

/* Where there is no time for it, the last answer stands. */
static bool wait_for_next(int64_t wait_ms, int64_t deadline_ms, int64_t retry_after_ms, Error *err)
{
    if (retry_after_ms > 0 && clock_monotonic_ms() + retry_after_ms >= deadline_ms)
        return error_while(err, "it is to be asked again in %" PRId64 " s, which is too late",
                           retry_after_ms / 1000);
    wait_ms = wait_ms > retry_after_ms ? wait_ms : retry_after_ms;
    return clock_monotonic_ms() + wait_ms < deadline_ms && clock_sleep_ms(wait_ms);
}

/* Each try gets its share of what is left, so that a server that hangs once does not eat all of it.
 */
static bool try_within(const Delivery *delivery, HttpRequest *request, Error *err)
{
    const int64_t deadline = clock_monotonic_ms() + delivery->budget_ms;
    int64_t wait_ms = BACKOFF_MS;

    for (int64_t left = delivery->tries; left > 0; left--, wait_ms *= 2) {
        int64_t remaining_ms = deadline - clock_monotonic_ms(), retry_after_ms = 0;
        Outcome outcome = REFUSED;

        request->timeout_ms = remaining_ms / left > 0 ? remaining_ms / left : 1;
        outcome = try_once(request, &retry_after_ms, err);
        if (outcome == DELIVERED)
            return true;
        if (outcome == REFUSED || left == 1 ||
            !wait_for_next(wait_ms, deadline, retry_after_ms, err))
            return false;
    }
    return false;
}

bool delivery_post(const Delivery *delivery, Error *err)
{
    CLEANUP_TEXT_LIST TextList headers = {0};
    CLEANUP(free) char *url = NULL;
    int interrupts = interrupt_count();
    HttpRequest request = {.method = "POST",
                           .body = delivery->body,
                           .headers = &headers,
                           .fresh_connection = true,
                           .uses_proxy = true,
                           .path_is_secret = true,
                           .goes_on = is_not_interrupted_since,
                           .context = &interrupts};

    if (!placeholder_expand(delivery->url, NULL, 0, &url, err) ||
        !expand_headers(delivery, &headers, err))
        return false;
    request.url = url;
    request.body_length = strlen(delivery->body);
    return try_within(delivery, &request, err);
}
