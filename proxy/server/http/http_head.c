/* See http_head.h. */
#include "proxy/server/http/http_head.h"

#include <string.h>

typedef struct Lines {
    const char *at;
    const char *end;
} Lines;

static const HttpRefusal fine = {0, NULL};

static HttpRefusal refuse(int status, const char *why)
{
    return (HttpRefusal){status, why};
}

HttpHeadEnd http_head_find_end(const char *bytes, size_t length, size_t *scanned,
                               size_t *head_length)
{
    while (*scanned < length) {
        const char *lf = memchr(bytes + *scanned, '\n', length - *scanned);
        size_t at = lf ? (size_t)(lf - bytes) : length;

        if (!lf) {
            *scanned = length;
            break;
        }
        if (at == 0 || bytes[at - 1] != '\r')
            return HTTP_HEAD_BARE_LF;
        *scanned = at + 1;
        if (at == 1 || (at >= 3 && bytes[at - 2] == '\n')) {
            *head_length = at + 1;
            return HTTP_HEAD_ENDED;
        }
    }
    return HTTP_HEAD_UNFINISHED;
}

/* The next line without its CRLF. False at the empty line, or where no CRLF is left. */
static bool next_line(Lines *lines, Span *line)
{
    const char *lf = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));

    if (!lf || lf == lines->at || lf[-1] != '\r')
        return false;
    *line = (Span){lines->at, (size_t)(lf - 1 - lines->at)};
    lines->at = lf + 1;
    return line->length > 0;
}

bool http_field_parse(const char *line, size_t length, HttpField *out, const char **why)
{
    const char *colon = memchr(line, ':', length);

    if (span_begins_with_blank((Span){line, length})) {
        *why = "a field is folded over two lines"; /* RFC 9112 section 5.2 */
        return false;
    }
    if (!colon) {
        *why = "a field line has no colon"; /* RFC 9112 section 5 */
        return false;
    }
    out->name = (Span){line, (size_t)(colon - line)};
    if (!span_is_token(out->name)) {
        *why = "a field name holds what it must not"; /* RFC 9112 section 5.1: blanks above all */
        return false;
    }
    out->value = span_trim((Span){colon + 1, length - out->name.length - 1});
    if (span_holds_control(out->value)) {
        *why = "a field value holds a control character"; /* RFC 9110 section 5.5 */
        return false;
    }
    out->known = http_name_known(out->name);
    return true;
}

static HttpRefusal parse_fields(Lines *lines, HttpHead *out)
{
    Span line;
    const char *why = NULL;

    while (next_line(lines, &line)) {
        if (out->field_count == HTTP_FIELDS_MAX)
            return refuse(431, "too many fields");
        if (!http_field_parse(line.at, line.length, &out->fields[out->field_count], &why))
            return refuse(400, why);
        out->field_count++;
    }
    return fine;
}

/* RFC 9112 section 2.3: exactly eight characters. */
static HttpRefusal parse_version(Span version, HttpHead *out)
{
    if (version.length != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[5] < '0' ||
        version.at[5] > '9' || version.at[6] != '.' || version.at[7] < '0' || version.at[7] > '9')
        return refuse(400, "the version is not HTTP/1.1");
    if (version.at[5] != '1' || version.at[7] > '1')
        return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    out->minor = version.at[7] - '0';
    return fine;
}

/* RFC 9110 section 7.2: what could stand in an authority, and nothing that a reader could take for
 * a user, a path or a second host. */
static bool is_host(Span host)
{
    for (size_t i = 0; i < host.length; i++) {
        char c = host.at[i];

        if (c <= 0x20 || c > 0x7e || strchr("@/\\?#,\"<>{}|^`", c))
            return false;
    }
    return true;
}

/* RFC 9112 section 3.2.2: the authority of an absolute target replaces Host. */
static HttpRefusal split_absolute_target(HttpHead *out)
{
    size_t scheme = span_starts_with(out->target, "http://")    ? 7
                    : span_starts_with(out->target, "https://") ? 8
                                                                : 0;
    Span rest = {out->target.at + scheme, out->target.length - scheme};
    size_t authority = 0;

    if (scheme == 0)
        return refuse(400, "the request target is neither a path nor a URL");
    while (authority < rest.length && rest.at[authority] != '/' && rest.at[authority] != '?')
        authority++;
    out->host = (Span){rest.at, authority};
    if (authority == 0 || !is_host(out->host))
        return refuse(400, "the request target has no proper host");
    out->target = (Span){rest.at + authority, rest.length - authority};
    if (out->target.length > 0 && out->target.at[0] != '/')
        return refuse(400, "the request target has a query but no path");
    if (out->target.length == 0)
        out->target = (Span){span_is(out->method, "OPTIONS") ? "*" : "/", 1};
    return fine;
}

