/* See http_verdict.h. */
#include "base/http/http_verdict.h"
#include "base/path.h"

#include <string.h>

static const HttpVerdict failed = {.outcome = HTTP_FAILED};

bool http_refuse_size(const HttpDownload *download, bool total_known, uint64_t size_bytes,
                      Error *err)
{
    char found[TEXT_QUANTITY_SIZE];
    char most[TEXT_QUANTITY_SIZE];

    (void)error_set(err, ERR_FETCH, "the file has %s%s, and at most %s are allowed",
                    total_known ? "" : "more than ", text_size(size_bytes, found),
                    text_size(download->most_bytes, most));
    return error_hint(err, "If the release really is that large, raise release.max_size.");
}

/* Told before the first byte: a full disk after 20 minutes helps nobody. */
static bool room_on_disk(const HttpPartial *partial, uint64_t total_bytes, Error *err)
{
    CLEANUP(free) char *folder = path_folder(partial->download->path);
    uint64_t needed = total_bytes - partial->size_bytes;
    uint64_t available = 0;
    char needed_text[TEXT_QUANTITY_SIZE];
    char free_text[TEXT_QUANTITY_SIZE];
    Error ignored = {0};

    /* Where it cannot be told, the write itself will. */
    if (!folder || !folder_free_bytes(folder, &available, &ignored) || needed <= available)
        return true;
    (void)error_set(err, ERR_DISK_FULL, "%s more are needed in %s, where %s are free",
                    text_size(needed, needed_text), folder, text_size(available, free_text));
    return error_hint(err, "Free some space on that file system, then run the command again.");
}

static HttpVerdict keep(const HttpPartial *partial, bool total_known, uint64_t total_bytes,
                        Error *err)
{
    if (total_known && total_bytes > partial->download->most_bytes) {
        (void)http_refuse_size(partial->download, true, total_bytes, err);
        return failed;
    }
    if (total_known && !room_on_disk(partial, total_bytes, err))
        return failed;
    return (HttpVerdict){.outcome = HTTP_COMPLETE,
                         .keep_body = true,
                         .total_known = total_known,
                         .total_bytes = total_bytes,
                         .began_at_bytes = partial->size_bytes};
}

static HttpVerdict whole(const HttpAnswered *answered, HttpPartial *partial, Error *err)
{
    uint64_t total_bytes = 0;
    bool total_known = http_head_length(answered->head, &total_bytes);

    if (!http_partial_begin_anew(partial, http_head_validator(answered->head, answered->curl), err))
        return failed;
    return keep(partial, total_known, total_bytes, err);
}

/* The server should compare If-Range itself; what it says of the rest is compared once more. */
static bool same_content(const HttpHead *head, const HttpPartial *partial)
{
    return partial->validator[0] != '"' || head->etag[0] == '\0' ||
           text_equal(head->etag, partial->validator);
}

static HttpVerdict rest(const HttpAnswered *answered, const HttpPartial *partial, Error *err)
{
    HttpRange range;

    if (!answered->asked_range) {
        (void)error_set(err, ERR_FETCH,
                        "HTTP 206, a part of the file, where all of it was asked "
                        "for");
        return failed;
    }
    if (!http_head_range(answered->head, &range) || range.first != partial->size_bytes ||
        !same_content(answered->head, partial)) {
        (void)error_set(err, ERR_FETCH,
                        "the server sent another part of the file than the one "
                        "asked for");
        return (HttpVerdict){.outcome = HTTP_BEGIN_ANEW};
    }
    return keep(partial, range.total_known, range.total, err);
}

/* 416: nothing is left, or less than we have. */
static HttpVerdict nothing_left(const HttpAnswered *answered, const HttpPartial *partial,
                                Error *err)
{
    HttpRange range;

    if (http_head_range(answered->head, &range) && range.total_known &&
        range.total == partial->size_bytes)
        return (HttpVerdict){.outcome = HTTP_COMPLETE,
                             .total_known = true,
                             .total_bytes = range.total,
                             .began_at_bytes = range.total};
    (void)error_set(err, ERR_FETCH,
                    "the file on the server is shorter than what came of it before");
    return (HttpVerdict){.outcome = HTTP_BEGIN_ANEW};
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool status_may_pass(int status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void hint_for_status(int status, Error *err)
{
    if (status == 401 || status == 403)
        (void)error_hint(err, "The server wants other credentials: check the header in "
                              "release.headers and its token.");
    else if (status == 404 || status == 410)
        (void)error_hint(err, "Check release.source and the version: the server has no such file.");
    else if (status == 407)
        (void)error_hint(err, "The proxy wants a user and password: check https_proxy.");
    else if (status == 429 || status >= 500)
        (void)error_hint(err, "The server is in trouble or too busy; try again later.");
}

static HttpVerdict refused(int status, Error *err)
{
    (void)error_set(err, status == 404 || status == 410 ? ERR_NOT_FOUND : ERR_FETCH, "HTTP %d%s",
                    status, status / 100 == 2 ? " without a file" : "");
    hint_for_status(status, err);
    return (HttpVerdict){.outcome = status_may_pass(status) ? HTTP_MAY_PASS : HTTP_FAILED};
}

HttpVerdict http_judge(const HttpAnswered *answered, HttpPartial *partial, Error *err)
{
    if (answered->status == 200)
        return whole(answered, partial, err);
    if (answered->status == 206)
        return rest(answered, partial, err);
    if (answered->status == 416 && answered->asked_range)
        return nothing_left(answered, partial, err);
    if (is_redirect(answered->status) && answered->head->location)
        return (HttpVerdict){.outcome = HTTP_REDIRECTED};
    return refused(answered->status, err);
}
