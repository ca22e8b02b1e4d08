/* See http_transfer.h. */
#include "base/http/http_transfer.h"
#include "base/clock.h"
#include "base/interrupt.h"

#include <string.h>

enum {
    TICK_MS = 100, /* how long Ctrl-C and a stall go unnoticed; how often progress is told */
    USUAL_CONNECT_TIMEOUT_MS = 30000,
    USUAL_STALL_TIMEOUT_MS = 60000
};

typedef struct Transfer {
    const HttpHop *hop;
    HttpSession session;
    HttpHead head;
    Error *err;
    HttpVerdict verdict;
    bool decided; /* the verdict holds: the head that counts was read, or something ended it */
    bool asked_range;
    int64_t last_byte_ms; /* 0 before the connection stands */
    int64_t progress_told_ms;
} Transfer;

/* Ends it otherwise than its head promised. */
static void decide(Transfer *transfer, HttpOutcome outcome)
{
    transfer->decided = true;
    transfer->verdict.outcome = outcome;
    transfer->verdict.keep_body = false;
}

/* The empty line behind a head. Heads of 1xx come before the one that counts. */
static void head_ends(Transfer *transfer)
{
    HttpAnswered answered = {.asked_range = transfer->asked_range,
                             .head = &transfer->head,
                             .curl = &transfer->session.curl};
    long status = 0;

    (void)transfer->session.curl.easy_getinfo(transfer->session.easy, CURLINFO_RESPONSE_CODE,
                                              &status);
    answered.status = (int)status;
    if (status / 100 == 1)
        return;
    transfer->verdict = http_judge(&answered, transfer->hop->partial, transfer->err);
    transfer->decided = true;
}

static size_t on_head_line(char *line, size_t size, size_t count, void *context)
{
    Transfer *transfer = context;
    size_t length = size * count;

    transfer->last_byte_ms = clock_monotonic_ms();
    if (transfer->decided) /* trailers */
        return length;
    if (!http_head_line(&transfer->head, line, length)) {
        (void)error_memory(transfer->err);
        decide(transfer, HTTP_FAILED);
        return 0;
    }
    if (length <= 2 && (line[0] == '\r' || line[0] == '\n'))
        head_ends(transfer);
    return length;
}

static size_t on_body_bytes(char *bytes, size_t size, size_t count, void *context)
{
    Transfer *transfer = context;
    HttpPartial *partial = transfer->hop->partial;
    size_t length = size * count;

    transfer->last_byte_ms = clock_monotonic_ms();
    if (!transfer->verdict.keep_body)
        return 0; /* ends the transfer: what follows a refusal is nobody's concern */
    if (length > transfer->hop->download->most_bytes - partial->size_bytes) {
        (void)http_refuse_size(partial->download, transfer->verdict.total_known,
                               partial->size_bytes, transfer->err);
        decide(transfer, HTTP_FAILED);
        return 0;
    }
    if (!http_partial_append(partial, bytes, length, transfer->err)) {
        decide(transfer, HTTP_FAILED);
        return 0;
    }
    return length;
}

static void ask_for_the_rest(Transfer *transfer)
{
    const HttpPartial *partial = transfer->hop->partial;
    CLEANUP_TEXT Text line = {0};

    transfer->asked_range = partial->size_bytes > 0 && partial->validator[0] != '\0';
    if (!transfer->asked_range)
        return;
    text_appendf(&line, "Range: bytes=%llu-", (unsigned long long)partial->size_bytes);
    http_session_header(&transfer->session, text_chars(&line));
    text_clear(&line);
    text_appendf(&line, "If-Range: %s", partial->validator);
    http_session_header(&transfer->session, text_chars(&line));
    if (line.failed)
        transfer->session.out_of_memory = true;
}

static void aim(Transfer *transfer)
{
    const HttpUrl *url = transfer->hop->url;
    const HttpUrl *first = transfer->hop->first;
    const HttpUrl *login = url;

    if (!url->user && !url->password && http_url_same_server(first, url))
        login = first;
    http_session_url(&transfer->session, url->full, login->user, login->password);
}

