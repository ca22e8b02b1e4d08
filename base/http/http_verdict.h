/* http_verdict: what the head of an answer means for a download and its partial file.
 *
 * Source: RFC 9110 sections 14 (ranges), 15 (status). */
#ifndef GODEPLOY_BASE_HTTP_HTTP_VERDICT_H
#define GODEPLOY_BASE_HTTP_HTTP_VERDICT_H

#include "base/http/http_head.h"
#include "base/http/http_partial.h"

typedef enum HttpOutcome {
    HTTP_COMPLETE,   /* every byte is in the partial file */
    HTTP_REDIRECTED, /* the head's location says where to */
    HTTP_BEGIN_ANEW, /* what is on disk cannot be continued */
    HTTP_MAY_PASS,   /* failed, but another try may not */
    HTTP_FAILED      /* another try would fail as well */
} HttpOutcome;

typedef struct HttpVerdict {
    HttpOutcome outcome; /* if all of the body comes, where keep_body is true */
    bool keep_body;      /* it continues the partial file */
    bool total_known;
    uint64_t total_bytes;    /* of the file, not of this body */
    uint64_t began_at_bytes; /* how much of the file was there before */
} HttpVerdict;

typedef struct HttpAnswered {
    int status;
    bool asked_range; /* the rest was asked for, from partial->size_bytes */
    const HttpHead *head;
    const HttpCurl *curl;
} HttpAnswered;

/* Begins the partial file anew where the answer is a whole one. *err is set but for HTTP_COMPLETE
 * and HTTP_REDIRECTED. */
HttpVerdict http_judge(const HttpAnswered *answered, HttpPartial *partial, Error *err);

/* "the file has 2.0 GiB, and at most 500 MiB are allowed"; false. */
bool http_refuse_size(const HttpDownload *download, bool total_known, uint64_t size_bytes,
                      Error *err);

#endif
