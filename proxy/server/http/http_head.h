/* http_head: a strict reader of HTTP/1.x message heads. Pure: bytes in, spans and facts out.
 *
 * Strict, because two readers that disagree about where a message ends are how requests are
 * smuggled: whatever is not plainly right is refused, never repaired. Specification: RFC 9112
 * (https://www.rfc-editor.org/rfc/rfc9112) and RFC 9110 sections 5 to 7.
 * Wider than the grammar in two places that cannot change framing: bytes above 0x7f may stand in a
 * request target and in a field value, and an answer may lack the blank before an empty reason. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_HEAD_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_HEAD_H

#include "proxy/server/http/http_name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_MAX_BYTES = 64 * 1024,
    HTTP_FIELDS_MAX = 256,
    HTTP_METHOD_MAX = 32,
    HTTP_CONNECTION_OPTIONS_MAX = 32 /* each is looked for among all fields */
};

typedef struct HttpField {
    Span name;
    Span value; /* without the blanks around it */
    HttpKnown known;
} HttpField;

enum { HTTP_NO_LENGTH = -1 };

typedef struct HttpHead {
    Span method; /* requests */
    Span target;
    Span host;  /* its Host, or the authority of an absolute target */
    int status; /* answers */
    Span reason;
    int minor; /* HTTP/1.minor: 0 or 1 */
    HttpField fields[HTTP_FIELDS_MAX];
    size_t field_count;
    int64_t content_length; /* HTTP_NO_LENGTH if there was none */
    bool chunked;
    unsigned connection_options;
    bool connection_close; /* Connection names close, keep-alive, upgrade, something else */
    bool connection_keep_alive;
    bool connection_upgrade;
    bool connection_names_fields;
    bool has_host;
    bool expects_continue;
} HttpHead;

typedef struct HttpRefusal {
    int status;      /* 0: nothing is wrong; else 400, 417, 431, 501 or 505 */
    const char *why; /* static */
} HttpRefusal;

typedef enum HttpHeadEnd { HTTP_HEAD_UNFINISHED, HTTP_HEAD_ENDED, HTTP_HEAD_BARE_LF } HttpHeadEnd;

/* Looks for the empty line that ends a head. *scanned remembers, between calls with more bytes, how
 * far it looked; it starts at 0. *head_length includes the empty line. */
HttpHeadEnd http_head_find_end(const char *bytes, size_t length, size_t *scanned,
                               size_t *head_length);

/* `bytes` is a whole head as http_head_find_end() found it. */
HttpRefusal http_head_parse_request(const char *bytes, size_t length, HttpHead *out);
/* Here a refusal's status says nothing: the answer is not usable. */
HttpRefusal http_head_parse_answer(const char *bytes, size_t length, HttpHead *out);

/* One field line without its CRLF, as trailers have them too. */
bool http_field_parse(const char *line, size_t length, HttpField *out, const char **why);

/* True for the methods that may be sent twice (RFC 9110 section 9.2.2). */
bool http_method_is_idempotent(Span method);

#endif