static HttpRefusal check_target(HttpHead *out)
{
    if (span_holds_control(out->target) || memchr(out->target.at, '\t', out->target.length))
        return refuse(400, "the request target holds a control character");
    if (memchr(out->target.at, '#', out->target.length))
        return refuse(400, "the request target holds a fragment"); /* RFC 9112 section 3.2.1 */
    if (out->target.at[0] == '/')
        return fine;
    if (span_is(out->method, "CONNECT"))
        return refuse(501, "CONNECT is not offered here");
    if (span_is(out->target, "*")) {
        if (span_is(out->method, "OPTIONS"))
            return fine;
        return refuse(400, "only OPTIONS may ask for *");
    }
    return split_absolute_target(out);
}

/* RFC 9112 section 3: method SP request-target SP HTTP-version, one blank each. */
static HttpRefusal parse_request_line(Span line, HttpHead *out)
{
    const char *first = memchr(line.at, ' ', line.length);
    const char *end = line.at + line.length;
    const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;
    HttpRefusal refusal;

    if (!second || second == first + 1)
        return refuse(400, "the request line is not method, target, version");
    out->method = (Span){line.at, (size_t)(first - line.at)};
    out->target = (Span){first + 1, (size_t)(second - first - 1)};
    if (!span_is_token(out->method) || out->method.length > HTTP_METHOD_MAX)
        return refuse(400, "the method is not a token");
    refusal = parse_version((Span){second + 1, (size_t)(end - second - 1)}, out);
    return refusal.status ? refusal : check_target(out);
}

/* RFC 9110 section 8.6: digits alone; the same value twice is one value, a list is refused. */
static HttpRefusal read_content_length(Span value, HttpHead *out)
{
    int64_t length = 0;

    if (value.length == 0 || value.length > 18) /* 18 digits cannot overflow */
        return refuse(400, "Content-Length is not a number");
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return refuse(400, "Content-Length is not a number");
        length = length * 10 + (value.at[i] - '0');
    }
    if (out->content_length != HTTP_NO_LENGTH && out->content_length != length)
        return refuse(400, "two Content-Length fields differ");
    out->content_length = length;
    return fine;
}

/* RFC 9112 section 6.1: chunked once, and nothing else. */
static HttpRefusal read_transfer_encoding(Span value, HttpHead *out)
{
    Span coding;

    if (value.length == 0)
        return refuse(400, "Transfer-Encoding is empty");
    while (span_next_element(&value, &coding)) {
        if (out->chunked)
            return refuse(400, "a transfer coding follows chunked");
        if (!span_is(coding, "chunked"))
            return refuse(501, "a transfer coding other than chunked");
        out->chunked = true;
    }
    return out->chunked ? fine : refuse(400, "Transfer-Encoding names no coding");
}

static HttpRefusal read_connection(Span value, HttpHead *out)
{
    Span option;

    while (span_next_element(&value, &option)) {
        if (++out->connection_options > HTTP_CONNECTION_OPTIONS_MAX)
            return refuse(400, "Connection names too much");
        if (span_is(option, "close"))
            out->connection_close = true;
        else if (span_is(option, "keep-alive"))
            out->connection_keep_alive = true;
        else if (span_is(option, "upgrade"))
            out->connection_upgrade = true;
        else
            out->connection_names_fields = true;
    }
    return fine;
}

static HttpRefusal read_host(Span value, HttpHead *out)
{
    if (out->has_host)
        return refuse(400, "Host came twice");
    if (!is_host(value))
        return refuse(400, "Host is not a host");
    out->has_host = true;
    if (out->host.length == 0) /* an absolute target has named another already */
        out->host = value;
    return fine;
}

