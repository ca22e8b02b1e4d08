/* See http_url.h. Source: curl_url_set(3), RFC 3986. */
#include "base/http/http_url.h"

#include <string.h>

/* A copy in our own memory; *ok becomes false when there is none left. */
static char *part_of(const HttpCurl *curl, CURLU *url, CURLUPart part, unsigned flags, bool *ok)
{
    char *theirs = NULL;
    char *ours = NULL;
    CURLUcode code = curl->url_get(url, part, &theirs, flags);

    if (code == CURLUE_OUT_OF_MEMORY)
        *ok = false;
    if (code != CURLUE_OK)
        return NULL;
    ours = text_copy(theirs);
    curl->free(theirs);
    if (!ours)
        *ok = false;
    return ours;
}

static bool read_parts(const HttpCurl *curl, CURLU *url, HttpUrl *out, Error *err)
{
    bool ok = true;

    out->scheme = part_of(curl, url, CURLUPART_SCHEME, 0, &ok);
    out->host = part_of(curl, url, CURLUPART_HOST, 0, &ok);
    out->port = part_of(curl, url, CURLUPART_PORT, CURLU_DEFAULT_PORT, &ok);
    out->user = part_of(curl, url, CURLUPART_USER, CURLU_URLDECODE, &ok);
    out->password = part_of(curl, url, CURLUPART_PASSWORD, CURLU_URLDECODE, &ok);
    (void)curl->url_set(url, CURLUPART_USER, NULL, 0); /* clearing a part cannot fail */
    (void)curl->url_set(url, CURLUPART_PASSWORD, NULL, 0);
    (void)curl->url_set(url, CURLUPART_OPTIONS, NULL, 0);
    (void)curl->url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    out->full = part_of(curl, url, CURLUPART_URL, 0, &ok);
    (void)curl->url_set(url, CURLUPART_QUERY, NULL, 0);
    out->shown = part_of(curl, url, CURLUPART_URL, 0, &ok);
    if (!ok || !out->full || !out->shown || !out->scheme || !out->host || !out->port)
        return error_memory(err);
    return true;
}

static bool set_text(const HttpCurl *curl, CURLU *url, const char *base, const char *text,
                     Error *err)
{
    CURLUcode code = CURLUE_OK;

    if (base)
        code = curl->url_set(url, CURLUPART_URL, base, 0);
    if (code == CURLUE_OK) /* a scheme that libcurl has not is refused below, by name */
        code = curl->url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OUT_OF_MEMORY)
        return error_memory(err);
    if (code != CURLUE_OK)
        return error_set(err, ERR_USAGE, "not a URL (libcurl's parser says %d)", (int)code);
    return true;
}

static bool check_scheme(const HttpCurl *curl, CURLU *url, Error *err)
{
    bool ok = true;
    CLEANUP(free) char *scheme = part_of(curl, url, CURLUPART_SCHEME, 0, &ok);

    if (!scheme)
        return error_memory(err);
    if (text_equal(scheme, "http") || text_equal(scheme, "https"))
        return true;
    return error_set(err, ERR_USAGE, "a URL of scheme %.20s where only http and https can be used",
                     scheme);
}

bool http_url_parse(const HttpCurl *curl, const char *base, const char *text, HttpUrl *out,
                    Error *err)
{
    CURLU *url = curl->url();
    HttpUrl parsed = {0};
    bool ok = false;

    if (!url)
        return error_memory(err);
    ok = set_text(curl, url, base, text, err) && check_scheme(curl, url, err) &&
         read_parts(curl, url, &parsed, err);
    curl->url_cleanup(url);
    if (!ok) {
        http_url_free(&parsed);
        return false;
    }
    *out = parsed;
    return true;
}

void http_url_free(HttpUrl *url)
{
    free(url->full);
    free(url->shown);
    free(url->scheme);
    free(url->host);
    free(url->port);
    free(url->user);
    free(url->password);
    memset(url, 0, sizeof *url);
}

bool http_url_same_server(const HttpUrl *first, const HttpUrl *next)
{
    if (!http_same_name(first->host, next->host, SIZE_MAX))
        return false;
    if (text_equal(first->scheme, next->scheme))
        return text_equal(first->port, next->port);
    return text_equal(first->scheme, "http") && text_equal(first->port, "80") &&
           text_equal(next->port, "443");
}
