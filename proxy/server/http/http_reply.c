/* See http_reply.h. */
#include "proxy/server/http/http_reply.h"

#include <string.h>

static const char *status_words(int status)
{
    static const struct {
        int status;
        const char *words;
    } known[] = {
        {200, "OK"                             },
        {400, "Bad Request"                    },
        {404, "Not Found"                      },
        {405, "Method Not Allowed"             },
        {408, "Request Timeout"                },
        {413, "Content Too Large"              },
        {414, "URI Too Long"                   },
        {417, "Expectation Failed"             },
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"                },
        {502, "Bad Gateway"                    },
        {503, "Service Unavailable"            },
        {504, "Gateway Timeout"                },
        {505, "HTTP Version Not Supported"     },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].status == status)
            return known[i].words;
    }
    return "Error";
}

void http_reply_append(const HttpReply *reply, Text *out)
{
    bool is_page = reply->page.length > 0;
    size_t length = is_page ? reply->page.length : strlen(reply->why) + 1;

    text_appendf(out,
                 "HTTP/1.1 %d %s\r\nContent-Type: text/%s; charset=utf-8\r\n"
                 "Cache-Control: no-store\r\nContent-Length: %zu\r\n%s",
                 reply->status, status_words(reply->status), is_page ? "html" : "plain", length,
                 reply->close ? "Connection: close\r\n" : "");
    if (reply->retry_after_s > 0)
        text_appendf(out, "Retry-After: %u\r\n", reply->retry_after_s);
    if (reply->request_id[0])
        text_appendf(out, "X-Request-Id: %s\r\n", reply->request_id);
    text_append(out, "\r\n");
    if (reply->without_body)
        return;
    if (is_page)
        text_append_bytes(out, reply->page.at, reply->page.length);
    else
        text_appendf(out, "%s\n", reply->why);
}
