/* http: requests and downloads. The door to libcurl: its types stay behind it.
 *
 * Never prints or keeps what a header carries: secrets travel in them. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_H
#define GODEPLOY_BASE_HTTP_HTTP_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

typedef struct HttpRequest {
    const char *method;      /* NULL: GET */
    const char *url;         /* http and https only */
    const char *host;        /* NULL, or the Host header to send; for https also the name that
                                the certificate must carry */
    const TextList *headers; /* "Name: value"; NULL: none */
    const char *body;        /* NULL: none */
    size_t body_length;
    const char *ca_file;       /* NULL: the system's */
    bool insecure_tls;         /* health checks of a loopback instance with its own certificate */
    int64_t timeout_ms;        /* for the whole of it */
    size_t most_bytes;         /* of the answer's body that are kept; more is read and forgotten */
    const char *wanted_header; /* NULL, or the one header whose value is wanted */
    bool fresh_connection;     /* do not keep the connection alive */
    bool uses_proxy;     /* honour the proxy variables of the environment, but for this host */
    bool path_is_secret; /* messages name the server alone */
    /* NULL, or asked about once a second while it waits: false ends it (ERR_INTERRUPTED). */
    bool (*goes_on)(void *context);
    void *context;
} HttpRequest;

typedef struct HttpResponse {
    int status;
    Text body;              /* at most most_bytes */
    char header[256];       /* value of wanted_header, "" if it did not come */
    char redirect[256];     /* where a 3xx leads, without user and query; "" otherwise */
    int64_t took_us;        /* from sending to the last byte */
    int64_t retry_after_ms; /* what Retry-After asks for; 0: nothing */
} HttpResponse;

/* No redirect is followed. ERR_NETWORK or ERR_TIMEOUT if there was no whole answer, ERR_USAGE for a
 * URL or header that is none, ERR_SYSTEM without libcurl; an answer of any status is success. Proxy
 * variables of the environment are not used unless asked for: most targets are local. *response
 * must be {0} or freed before; it is to be freed after success. */
bool http_request(const HttpRequest *request, HttpResponse *response, Error *err);
void http_response_free(HttpResponse *response);

typedef struct HttpDownload {
    const char *url;         /* http, https or file */
    const TextList *headers; /* sent to the first host only, never to where a redirect leads */
    const char *ca_file;     /* NULL: the system's */
    const char *path;        /* where the bytes go; what is there of an earlier try is continued */
    const char *state_path;  /* remembers ETag or Last-Modified of the partial file (If-Range);
                                   NULL: a later run starts anew */
    uint64_t most_bytes;
    int64_t connect_timeout_ms;
    int64_t stall_timeout_ms; /* no byte for this long: the try has failed */
    int tries;
    int64_t backoff_ms; /* before the second try; doubled each time, with jitter */
    /* Called now and then; total is 0 while unknown. Returning false ends it (ERR_INTERRUPTED). */
    bool (*progress)(void *context, uint64_t done_bytes, uint64_t total_bytes);
    void (*retrying)(void *context, int next_try, int64_t wait_ms, const char *why);
    /* Every byte of the final content, in order, once; also those of an earlier try on disk. Where
     * the server made us begin anew it is called once with reset true and no bytes: forget all. */
    bool (*content)(void *context, const void *bytes, size_t length, bool reset, Error *err);
    void *context;
} HttpDownload;

typedef struct HttpDownloaded {
    uint64_t size_bytes;
    uint64_t resumed_at_bytes; /* 0: from the start */
    int tries;
    char final_url[1024]; /* after redirects, without user, password and query */
} HttpDownloaded;

/* Downloads to disk, durable. Redirects: at most 10, never from https to http, http(s) only.
 * Retries what may pass (connect, timeout, 408, 429, 5xx, a cut connection; Retry-After is honoured
 * within bounds), not what will not (404, 403, TLS trust). Errors are ERR_FETCH with host and
 * reason, never with the query or a header; ERR_NOT_FOUND where the source has no such file;
 * ERR_DISK_FULL, ERR_FILE and ERR_PERMISSION of our own disk; what content() reports as it is.
 * Proxy variables are honoured. */
bool http_download(const HttpDownload *download, HttpDownloaded *out, Error *err);

#endif
