/* See http_curl.h. */
#include "base/http/http_curl.h"

#include "base/http/http_trust.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#ifdef GODEPLOY_STATIC_CURL

bool http_curl_load(HttpCurl *out, Error *err)
{
    (void)err;
#define HTTP_CURL_LINKED(name) out->name = curl_##name;
    HTTP_CURL_FUNCTIONS(HTTP_CURL_LINKED)
#undef HTTP_CURL_LINKED
    return true;
}

#else

#include "base/library.h"

static const LibraryFunction curl_functions[] = {
#define HTTP_CURL_AS_ROW(name) {"curl_" #name, offsetof(HttpCurl, name)},
    HTTP_CURL_FUNCTIONS(HTTP_CURL_AS_ROW)
#undef HTTP_CURL_AS_ROW
};

static const Library curl_library = {
    .name = "libcurl",
    .file = "libcurl.so.4",
    .hint = "Install libcurl 7.85 or later (Debian and Ubuntu: libcurl4, Fedora: libcurl, Alpine: "
            "libcurl).",
    .functions = curl_functions,
    .function_count = sizeof curl_functions / sizeof *curl_functions,
};

bool http_curl_load(HttpCurl *out, Error *err)
{
    HttpCurl table;

    if (!library_load(&curl_library, &table, err))
        return false;
    *out = table;
    return true;
}

#endif

