/* See probe.h. */
#include "proxy/probe.h"
#include "base/clock.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "base/process/process.h"
#include "base/text.h"
#include "proxy/printable.h"

#include <stdio.h>
#include <string.h>

enum { BODY_SEARCHED_BYTES = 64 * 1024, BODY_SHOWN_CHARS = 200, LOOK_EVERY_MS = 100 };

static void append_text(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);

    (void)snprintf(out + used, size - used, "%s", text);
}

/* --- HTTP ----------------------------------------------------------------------------------- */

static bool status_expected(const ProbeCheck *check, int status)
{
    return check->expect_status == 0 ? status / 100 == 2 : status == check->expect_status;
}

static bool contains(const Text *body, const char *wanted)
{
    size_t length = strlen(wanted);

    for (size_t at = 0; at + length <= body->length; at++)
        if (memcmp(body->bytes + at, wanted, length) == 0)
            return true;
    return length == 0;
}

static void see_body(ProbeAnswer *answer, const Text *body)
{
    size_t length = body->length < BODY_SHOWN_CHARS ? body->length : BODY_SHOWN_CHARS;

    if (length == 0)
        return;
    append_text(answer->seen, sizeof answer->seen, ": ");
    printable_append(answer->seen, sizeof answer->seen, body->bytes, length);
}

static void see_wrong_status(const ProbeCheck *check, const HttpResponse *response,
                             ProbeAnswer *answer)
{
    char *seen = answer->seen;
    size_t used = strlen(seen);

    if (response->status / 100 == 3 && response->redirect[0] != '\0') {
        append_text(seen, sizeof answer->seen, " to ");
        printable_append(seen, sizeof answer->seen, response->redirect, strlen(response->redirect));
        append_text(seen, sizeof answer->seen,
                    ": the health path redirects; point check.path at what answers directly");
        return;
    }
    if (check->expect_status != 0)
        (void)snprintf(seen + used, sizeof answer->seen - used, " where %d is expected",
                       check->expect_status);
    see_body(answer, &response->body);
}

static void see_wrong_body(const ProbeCheck *check, const HttpResponse *response,
                           ProbeAnswer *answer)
{
    append_text(answer->seen, sizeof answer->seen, " without \"");
    printable_append(answer->seen, sizeof answer->seen, check->expect_body,
                     strnlen(check->expect_body, BODY_SHOWN_CHARS));
    append_text(answer->seen, sizeof answer->seen, "\" in its body");
    see_body(answer, &response->body);
}

static bool identity_right(const ProbeCheck *check, ProbeAnswer *answer)
{
    char expected[160];
    size_t used = strlen(answer->seen);

    if (!check->identity_header || !check->identity ||
        text_equal(answer->identity, check->identity))
        return true;
    answer->identity_wrong = true;
    (void)snprintf(expected, sizeof expected, "%s", check->identity);
    if (answer->identity[0] == '\0')
        (void)snprintf(answer->seen + used, sizeof answer->seen - used,
                       " without the header %.64s, expected \"%s\"", check->identity_header,
                       expected);
    else
        (void)snprintf(answer->seen + used, sizeof answer->seen - used,
                       " of another release: %.64s is \"%.160s\", expected \"%s\"",
                       check->identity_header, answer->identity, expected);
    return false;
}

static void judge(const ProbeCheck *check, const HttpResponse *response, ProbeAnswer *answer)
{
    answer->status = response->status;
    answer->took_us = response->took_us;
    printable_append(answer->identity, sizeof answer->identity, response->header,
                     strlen(response->header));
    (void)snprintf(answer->seen, sizeof answer->seen, "HTTP %d", response->status);
    if (!status_expected(check, response->status))
        see_wrong_status(check, response, answer);
    else if (check->expect_body && !contains(&response->body, check->expect_body))
        see_wrong_body(check, response, answer);
    else
        answer->ok = identity_right(check, answer);
}

/* No answer at all is an unhealthy answer; what is wrong on our side is not. */
static bool is_their_trouble(const Error *err)
{
    return err->code == ERR_NETWORK || err->code == ERR_TIMEOUT;
}

static bool see_trouble(ProbeAnswer *answer, const char *behind, Error *err)
{
    const char *reason = strstr(err->message, behind); /* the address need not be said again */

    if (!is_their_trouble(err))
        return false;
    reason = reason ? reason + strlen(behind) : err->message;
    answer->late = err->code == ERR_TIMEOUT;
    printable_append(answer->seen, sizeof answer->seen, reason, strlen(reason));
    memset(err, 0, sizeof *err);
    return true;
}

