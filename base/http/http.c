/* See http.h: one request to a local target. Downloads are in http_download.c. */
#include "base/http/http.h"
#include "base/clock.h"
#include "base/http/http_curl.h"
#include "base/http/http_url.h"

#include <stdio.h>
#include <string.h>

enum { USUAL_TIMEOUT_MS = 30000 };

typedef struct Exchange {
    const HttpRequest *request;
    HttpResponse *response;
    char location[1024]; /* as the server wrote it */
} Exchange;

static size_t on_head_line(char *line, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    HttpResponse *response = exchange->response;
    const char *wanted = exchange->request->wanted_header;
    size_t length = size * count;

    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) { /* a head of its own follows a 100 or 103 */
        response->header[0] = '\0';
        exchange->location[0] = '\0';
    }
    if (wanted)
        (void)http_header_value(line, length, wanted, response->header, sizeof response->header);
    (void)http_header_value(line, length, "Location", exchange->location,
                            sizeof exchange->location);
    return length;
}

static size_t on_body_bytes(char *bytes, size_t size, size_t count, void *context)
{
    Exchange *exchange = context;
    Text *body = &exchange->response->body;
    size_t length = size * count;
    size_t room = exchange->request->most_bytes - body->length;

    text_append_bytes(body, bytes, length < room ? length : room);
    return body->failed ? 0 : length;
}

static int on_progress(void *context, curl_off_t total_down, curl_off_t down, curl_off_t total_up,
                       curl_off_t up)
{
    const HttpRequest *request = ((const Exchange *)context)->request;

    (void)total_down, (void)down, (void)total_up, (void)up;
    return request->goes_on(request->context) ? 0 : 1;
}

/* Over TLS, `host` must be the name that is asked for, or the certificate would be compared with
 * the address: the URL gets that name and libcurl is told where it is. */
static bool aim_by_name(HttpSession *session, const HttpRequest *request, const HttpUrl *url,
                        Error *err)
{
    const char *host = request->host;
    const char *rest = strchr(url->full + strlen("https://"), '/');
    int name = (int)(host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":"));
    CLEANUP(free) char *where = text_formatted("::%s:%s", url->host, url->port);
    CLEANUP(free) char *full = NULL;

    full = text_formatted("https://%.*s:%s%s", name, host, url->port, rest ? rest : "/");
    if (!full || !where)
        return error_memory(err);
    http_session_text(session, CURLOPT_URL, full);
    http_session_connect_to(session, where);
    return true;
}

/* Nobody's proxy reaches what listens on this host. */
static bool is_this_host(const HttpUrl *url)
{
    return text_equal_ignoring_case(url->host, "localhost") ||
           text_starts_with(url->host, "127.") || text_equal(url->host, "[::1]");
}

static bool aim(HttpSession *session, const HttpRequest *request, const HttpUrl *url, Error *err)
{
    CLEANUP(free) char *line = NULL;

    http_session_url(session, url->full, url->user, url->password);
    if (!request->uses_proxy || is_this_host(url)) {
        http_session_text(session, CURLOPT_PROXY, ""); /* whatever the environment says */
        http_session_text(session, CURLOPT_NOPROXY, "*");
    }
    if (!request->host)
        return true;
    if (request->host[0] == '\0' || strpbrk(request->host, "\r\n"))
        return error_set(err, ERR_USAGE, "the Host header must be one line and not empty");
    line = text_formatted("Host: %s", request->host);
    if (!line)
        return error_memory(err);
    http_session_header(session, line);
    return text_equal(url->scheme, "https") ? aim_by_name(session, request, url, err) : true;
}

static void say_method_and_body(HttpSession *session, const HttpRequest *request)
{
    if (request->body) {
        http_session_size(session, CURLOPT_POSTFIELDSIZE_LARGE, (uint64_t)request->body_length);
        http_session_text(session, CURLOPT_POSTFIELDS, request->body);
        http_session_header(session, "Expect:"); /* a local target need not be asked beforehand */
    }
    if (request->method)
        http_session_text(session, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->method && text_equal(request->method, "HEAD"))
        http_session_number(session, CURLOPT_NOBODY, 1);
}

