/* http_partial: a download on disk that may be of an earlier try, and what proves that more bytes
 * from the server would continue that same file (its strong ETag or Last-Modified).
 *
 * Every byte goes through here once: to the disk and to the caller's content(). Always holds: the
 * remembered validator belongs to the bytes on disk, or there are none. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_PARTIAL_H
#define GODEPLOY_BASE_HTTP_HTTP_PARTIAL_H

#include "base/file/file.h"
#include "base/http/http.h"

enum { HTTP_VALIDATOR_SIZE = 256 };

typedef struct HttpPartial {
    const HttpDownload *download;        /* borrowed */
    const char *shown_url;               /* borrowed: without user, password and query */
    File *file;                          /* owned */
    uint64_t size_bytes;                 /* on disk, and seen by content() */
    char validator[HTTP_VALIDATOR_SIZE]; /* for If-Range; "" if it cannot be continued */
    bool content_has_seen;               /* bytes that a new beginning makes it forget */
} HttpPartial;

/* Opens download->path. What is there is given to content() if it can be continued, and dropped
 * otherwise. */
bool http_partial_open(HttpPartial *partial, const HttpDownload *download, const char *shown_url,
                       Error *err);
void http_partial_close(HttpPartial *partial); /* accepts {0} */
#define CLEANUP_HTTP_PARTIAL __attribute__((cleanup(http_partial_close)))

/* From the first byte again, with the validator of what comes now ("": none). */
bool http_partial_begin_anew(HttpPartial *partial, const char *validator, Error *err);
bool http_partial_append(HttpPartial *partial, const void *bytes, size_t length, Error *err);

/* All has come: durable, and nothing left to continue. */
bool http_partial_finish(HttpPartial *partial, Error *err);

#endif