static char *url_of(const ProbeCheck *check)
{
    Address address = address_to_reach(&check->address);
    char text[ADDRESS_TEXT_SIZE];

    return text_formatted("%s://%s%s", check->kind == PROBE_HTTPS ? "https" : "http",
                          address_format(&address, text), check->path ? check->path : "/");
}

static bool probe_http(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    CLEANUP(free) char *url = url_of(check);
    HttpResponse response = {0};
    HttpRequest request = {.url = url,
                           .host = check->host,
                           .ca_file = check->ca_file,
                           .insecure_tls = check->insecure,
                           .timeout_ms = check->timeout_ms,
                           .most_bytes = BODY_SEARCHED_BYTES,
                           .wanted_header = check->identity_header,
                           .fresh_connection = true};

    if (!url)
        return error_memory(err);
    if (!http_request(&request, &response, err))
        return see_trouble(answer, ": ", err);
    judge(check, &response, answer);
    http_response_free(&response);
    return true;
}

/* --- TCP and programs ----------------------------------------------------------------------- */

static bool probe_tcp(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    Address address = address_to_reach(&check->address);

    if (!address_can_connect(&address, check->timeout_ms, err))
        return see_trouble(answer, "", err);
    answer->ok = true;
    append_text(answer->seen, sizeof answer->seen, "connected");
    return true;
}

/* The last line of the output says best why a program gave up. */
static void see_last_line(ProbeAnswer *answer, const char *output)
{
    size_t end = strlen(output);
    size_t begin = 0;

    while (end > 0 &&
           (output[end - 1] == '\n' || output[end - 1] == '\r' || output[end - 1] == ' '))
        end--;
    begin = end;
    while (begin > 0 && output[begin - 1] != '\n' && end - begin < BODY_SHOWN_CHARS)
        begin--;
    if (begin == end)
        return;
    append_text(answer->seen, sizeof answer->seen, ": ");
    printable_append(answer->seen, sizeof answer->seen, output + begin, end - begin);
}

static bool probe_exec(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    Spawn spawn = {.argv = check->argv, .environment = check->environment};
    ProcessResult result = {0};

    if (!process_run(&spawn, check->timeout_ms, &result, err))
        return error_while(err, "running the health check");
    answer->status = result.exit_status;
    answer->late = result.timed_out;
    answer->ok = !result.timed_out && result.signal == 0 && result.exit_status == 0;
    if (result.timed_out)
        (void)snprintf(answer->seen, sizeof answer->seen, "%.64s did not end within %lld ms",
                       check->argv[0], (long long)check->timeout_ms);
    else if (result.signal != 0)
        (void)snprintf(answer->seen, sizeof answer->seen, "%.64s was ended by signal %d",
                       check->argv[0], result.signal);
    else
        (void)snprintf(answer->seen, sizeof answer->seen, "%.64s: exit status %d", check->argv[0],
                       result.exit_status);
    if (!answer->ok)
        see_last_line(answer, result.output);
    return true;
}

static bool probe_by_kind(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    switch (check->kind) {
    case PROBE_HTTP:
    case PROBE_HTTPS:
        return probe_http(check, answer, err);
    case PROBE_TCP:
        return probe_tcp(check, answer, err);
    case PROBE_EXEC:
        return probe_exec(check, answer, err);
    }
    return error_set(err, ERR_INTERNAL, "unknown kind of health check %d", (int)check->kind);
}

bool probe_once(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    int64_t began_us = clock_monotonic_us();

    memset(answer, 0, sizeof *answer);
    if (!probe_by_kind(check, answer, err))
        return false;
    if (answer->took_us == 0)
        answer->took_us = clock_monotonic_us() - began_us;
    return true;
}

/* --- Until healthy -------------------------------------------------------------------------- */

typedef struct Watching {
    const ProbeCheck *check;
    const ProbeRepeat *repeat;
    int64_t deadline_at_ms;
    ProbeAnswer *last;
    int *tries;
    int passes;
} Watching;

static void describe(const ProbeCheck *check, char *out, size_t size)
{
    Address address = address_to_reach(&check->address);
    char text[ADDRESS_TEXT_SIZE];
    const char *path = check->path ? check->path : "/";

    (void)address_format(&address, text);
    if (check->kind == PROBE_EXEC)
        (void)snprintf(out, size, "%.128s", check->argv[0]);
    else if (check->kind == PROBE_TCP)
        (void)snprintf(out, size, "tcp %s", text);
    else /* a query may hold a token */
        (void)snprintf(out, size, "%s://%s%.*s", check->kind == PROBE_HTTPS ? "https" : "http",
                       text, (int)strcspn(path, "?#"), path);
}