static HttpRefusal read_expect(Span value, HttpHead *out)
{
    if (!span_is(value, "100-continue"))
        return refuse(417, "the only expectation known is 100-continue");
    out->expects_continue = true;
    return fine;
}

static HttpRefusal read_framing_field(const HttpField *field, HttpHead *out)
{
    if (field->known.name == NAME_CONTENT_LENGTH)
        return read_content_length(field->value, out);
    if (field->known.name == NAME_TRANSFER_ENCODING)
        return read_transfer_encoding(field->value, out);
    if (field->known.name == NAME_CONNECTION)
        return read_connection(field->value, out);
    return fine;
}

/* RFC 9112 section 6.3: both together are how requests are smuggled; 1.0 has no transfer codings.
 */
static HttpRefusal check_framing(const HttpHead *out)
{
    if (out->chunked && out->content_length != HTTP_NO_LENGTH)
        return refuse(400, "both Content-Length and Transfer-Encoding");
    if (out->chunked && out->minor == 0)
        return refuse(400, "Transfer-Encoding in HTTP/1.0");
    return fine;
}

static HttpRefusal read_request_fields(HttpHead *out)
{
    HttpRefusal refusal = fine;

    for (size_t i = 0; i < out->field_count && !refusal.status; i++) {
        const HttpField *field = &out->fields[i];

        if (field->known.name == NAME_HOST)
            refusal = read_host(field->value, out);
        else if (field->known.name == NAME_EXPECT)
            refusal = read_expect(field->value, out);
        else
            refusal = read_framing_field(field, out);
    }
    if (!refusal.status && out->minor == 1 && !out->has_host)
        return refuse(400, "Host is missing"); /* RFC 9112 section 3.2 */
    return refusal.status ? refusal : check_framing(out);
}

/* Everything but the fields themselves, of which only so many as are counted are ever looked at. */
static void begin_head(HttpHead *out)
{
    memset(out, 0, offsetof(HttpHead, fields));
    memset(&out->field_count, 0, sizeof *out - offsetof(HttpHead, field_count));
    out->content_length = HTTP_NO_LENGTH;
}

HttpRefusal http_head_parse_request(const char *bytes, size_t length, HttpHead *out)
{
    Lines lines = {bytes, bytes + length};
    Span line;
    HttpRefusal refusal;

    begin_head(out);
    if (!next_line(&lines, &line))
        return refuse(400, "there is no request line");
    refusal = parse_request_line(line, out);
    if (!refusal.status)
        refusal = parse_fields(&lines, out);
    return refusal.status ? refusal : read_request_fields(out);
}

/* RFC 9112 section 4 */
static HttpRefusal parse_status_line(Span line, HttpHead *out)
{
    HttpRefusal refusal = fine;

    if (line.length < 12 || line.at[8] != ' ')
        return refuse(502, "the status line is too short");
    refusal = parse_version((Span){line.at, 8}, out);
    if (refusal.status)
        return refusal;
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return refuse(502, "the status is not a number");
        out->status = out->status * 10 + (line.at[i] - '0');
    }
    if (out->status < 100 || (line.length > 12 && line.at[12] != ' '))
        return refuse(502, "the status is not three digits");
    if (line.length > 13)
        out->reason = (Span){line.at + 13, line.length - 13};
    if (span_holds_control(out->reason))
        return refuse(502, "the reason holds a control character");
    return fine;
}

HttpRefusal http_head_parse_answer(const char *bytes, size_t length, HttpHead *out)
{
    Lines lines = {bytes, bytes + length};
    Span line;
    HttpRefusal refusal;

    begin_head(out);
    if (!next_line(&lines, &line))
        return refuse(502, "there is no status line");
    refusal = parse_status_line(line, out);
    if (!refusal.status)
        refusal = parse_fields(&lines, out);
    for (size_t i = 0; i < out->field_count && !refusal.status; i++)
        refusal = read_framing_field(&out->fields[i], out);
    return refusal.status ? refusal : check_framing(out);
}

bool http_method_is_idempotent(Span method)
{
    static const char *const idempotent[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};

    for (size_t i = 0; i < sizeof idempotent / sizeof *idempotent; i++) {
        if (strlen(idempotent[i]) == method.length &&
            memcmp(idempotent[i], method.at, method.length) == 0) /* methods have a case */
            return true;
    }
    return false;
}