bool http_session_open(HttpSession *session, Error *err)
{
    memset(session, 0, sizeof *session);
    if (!http_curl_load(&session->curl, err))
        return false;
    session->easy = session->curl.easy_init();
    if (!session->easy)
        return error_memory(err);
    http_session_pointer(session, CURLOPT_ERRORBUFFER, session->reason);
    http_session_number(session, CURLOPT_NOSIGNAL, 1);
    http_session_number(session, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    http_session_text(session, CURLOPT_PROTOCOLS_STR, "http,https");
    http_session_number(session, CURLOPT_FOLLOWLOCATION, 0);
    http_session_text(session, CURLOPT_USERAGENT, "godeploy/" GODEPLOY_VERSION);
    return true;
}

void http_session_close(HttpSession *session)
{
    if (!session->easy)
        return;
    session->curl.easy_cleanup(session->easy);
    session->curl.slist_free_all(session->headers);
    session->curl.slist_free_all(session->at);
    memset(session, 0, sizeof *session);
}

static void remember(HttpSession *session, CURLcode code)
{
    if (session->refused == CURLE_OK)
        session->refused = code;
}

void http_session_number(HttpSession *session, CURLoption option, long value)
{
    remember(session, session->curl.easy_setopt(session->easy, option, value));
}

void http_session_size(HttpSession *session, CURLoption option, uint64_t value)
{
    remember(session, session->curl.easy_setopt(session->easy, option, (curl_off_t)value));
}

void http_session_text(HttpSession *session, CURLoption option, const char *value)
{
    remember(session, session->curl.easy_setopt(session->easy, option, value));
}

void http_session_pointer(HttpSession *session, CURLoption option, void *value)
{
    remember(session, session->curl.easy_setopt(session->easy, option, value));
}

void http_session_on_head(HttpSession *session, curl_write_callback on_line, void *context)
{
    remember(session, session->curl.easy_setopt(session->easy, CURLOPT_HEADERFUNCTION, on_line));
    http_session_pointer(session, CURLOPT_HEADERDATA, context);
}

void http_session_on_body(HttpSession *session, curl_write_callback on_bytes, void *context)
{
    remember(session, session->curl.easy_setopt(session->easy, CURLOPT_WRITEFUNCTION, on_bytes));
    http_session_pointer(session, CURLOPT_WRITEDATA, context);
}

void http_session_on_progress(HttpSession *session, curl_xferinfo_callback asked, void *context)
{
    remember(session, session->curl.easy_setopt(session->easy, CURLOPT_XFERINFOFUNCTION, asked));
    http_session_pointer(session, CURLOPT_XFERINFODATA, context);
    http_session_number(session, CURLOPT_NOPROGRESS, 0);
}

void http_session_header(HttpSession *session, const char *line)
{
    struct curl_slist *longer = session->curl.slist_append(session->headers, line);

    if (longer)
        session->headers = longer;
    else
        session->out_of_memory = true;
}

void http_session_url(HttpSession *session, const char *full, const char *user,
                      const char *password)
{
    http_session_text(session, CURLOPT_URL, full);
    if (!user && !password)
        return;
    http_session_text(session, CURLOPT_USERNAME, user ? user : "");
    http_session_text(session, CURLOPT_PASSWORD, password ? password : "");
}

void http_session_connect_to(HttpSession *session, const char *where)
{
    session->at = session->curl.slist_append(NULL, where);
    if (!session->at)
        session->out_of_memory = true;
    http_session_pointer(session, CURLOPT_CONNECT_TO, session->at);
}

void http_session_trust(HttpSession *session, const char *ca_file)
{
    if (!ca_file) {
        http_trust_system(session);
        return;
    }
    http_session_text(session, CURLOPT_CAINFO, ca_file);
    http_session_text(session, CURLOPT_CAPATH, NULL); /* the system's folder would be asked too */
    http_trust_system_for_proxy(session);
}

bool http_session_ready(HttpSession *session, Error *err)
{
    http_session_pointer(session, CURLOPT_HTTPHEADER, session->headers);
    if (session->out_of_memory || session->refused == CURLE_OUT_OF_MEMORY)
        return error_memory(err);
    if (session->refused == CURLE_OK)
        return true;
    (void)error_set(err, ERR_SYSTEM, "libcurl does not take an option: %s",
                    session->curl.easy_strerror(session->refused));
    return error_hint(err, "Install libcurl 7.85 or later.");
}

bool http_session_headers(HttpSession *session, const TextList *headers, Error *err)
{
    for (size_t i = 0; headers && i < headers->count; i++) {
        const char *line = headers->items[i];
        size_t name = strcspn(line, ":");
        if (name == 0 || line[name] != ':' || strcspn(line, " \t") < name ||
            strcspn(line, "\r\n") != strlen(line)) {
            (void)error_set(err, ERR_USAGE, "header %zu is not \"Name: value\" in one line", i + 1);
            return error_hint(err,
                              "A secret read from a file may have brought a line break along.");
        }
        http_session_header(session, line);
    }
    return true;
}

int64_t http_session_retry_after_ms(HttpSession *session)
{
    curl_off_t seconds = 0;

    (void)session->curl.easy_getinfo(session->easy, CURLINFO_RETRY_AFTER, &seconds);
    return (seconds > INT32_MAX ? INT32_MAX : (int64_t)seconds) * 1000;
}

const char *http_session_reason(HttpSession *session, CURLcode code)
{
    long number = 0;

    if (code == CURLE_COULDNT_CONNECT) {
        (void)session->curl.easy_getinfo(session->easy, CURLINFO_OS_ERRNO, &number);
        if (number > 0) /* an errno value, or Winsock's number */
            return uv_strerror_r(uv_translate_sys_error((int)number), session->reason,
                                 sizeof session->reason);
    }
    if (session->reason[0] != '\0')
        return session->reason;
    return session->curl.easy_strerror(code);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int in_lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool http_same_name(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (in_lower_case(a[i]) != in_lower_case(b[i]))
            return false;
        if (a[i] == '\0')
            return true;
    }
    return true;
}

bool http_header_find(const char *line, size_t length, const char *name, const char **value,
                      size_t *value_length)
{
    size_t at = strlen(name);

    if (length <= at || line[at] != ':' || !http_same_name(line, name, at))
        return false;
    at++;
    while (at < length && is_blank(line[at]))
        at++;
    while (length > at && is_blank(line[length - 1]))
        length--;
    *value = line + at;
    *value_length = length - at;
    return true;
}

bool http_header_value(const char *line, size_t length, const char *name, char *out, size_t size)
{
    const char *value = NULL;
    size_t value_length = 0;

    if (!http_header_find(line, length, name, &value, &value_length))
        return false;
    (void)snprintf(out, size, "%.*s", (int)value_length, value);
    return true;
}
