/* http_curl: libcurl behind a table, and one request of it (a session). Only base/http*.c include
 * it.
 *
 * libcurl brings some thirty shared libraries: linked, it would cost every `godeploy status` 6 to
 * 10 ms before main(). It is therefore opened when the first request needs it. Built with
 * GODEPLOY_STATIC_CURL (Windows) it is linked like any other library. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_CURL_H
#define GODEPLOY_BASE_HTTP_HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK /* its macros would hide the table's entries */

#include "base/error.h"
#include "base/text.h"

#include <curl/curl.h>

/* One row per function that is used. */
#define HTTP_CURL_FUNCTIONS(X)                                                                     \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_perform)                                                                                \
    X(easy_strerror)                                                                               \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_info_read)                                                                             \
    X(multi_strerror)                                                                              \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)                                                                                     \
    X(free)                                                                                        \
    X(getdate)

typedef struct HttpCurl {
#define HTTP_CURL_AS_MEMBER(name) __typeof__(curl_##name) *(name);
    HTTP_CURL_FUNCTIONS(HTTP_CURL_AS_MEMBER)
#undef HTTP_CURL_AS_MEMBER
} HttpCurl;

/* Fills the table. Cheap after the first time (4 us), so that nothing need be kept between calls.
 * ERR_SYSTEM if there is no libcurl, or one too old. */
bool http_curl_load(HttpCurl *out, Error *err);

typedef struct HttpSession {
    HttpCurl curl;
    CURL *easy;                 /* NULL before http_session_open() */
    struct curl_slist *headers; /* owned */
    struct curl_slist *at;      /* owned; where the named host really is (CURLOPT_CONNECT_TO) */
    CURLcode refused;           /* the first option that libcurl did not take */
    bool out_of_memory;
    char reason[CURL_ERROR_SIZE];
} HttpSession;

/* A session with what holds for every request: TLS 1.2 at least, no signals, no redirects followed,
 * no other protocol than http and https. */
bool http_session_open(HttpSession *session, Error *err);
void http_session_close(HttpSession *session); /* accepts {0} */
#define CLEANUP_HTTP_SESSION __attribute__((cleanup(http_session_close)))

/* These remember the first failure; http_session_ready() tells it. */
void http_session_number(HttpSession *session, CURLoption option, long value);
void http_session_size(HttpSession *session, CURLoption option, uint64_t value);
void http_session_text(HttpSession *session, CURLoption option, const char *value);
void http_session_pointer(HttpSession *session, CURLoption option, void *value);
void http_session_on_head(HttpSession *session, curl_write_callback on_line, void *context);
void http_session_on_body(HttpSession *session, curl_write_callback on_bytes, void *context);
void http_session_on_progress(HttpSession *session, curl_xferinfo_callback asked, void *context);
void http_session_header(HttpSession *session, const char *line);
/* The URL, and its user and password if it has some. */
void http_session_url(HttpSession *session, const char *full, const char *user,
                      const char *password);
/* Connect there, whatever host the URL names: "::127.0.0.1:8443". */
void http_session_connect_to(HttpSession *session, const char *where);
/* NULL: the system's authorities. Otherwise those of the file and no others; an https proxy is
 * still judged by the system's. The variables SSL_CERT_FILE and SSL_CERT_DIR change neither. */
void http_session_trust(HttpSession *session, const char *ca_file);
/* Call last, before the transfer. */
bool http_session_ready(HttpSession *session, Error *err);

/* Headers of a caller: false (ERR_USAGE) if one is no "Name: value" or could smuggle in another.
 * The message never shows the value. */
bool http_session_headers(HttpSession *session, const TextList *headers, Error *err);

/* What the answer's Retry-After asks for, whether in seconds or as a date; 0: nothing. */
int64_t http_session_retry_after_ms(HttpSession *session);

/* What libcurl, or the system below it, says about a failed transfer: without URL, user or header.
 */
const char *http_session_reason(HttpSession *session, CURLcode code);

/* The same but for the case of ASCII letters, as names of headers, hosts and schemes are compared.
 * Ends at `length` or at the first difference, a NUL among them. */
bool http_same_name(const char *a, const char *b, size_t length);

/* If `line` (of a head, not NUL-terminated) is the header `name`: where its value stands, without
 * blanks around it. Borrowed from `line`. */
bool http_header_find(const char *line, size_t length, const char *name, const char **value,
                      size_t *value_length);
/* The same, copied and cut to `size`. */
bool http_header_value(const char *line, size_t length, const char *name, char *out, size_t size);

#endif
