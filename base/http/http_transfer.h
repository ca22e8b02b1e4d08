/* http_transfer: one request of a download: a single hop of a single try. What the head
 * of its answer means is decided in http_verdict.c, whether and where to ask again in
 * http_download.c. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_TRANSFER_H
#define GODEPLOY_BASE_HTTP_HTTP_TRANSFER_H

#include "base/http/http_partial.h"
#include "base/http/http_url.h"
#include "base/http/http_verdict.h"

typedef struct HttpHop {
    const HttpDownload *download;
    const HttpUrl *url;
    const HttpUrl *first; /* whose headers, user and password may go to the same server only */
    HttpPartial *partial;
} HttpHop;

typedef struct HttpAnswer {
    char *location;          /* owned by the caller; NULL but for HTTP_REDIRECTED */
    int64_t retry_after_ms;  /* what the server asks for with HTTP_MAY_PASS; 0: nothing */
    uint64_t began_at_bytes; /* how much of the file was there before; for HTTP_COMPLETE */
} HttpAnswer;

/* *err is set for HTTP_BEGIN_ANEW, HTTP_MAY_PASS and HTTP_FAILED: the cause, without the URL. */
HttpOutcome http_transfer(const HttpHop *hop, HttpAnswer *answer, Error *err);

#endif