static bool prepare(HttpSession *session, const HttpUrl *url, Exchange *exchange, Error *err)
{
    const HttpRequest *request = exchange->request;
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : USUAL_TIMEOUT_MS;

    if (!aim(session, request, url, err) || !http_session_headers(session, request->headers, err))
        return false;
    say_method_and_body(session, request);
    if (request->insecure_tls) {
        http_session_number(session, CURLOPT_SSL_VERIFYPEER, 0);
        http_session_number(session, CURLOPT_SSL_VERIFYHOST, 0);
    } else
        http_session_trust(session, request->ca_file);
    if (request->fresh_connection)
        http_session_header(session, "Connection: close");
    http_session_number(session, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    if (request->goes_on)
        http_session_on_progress(session, on_progress, exchange);
    http_session_on_head(session, on_head_line, exchange);
    http_session_on_body(session, on_body_bytes, exchange);
    return http_session_ready(session, err);
}

static bool no_answer(HttpSession *session, const Exchange *exchange, CURLcode code, Error *err)
{
    if (exchange->response->body.failed || code == CURLE_OUT_OF_MEMORY)
        return error_memory(err);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(err, ERR_INTERRUPTED, "interrupted");
    if (code != CURLE_OPERATION_TIMEDOUT)
        return error_set(err, ERR_NETWORK, "%s", http_session_reason(session, code));
    return error_set(err, ERR_TIMEOUT, "no whole answer within %lld ms",
                     (long long)(exchange->request->timeout_ms > 0 ? exchange->request->timeout_ms
                                                                   : USUAL_TIMEOUT_MS));
}

/* A Location that cannot be parsed is shown as nothing: it may hold anything. */
static void show_redirect(const HttpCurl *curl, const HttpUrl *from, Exchange *exchange)
{
    CLEANUP_HTTP_URL HttpUrl to = {0};
    HttpResponse *response = exchange->response;
    Error ignored = {0};

    if (response->status / 100 != 3 || exchange->location[0] == '\0' ||
        !http_url_parse(curl, from->full, exchange->location, &to, &ignored))
        return;
    (void)snprintf(response->redirect, sizeof response->redirect, "%s", to.shown);
}

static bool exchange_on(HttpSession *session, const HttpUrl *url, Exchange *exchange, Error *err)
{
    int64_t began_us = 0;
    CURLcode code = CURLE_OK;
    long status = 0;

    if (!prepare(session, url, exchange, err))
        return false;
    began_us = clock_monotonic_us();
    code = session->curl.easy_perform(session->easy);
    if (code != CURLE_OK)
        return no_answer(session, exchange, code, err);
    exchange->response->took_us = clock_monotonic_us() - began_us;
    (void)session->curl.easy_getinfo(session->easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->response->status = (int)status;
    exchange->response->retry_after_ms = http_session_retry_after_ms(session);
    show_redirect(&session->curl, url, exchange);
    return true;
}

static bool while_asking(const HttpRequest *request, const HttpUrl *url, Error *err)
{
    const char *method = request->method ? request->method : "GET";

    if (request->path_is_secret)
        return error_while(err, "%s %s://%s:%s", method, url->scheme, url->host, url->port);
    return error_while(err, "%s %s", method, url->shown);
}

bool http_request(const HttpRequest *request, HttpResponse *response, Error *err)
{
    CLEANUP_HTTP_SESSION HttpSession session = {0};
    CLEANUP_HTTP_URL HttpUrl url = {0};
    HttpResponse answer = {0};
    Exchange exchange = {.request = request, .response = &answer};

    if (!http_session_open(&session, err))
        return false;
    if (!http_url_parse(&session.curl, NULL, request->url, &url, err))
        return error_while(err, "reading the URL of a request");
    if (!exchange_on(&session, &url, &exchange, err)) {
        text_free(&answer.body);
        return while_asking(request, &url, err);
    }
    *response = answer;
    return true;
}

void http_response_free(HttpResponse *response)
{
    text_free(&response->body);
}
