/* See http_head.h. */
#include "base/http/http_head.h"

#include <stdio.h>
#include <string.h>

/* A file changed twice within a second keeps its Last-Modified, and clocks differ: only a date this
 * much older than the answer proves anything (RFC 9110 8.8.2.2). */
enum { STRONG_DATE_AGE_S = 60 };

bool http_head_line(HttpHead *head, const char *line, size_t length)
{
    const char *value = NULL;
    size_t value_length = 0;
    char coding[32];

    if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
        http_head_free(head);
    if (http_header_find(line, length, "Location", &value, &value_length)) {
        free(head->location);
        head->location = text_copy_bytes(value, value_length);
        return head->location != NULL;
    }
    if (http_header_value(line, length, "Transfer-Encoding", coding, sizeof coding))
        head->chunked = true;
    /* A value cut to the size of its place would prove or count something else: it is not kept. */
    if (http_header_find(line, length, "ETag", &value, &value_length) &&
        value_length < sizeof head->etag)
        (void)http_header_value(line, length, "ETag", head->etag, sizeof head->etag);
    (void)(http_header_value(line, length, "Last-Modified", head->last_modified,
                             sizeof head->last_modified) ||
           http_header_value(line, length, "Date", head->date, sizeof head->date) ||
           http_header_value(line, length, "Content-Length", head->content_length,
                             sizeof head->content_length) ||
           http_header_value(line, length, "Content-Range", head->content_range,
                             sizeof head->content_range));
    return true;
}

void http_head_free(HttpHead *head)
{
    free(head->location);
    memset(head, 0, sizeof *head);
}

bool http_head_length(const HttpHead *head, uint64_t *out)
{
    return !head->chunked && text_parse_number(head->content_length, INT64_MAX, out);
}

/* "*" is a total that the server does not know. */
static bool read_total(const char *text, HttpRange *out)
{
    if (strcmp(text, "*") == 0)
        return true;
    out->total_known = text_parse_number(text, INT64_MAX, &out->total);
    return out->total_known;
}

bool http_head_range(const HttpHead *head, HttpRange *out)
{
    char text[sizeof head->content_range];
    char *slash = NULL;
    char *dash = NULL;

    memcpy(text, head->content_range, sizeof text);
    slash = strchr(text, '/');
    memset(out, 0, sizeof *out);
    if (!text_starts_with(text, "bytes ") || !slash)
        return false;
    *slash = '\0';
    if (!read_total(slash + 1, out))
        return false;
    if (strcmp(text, "bytes *") == 0)
        return out->total_known;
    dash = strchr(text, '-');
    if (!dash)
        return false;
    *dash = '\0';
    return text_parse_number(text + strlen("bytes "), INT64_MAX, &out->first) &&
           text_parse_number(dash + 1, INT64_MAX, &out->last) && out->first <= out->last &&
           (!out->total_known || out->last < out->total);
}

const char *http_head_validator(const HttpHead *head, const HttpCurl *curl)
{
    time_t modified = 0;
    time_t date = 0;

    if (head->etag[0] == '"') /* a weak one begins with W/ */
        return head->etag;
    if (head->etag[0] != '\0' || head->last_modified[0] == '\0' || head->date[0] == '\0')
        return "";
    modified = curl->getdate(head->last_modified, NULL);
    date = curl->getdate(head->date, NULL);
    if (modified < 0 || date < 0 || date - modified < STRONG_DATE_AGE_S)
        return "";
    return head->last_modified;
}