static bool has_ended(const Watching *watching)
{
    const ProbeRepeat *repeat = watching->repeat;

    return repeat->still_alive && !repeat->still_alive(repeat->context);
}

static bool hint_for(const Watching *watching, Error *err)
{
    const ProbeAnswer *last = watching->last;
    const char *log = watching->repeat->log ? watching->repeat->log : "godeploy logs";

    if (has_ended(watching))
        return error_hint(err, "See its log: %s.", log);
    if (last->identity_wrong)
        return error_hint(err, "It says that it is another release: look whether it was packed "
                               "under the version that it reports, and what sets the header of "
                               "check.identity.");
    if (last->status == 401 || last->status == 403 || last->status == 404 ||
        last->status / 100 == 3)
        return error_hint(err, "Point check.path at a path that answers 2xx without a login or a "
                               "redirect.");
    if (last->late)
        return error_hint(
            err,
            "If an answer may take so long, raise check.timeout, and check.deadline with "
            "it. Its log: %s.",
            log);
    if (last->status == 0 && watching->check->kind != PROBE_EXEC)
        return error_hint(err,
                          "Check that the program listens on the port it is given ({port} or "
                          "PORT), and its log: %s.",
                          log);
    return error_hint(err,
                      "See its log: %s. If it only needs longer to start, raise "
                      "check.deadline.",
                      log);
}

static bool give_up(const Watching *watching, const char *why, Error *err)
{
    char what[256];
    int tries = *watching->tries;

    describe(watching->check, what, sizeof what);
    if (tries == 0)
        return error_set(err, ERR_UNHEALTHY, "%s before %s was asked", why, what);
    (void)error_set(err, ERR_UNHEALTHY, "%s; %s was asked %d time%s, the last answer: %s%s", why,
                    what, tries, text_plural(tries), watching->last->seen,
                    watching->last->ok ? " (healthy, but not often enough in a row)" : "");
    return hint_for(watching, err);
}

static bool must_go_on(const Watching *watching, Error *err)
{
    char deadline[TEXT_QUANTITY_SIZE];
    char why[96];

    if (!interrupt_check(err))
        return false;
    if (has_ended(watching))
        return give_up(watching, "the instance has ended", err);
    if (clock_monotonic_ms() < watching->deadline_at_ms)
        return true;
    (void)snprintf(why, sizeof why, "not healthy within %s",
                   text_duration(watching->repeat->deadline_ms, deadline));
    return give_up(watching, why, err);
}

/* In short steps, so that an instance that ends is not waited for. */
static bool wait_interval(const Watching *watching, Error *err)
{
    int64_t until_ms = clock_monotonic_ms() + watching->repeat->interval_ms;

    for (;;) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (!must_go_on(watching, err))
            return false;
        if (left_ms <= 0)
            return true;
        (void)clock_sleep_ms(left_ms < LOOK_EVERY_MS ? left_ms : LOOK_EVERY_MS);
    }
}

static bool ask(Watching *watching, Error *err)
{
    ProbeCheck check = *watching->check;
    ProbeAnswer answer;
    int64_t left_ms = watching->deadline_at_ms - clock_monotonic_ms();
    bool hurried = check.timeout_ms <= 0 || check.timeout_ms > left_ms;

    if (hurried)
        check.timeout_ms = left_ms > 0 ? left_ms : 1;
    if (!probe_once(&check, &answer, err))
        return false;
    /* That the deadline left no time for an answer says less than the answer before. */
    if (!hurried || answer.ok || answer.status != 0 || *watching->tries == 0)
        *watching->last = answer;
    *watching->tries += 1;
    watching->passes = answer.ok ? watching->passes + 1 : 0;
    return true;
}

bool probe_until_healthy(const ProbeCheck *check, const ProbeRepeat *repeat, ProbeAnswer *last,
                         int *tries, Error *err)
{
    Watching watching = {.check = check,
                         .repeat = repeat,
                         .deadline_at_ms = clock_monotonic_ms() + repeat->deadline_ms,
                         .last = last,
                         .tries = tries};

    memset(last, 0, sizeof *last);
    *tries = 0;
    if (!must_go_on(&watching, err))
        return false;
    for (;;) {
        if (!ask(&watching, err))
            return false;
        if (watching.passes >= repeat->passes)
            return true;
        if (!wait_interval(&watching, err))
            return false;
    }
}