static bool prepare(Transfer *transfer)
{
    const HttpDownload *download = transfer->hop->download;
    HttpSession *session = &transfer->session;
    int64_t connect_ms = download->connect_timeout_ms;

    aim(transfer);
    if (http_url_same_server(transfer->hop->first, transfer->hop->url) &&
        !http_session_headers(session, download->headers, transfer->err))
        return false;
    ask_for_the_rest(transfer);
    http_session_trust(session, download->ca_file);
    http_session_number(session, CURLOPT_CONNECTTIMEOUT_MS,
                        (long)(connect_ms > 0 ? connect_ms : USUAL_CONNECT_TIMEOUT_MS));
    http_session_number(session, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    http_session_on_head(session, on_head_line, transfer);
    http_session_on_body(session, on_body_bytes, transfer);
    return http_session_ready(session, transfer->err);
}

/* `asked_ms`: when libcurl was last asked for what has come. Whatever was there by then it has
 * handed over, however long our own disk, or a machine that was paused, took since. */
static bool stalled(Transfer *transfer, int64_t asked_ms)
{
    int64_t patience_ms = transfer->hop->download->stall_timeout_ms;
    char patience[TEXT_QUANTITY_SIZE];
    curl_off_t connected_us = 0;

    if (patience_ms <= 0)
        patience_ms = USUAL_STALL_TIMEOUT_MS;
    if (transfer->last_byte_ms == 0) { /* until it is connected, libcurl's own timeout rules */
        (void)transfer->session.curl.easy_getinfo(transfer->session.easy,
                                                  CURLINFO_PRETRANSFER_TIME_T, &connected_us);
        if (connected_us > 0)
            transfer->last_byte_ms = clock_monotonic_ms();
        return false;
    }
    if (asked_ms - transfer->last_byte_ms < patience_ms)
        return false;
    (void)error_set(transfer->err, ERR_FETCH, "the server sent nothing for %s",
                    text_duration(patience_ms, patience));
    (void)error_hint(transfer->err, "Try again later; what came so far is kept.");
    decide(transfer, HTTP_MAY_PASS);
    return true;
}

static bool tell_progress(Transfer *transfer)
{
    const HttpDownload *download = transfer->hop->download;

    if (!download->progress || !transfer->verdict.keep_body)
        return true;
    if (download->progress(download->context, transfer->hop->partial->size_bytes,
                           transfer->verdict.total_known ? transfer->verdict.total_bytes : 0))
        return true;
    (void)error_set(transfer->err, ERR_INTERRUPTED, "interrupted");
    decide(transfer, HTTP_FAILED);
    return false;
}

static bool may_go_on(Transfer *transfer, int64_t asked_ms)
{
    int64_t now_ms = clock_monotonic_ms();

    if (!interrupt_check(transfer->err)) {
        decide(transfer, HTTP_FAILED);
        return false;
    }
    if (stalled(transfer, asked_ms))
        return false;
    if (now_ms - transfer->progress_told_ms < TICK_MS)
        return true;
    transfer->progress_told_ms = now_ms;
    return tell_progress(transfer);
}

/* The result of the one transfer in `multi`; that of a transfer we gave up is never looked at. */
static CURLcode result_of(const HttpCurl *curl, CURLM *multi)
{
    int left = 0;
    const CURLMsg *message = curl->multi_info_read(multi, &left);

    return message && message->msg == CURLMSG_DONE ? message->data.result
                                                   : CURLE_ABORTED_BY_CALLBACK;
}

/* Not curl_easy_perform(): that looks up only once a second, and Ctrl-C should not wait for it. */
static CURLcode carry_on(Transfer *transfer, CURLM *multi)
{
    const HttpCurl *curl = &transfer->session.curl;
    int64_t asked_ms = 0;
    int running = 0;

    do {
        CURLMcode code = CURLM_OK;

        asked_ms = clock_monotonic_ms();
        code = curl->multi_perform(multi, &running);
        if (code == CURLM_OK && running > 0)
            code = curl->multi_poll(multi, NULL, 0, TICK_MS, NULL);
        if (code != CURLM_OK)
            return code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
    } while (running > 0 && may_go_on(transfer, asked_ms));
    return result_of(curl, multi);
}

static CURLcode perform(Transfer *transfer)
{
    const HttpCurl *curl = &transfer->session.curl;
    CURLM *multi = curl->multi_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (multi && curl->multi_add_handle(multi, transfer->session.easy) == CURLM_OK) {
        code = carry_on(transfer, multi);
        (void)curl->multi_remove_handle(multi, transfer->session.easy); /* cannot fail: it is in */
    }
    if (multi)
        (void)curl->multi_cleanup(multi); /* neither can this */
    return code;
}

static bool code_may_pass(CURLcode code)
{
    static const CURLcode passing[] = {
        CURLE_COULDNT_RESOLVE_HOST,
        CURLE_COULDNT_RESOLVE_PROXY,
        CURLE_COULDNT_CONNECT,
        CURLE_OPERATION_TIMEDOUT,
        CURLE_SEND_ERROR,
        CURLE_RECV_ERROR,
        CURLE_GOT_NOTHING,
        CURLE_PARTIAL_FILE,
        CURLE_SSL_CONNECT_ERROR,
        CURLE_HTTP2,
        CURLE_HTTP2_STREAM,
        CURLE_WEIRD_SERVER_REPLY,
        CURLE_PROXY,
    };

    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (passing[i] == code)
            return true;
    return false;
}

static bool is_trust(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR;
}

static void hint_for_code(CURLcode code, Error *err)
{
    if (is_trust(code))
        (void)error_hint(err,
                         "If the server's certificate comes from an authority of your own, set "
                         "release.ca to the file with its certificate.");
    else if (code == CURLE_SSL_CACERT_BADFILE)
        (void)error_hint(err, "Check release.ca: it must be a readable PEM file.");
    else if (code == CURLE_SSL_CONNECT_ERROR)
        (void)error_hint(err,
                         "Check scheme and port in release.source: the server must speak TLS 1.2 "
                         "or later there.");
    else if (code == CURLE_COULDNT_RESOLVE_HOST)
        (void)error_hint(err, "Check the host name in release.source and the DNS of this machine.");
    else if (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT)
        (void)error_hint(err,
                         "Check that the server is up and that this host may reach it; a proxy "
                         "is taken from https_proxy, http_proxy and no_proxy.");
    else if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY)
        (void)error_hint(err, "Check https_proxy, http_proxy and no_proxy in the environment.");
}

