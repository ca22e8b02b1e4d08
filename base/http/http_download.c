/* See http.h: a download is up to `tries` tries, each of them a hop and its redirects. What one
 * hop's answer means is decided in http_transfer.c, what is on disk is kept in http_partial.c. */
#include "base/clock.h"
#include "base/http/http.h"
#include "base/http/http_file.h"
#include "base/http/http_transfer.h"
#include "base/interrupt.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

enum { MOST_REDIRECTS = 10, LONGEST_WAIT_MS = 60 * 1000 };

typedef struct Fetching {
    const HttpDownload *download;
    HttpCurl curl;
    HttpUrl first;
    HttpUrl reached; /* where the redirects of this try led; {0} if there were none */
    HttpPartial partial;
    uint64_t resumed_at_bytes;
    int try_number;
    int64_t retry_after_ms;
} Fetching;

static const HttpUrl *current_url(const Fetching *fetching)
{
    return fetching->reached.full ? &fetching->reached : &fetching->first;
}

static bool follow(Fetching *fetching, const char *location, Error *err)
{
    const HttpUrl *from = current_url(fetching);
    CLEANUP_HTTP_URL HttpUrl to = {0};

    if (!http_url_parse(&fetching->curl, from->full, location, &to, err)) {
        if (err->code == ERR_USAGE)
            err->code = ERR_FETCH; /* the server's mistake, not the operator's */
        return error_while(err, "a redirect leads to");
    }
    if (text_equal(from->scheme, "https") && !text_equal(to.scheme, "https")) {
        (void)error_set(err, ERR_FETCH, "redirected from https to %s, which is not encrypted",
                        to.shown);
        return error_hint(err, "Have the server redirect to https, or name a URL that answers "
                               "directly in release.source.");
    }
    http_url_free(&fetching->reached);
    fetching->reached = to;
    to = (HttpUrl){0};
    return true;
}

/* One hop; asked for from the first byte where the rest cannot be had. */
static HttpOutcome hop(Fetching *fetching, HttpAnswer *answer, Error *err)
{
    HttpHop asked = {.download = fetching->download,
                     .url = current_url(fetching),
                     .first = &fetching->first,
                     .partial = &fetching->partial};
    HttpOutcome outcome = http_transfer(&asked, answer, err);

    if (outcome != HTTP_BEGIN_ANEW)
        return outcome;
    if (!http_partial_begin_anew(&fetching->partial, "", err))
        return HTTP_FAILED;
    outcome = http_transfer(&asked, answer, err);
    return outcome == HTTP_BEGIN_ANEW ? HTTP_MAY_PASS : outcome;
}

static HttpOutcome hops(Fetching *fetching, Error *err)
{
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        HttpAnswer answer = {0};
        HttpOutcome outcome = hop(fetching, &answer, err);
        CLEANUP(free) char *location = answer.location;

        fetching->retry_after_ms = answer.retry_after_ms;
        fetching->resumed_at_bytes = answer.began_at_bytes;
        if (outcome != HTTP_REDIRECTED)
            return outcome;
        if (!follow(fetching, location, err))
            return HTTP_FAILED;
    }
    (void)error_set(err, ERR_FETCH, "more than %d redirects", MOST_REDIRECTS);
    (void)error_hint(err, "The server seems to redirect in a circle: name a URL that answers "
                          "directly in release.source.");
    return HTTP_FAILED;
}

static HttpOutcome one_try(Fetching *fetching, Error *err)
{
    HttpOutcome outcome = HTTP_FAILED;

    http_url_free(&fetching->reached);
    outcome = hops(fetching, err);
    if (outcome != HTTP_COMPLETE && fetching->reached.shown)
        (void)error_while(err, "redirected to %s", fetching->reached.shown);
    return outcome;
}

/* Full jitter: the hosts that lost one server together must not come back together. */
static int64_t wait_before_next(const Fetching *fetching)
{
    int64_t most_ms = fetching->download->backoff_ms > 0 ? fetching->download->backoff_ms : 0;
    int64_t asked_ms = fetching->retry_after_ms;
    int64_t wait_ms = 0;

    for (int i = 1; i < fetching->try_number && most_ms < LONGEST_WAIT_MS; i++)
        most_ms *= 2;
    if (most_ms > LONGEST_WAIT_MS)
        most_ms = LONGEST_WAIT_MS;
    if (asked_ms > LONGEST_WAIT_MS)
        asked_ms = LONGEST_WAIT_MS;
    wait_ms = (int64_t)random_below((uint64_t)most_ms + 1);
    return wait_ms > asked_ms ? wait_ms : asked_ms;
}

static bool wait_and_retry(Fetching *fetching, Error *err)
{
    const HttpDownload *download = fetching->download;
    int64_t wait_ms = wait_before_next(fetching);

    if (download->retrying)
        download->retrying(download->context, fetching->try_number + 1, wait_ms, err->message);
    (void)clock_sleep_ms(wait_ms); /* cut short by Ctrl-C, which is looked at next */
    return interrupt_check(err);
}

static bool try_until_it_came(Fetching *fetching, Error *err)
{
    int tries = fetching->download->tries > 0 ? fetching->download->tries : 1;

    for (fetching->try_number = 1;; fetching->try_number++) {
        HttpOutcome outcome = one_try(fetching, err);
        if (outcome == HTTP_COMPLETE) {
            memset(err, 0, sizeof *err); /* what was overcome is no error */
            return true;
        }
        if (outcome != HTTP_MAY_PASS)
            return false;
        if (fetching->try_number == tries)
            return tries == 1 ? false : error_while(err, "failed %d times, the last time", tries);
        if (!wait_and_retry(fetching, err))
            return false;
    }
}

static void report(const Fetching *fetching, HttpDownloaded *out)
{
    *out = (HttpDownloaded){.size_bytes = fetching->partial.size_bytes,
                            .resumed_at_bytes = fetching->resumed_at_bytes,
                            .tries = fetching->try_number};
    (void)snprintf(out->final_url, sizeof out->final_url, "%s", current_url(fetching)->shown);
}

static void fetching_free(Fetching *fetching)
{
    http_partial_close(&fetching->partial);
    http_url_free(&fetching->first);
    http_url_free(&fetching->reached);
}

static bool read_url(Fetching *fetching, Error *err)
{
    if (!http_curl_load(&fetching->curl, err))
        return error_as(err, ERR_FETCH);
    if (http_url_parse(&fetching->curl, NULL, fetching->download->url, &fetching->first, err))
        return true;
    if (err->code == ERR_USAGE)
        err->code = ERR_FETCH;
    (void)error_while(err, "reading the URL of the download");
    return error_hint(err, "Check release.source.");
}

bool http_download(const HttpDownload *download, HttpDownloaded *out, Error *err)
{
    __attribute__((cleanup(fetching_free))) Fetching fetching = {.download = download};

    if (http_is_file_url(download->url))
        return http_copy_file(download, out, err);
    if (!read_url(&fetching, err))
        return false;
    if (!http_partial_open(&fetching.partial, download, fetching.first.shown, err) ||
        !try_until_it_came(&fetching, err) || !http_partial_finish(&fetching.partial, err))
        return error_while(err, "downloading %s", fetching.first.shown);
    report(&fetching, out);
    return true;
}
