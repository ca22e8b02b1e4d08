/* http_url: the parts of a URL that a request needs, and the form of it that may be shown.
 *
 * Read by libcurl's own parser, so that what is checked is what is asked for. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_URL_H
#define GODEPLOY_BASE_HTTP_HTTP_URL_H

#include "base/http/http_curl.h"

typedef struct HttpUrl {
    char *full;   /* without user, password and fragment: what is asked for */
    char *shown;  /* also without query: for messages and for keeping */
    char *scheme; /* "http" or "https" */
    char *host;
    char *port;     /* never NULL: the scheme's own where none is given */
    char *user;     /* decoded; NULL if none */
    char *password; /* decoded; NULL if none */
} HttpUrl;

/* `text` may be relative to `base` (NULL: it may not). ERR_USAGE if it is no http or https URL; the
 * message shows nothing of it but its scheme. */
bool http_url_parse(const HttpCurl *curl, const char *base, const char *text, HttpUrl *out,
                    Error *err);
void http_url_free(HttpUrl *url); /* accepts {0} */
#define CLEANUP_HTTP_URL __attribute__((cleanup(http_url_free)))

/* The same server, so that what is secret to it may be sent again: same scheme, host and port; or a
 * step up from http to https on the same host, both at their own ports. */
bool http_url_same_server(const HttpUrl *first, const HttpUrl *next);

#endif
