/* http_transfer: one request of a download: a single hop of a single try. What its answer means for
 * the partial file is decided here, whether and where to ask again in http_download.c. */
#ifndef GODEPLOY_BASE_HTTP_TRANSFER_H
#define GODEPLOY_BASE_HTTP_TRANSFER_H

#include "base/http_partial.h"
#include "base/http_url.h"

typedef struct HttpHop {
    const HttpDownload *download;
    const HttpUrl *url;
    const HttpUrl *first; /* whose headers, user and password may go to the same server only */
    HttpPartial *partial;
} HttpHop;

typedef enum HttpOutcome {
    HTTP_COMPLETE,   /* every byte is in the partial file */
    HTTP_REDIRECTED, /* *location says where to */
    HTTP_BEGIN_ANEW, /* what is on disk cannot be continued */
    HTTP_MAY_PASS,   /* failed, but another try may not; *retry_after_ms is what the server asks */
    HTTP_FAILED      /* another try would fail as well */
} HttpOutcome;

typedef struct HttpAnswer {
    char *location; /* owned by the caller; NULL but for HTTP_REDIRECTED */
    int64_t retry_after_ms;
    uint64_t began_at_bytes; /* how much of the file was there before; for HTTP_COMPLETE */
} HttpAnswer;

/* *err is set for HTTP_BEGIN_ANEW, HTTP_MAY_PASS and HTTP_FAILED: the cause, without the URL. */
HttpOutcome http_transfer(const HttpHop *hop, HttpAnswer *answer, Error *err);

#endif
