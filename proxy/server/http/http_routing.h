/* http_routing: which slot a request goes to, and what has to be known of it before it goes.
 *
 * Decided the moment its head is complete, and again before another try. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_ROUTING_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_ROUTING_H

#include "proxy/server/http/http_session.h"

/* What concerns the request itself, wherever it goes. */
void http_routing_note(HttpSession *session, const HttpHead *head);
/* Prepares everything that needs the head, whose spans it does not keep. After a refusal (413, 503)
 * the exchange has no slot. */
HttpRefusal http_routing_begin(HttpSession *session, const HttpHead *head);
/* Before another try: the flip may have come in between. False: no slot is active. */
bool http_routing_again(HttpSession *session);

#endif
