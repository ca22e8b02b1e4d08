/* See http_meeting.h. */
#include "base/http/http_meeting.h"

#include "base/http/http_url.h"

#include <stdio.h>
#include <string.h>

/* libcurl 7.85 gives the chain as lines "Name:value" for each certificate. */
static const char end_line[] = "Expire date:";

static int64_t first_end_ms(const HttpSession *session)
{
    struct curl_certinfo *chain = NULL;
    int64_t first_ms = 0;

    if (session->curl.easy_getinfo(session->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
        return 0;
    for (int i = 0; i < chain->num_of_certs; i++)
        for (const struct curl_slist *line = chain->certinfo[i]; line; line = line->next) {
            int64_t end_ms = 0;

            if (strncmp(line->data, end_line, sizeof end_line - 1) != 0)
                continue;
            end_ms = (int64_t)session->curl.getdate(line->data + sizeof end_line - 1, NULL) * 1000;
            if (end_ms > 0 && (first_ms == 0 || end_ms < first_ms))
                first_ms = end_ms;
        }
    return first_ms;
}

static HttpMeetingEnd end_of(CURLcode code)
{
    if (code == CURLE_OK)
        return HTTP_MET;
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        return HTTP_UNKNOWN_HOST;
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR ||
        code == CURLE_SSL_CACERT_BADFILE)
        return HTTP_NOT_TRUSTED;
    return HTTP_NOT_REACHED;
}

bool http_meet(const char *url, const char *ca_file, int64_t timeout_ms, HttpMeeting *out,
               Error *err)
{
    CLEANUP_HTTP_SESSION HttpSession session = {0};
    CLEANUP_HTTP_URL HttpUrl parts = {0};
    HttpMeeting met = {0};
    CURLcode code = CURLE_OK;

    if (!http_session_open(&session, err) || !http_url_parse(&session.curl, NULL, url, &parts, err))
        return false;
    http_session_text(&session, CURLOPT_URL, parts.full);
    http_session_number(&session, CURLOPT_CONNECT_ONLY, 1);
    http_session_number(&session, CURLOPT_CERTINFO, 1);
    http_session_number(&session, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    http_session_trust(&session, ca_file);
    if (!http_session_ready(&session, err))
        return false;
    code = session.curl.easy_perform(session.easy);
    if (code == CURLE_OUT_OF_MEMORY)
        return error_memory(err);
    met.end = end_of(code);
    met.tls = strcmp(parts.scheme, "https") == 0;
    met.certificate_ends_ms = met.tls ? first_end_ms(&session) : 0;
    (void)snprintf(met.shown, sizeof met.shown, "%s://%s:%s", parts.scheme, parts.host, parts.port);
    if (code != CURLE_OK)
        (void)snprintf(met.reason, sizeof met.reason, "%s", http_session_reason(&session, code));
    *out = met;
    return true;
}