static void cut_short(Transfer *transfer)
{
    uint64_t came = transfer->hop->partial->size_bytes;
    char total[TEXT_QUANTITY_SIZE];
    char part[TEXT_QUANTITY_SIZE];

    if (transfer->verdict.total_known)
        (void)error_set(transfer->err, ERR_FETCH, "the connection ended after %s of %s",
                        text_size(came, part), text_size(transfer->verdict.total_bytes, total));
    else
        (void)error_set(transfer->err, ERR_FETCH, "the connection ended after %s, before the end",
                        text_size(came, part));
    decide(transfer, HTTP_MAY_PASS);
}

static void broke(Transfer *transfer, CURLcode code)
{
    if (code == CURLE_OUT_OF_MEMORY) {
        (void)error_memory(transfer->err);
        decide(transfer, HTTP_FAILED);
        return;
    }
    if (transfer->verdict.keep_body && code_may_pass(code)) {
        cut_short(transfer);
        return;
    }
    (void)error_set(transfer->err, ERR_FETCH, "%s", http_session_reason(&transfer->session, code));
    hint_for_code(code, transfer->err);
    decide(transfer, code_may_pass(code) ? HTTP_MAY_PASS : HTTP_FAILED);
}

/* `code` says how the connection ended; what the head and the body decided counts more. */
static void conclude(Transfer *transfer, CURLcode code)
{
    bool whole_body_needed = transfer->verdict.keep_body || !transfer->decided;

    if (whole_body_needed && code != CURLE_OK)
        broke(transfer, code);
    else if (!transfer->decided) {
        (void)error_set(transfer->err, ERR_FETCH, "the server's answer has no end of its head");
        decide(transfer, HTTP_MAY_PASS);
    } else if (transfer->verdict.keep_body && transfer->verdict.total_known &&
               transfer->hop->partial->size_bytes != transfer->verdict.total_bytes)
        cut_short(transfer);
    else
        (void)tell_progress(transfer);
}

static void hand_over(Transfer *transfer, HttpAnswer *answer)
{
    answer->location =
        transfer->verdict.outcome == HTTP_REDIRECTED ? TAKE(transfer->head.location) : NULL;
    answer->began_at_bytes = transfer->verdict.began_at_bytes;
    answer->retry_after_ms = http_session_retry_after_ms(&transfer->session);
}

HttpOutcome http_transfer(const HttpHop *hop, HttpAnswer *answer, Error *err)
{
    Transfer transfer = {.hop = hop, .err = err};
    HttpOutcome outcome = HTTP_FAILED;

    memset(answer, 0, sizeof *answer);
    if (http_session_open(&transfer.session, err) && prepare(&transfer)) {
        conclude(&transfer, perform(&transfer));
        hand_over(&transfer, answer);
        outcome = transfer.verdict.outcome;
    }
    http_session_close(&transfer.session);
    http_head_free(&transfer.head);
    return outcome;
}
