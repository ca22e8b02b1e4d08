/* canary: which clients see the candidate. Pure.
 *
 * A client is an id that nobody chose: in http mode the value of a cookie of ours, in tcp mode made
 * for each connection. The route's salt and the id make a number below a million; whose number lies
 * below the share sees the candidate. So a client stays on its side while the share grows, and
 * others are first at the next canary, which has another salt. */
#ifndef GODEPLOY_PROXY_SERVER_CANARY_H
#define GODEPLOY_PROXY_SERVER_CANARY_H

#include "base/text.h"
#include "proxy/route.h"
#include "proxy/server/http/http_head.h"

enum { CLIENT_ID_BYTES = 16, CLIENT_ID_SIZE = 2 * CLIENT_ID_BYTES + 1 };

typedef struct ClientId {
    uint8_t bytes[CLIENT_ID_BYTES];
} ClientId;

/* From the system's random bytes; all zero where it has none. */
ClientId client_id_new(void);

/* False where there is no canary. */
bool canary_takes(const Route *route, const ClientId *client);

/* The id in the cookie; false where there is none, or one that is not of our making. */
bool client_cookie_find(const HttpHead *head, ClientId *out);
bool client_cookie_is_in(Span value); /* of a Cookie field; ours by its name, whatever it says */
/* The field without ours, as a line; nothing if nothing is left. */
void client_cookie_append_rest(Span value, Text *out);
/* The value of a Set-Cookie field: it lasts as long as the browser's session. */
void client_cookie_append_value(const ClientId *client, Text *out);

#endif
