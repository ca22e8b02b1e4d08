/* See public_request.h. */
#include "proxy/public_request.h"

#include "base/http/http.h"
#include "base/text.h"

#include <stdio.h>

enum { BODY_MOST = 1024 };

static bool send_http(const PublicRequest *request, const Address *reach,
                      char seen[ENGINE_SEEN_SIZE], Error *err)
{
    char address[ADDRESS_TEXT_SIZE];
    CLEANUP(free)
    char *url = text_formatted("%s://%s%s", request->tls ? "https" : "http",
                               address_format(reach, address), request->path);
    HttpResponse response = {0};
    HttpRequest question = {.url = url,
                            .host = request->host,
                            .insecure_tls = request->tls,
                            .timeout_ms = request->timeout_ms,
                            .most_bytes = BODY_MOST,
                            .fresh_connection = true};

    if (!url)
        return error_memory(err);
    if (!http_request(&question, &response, err))
        return false;
    (void)snprintf(seen, ENGINE_SEEN_SIZE, "HTTP %d", response.status);
    http_response_free(&response);
    return true;
}

bool public_request_send(const PublicRequest *request, char seen[ENGINE_SEEN_SIZE], Error *err)
{
    Address reach = address_to_reach(request->listen);

    if (request->mode == ROUTE_HTTP)
        return send_http(request, &reach, seen, err);
    (void)snprintf(seen, ENGINE_SEEN_SIZE, "a connection");
    return address_can_connect(&reach, request->timeout_ms, err);
}
