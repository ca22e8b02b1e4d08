/* http_exchange: one request on its way to its slot, and its answer on the way back.
 *
 * A request is sent again only where that is safe: nobody was reached; or a pooled connection died
 * before a byte of the answer came, the method is idempotent and its body, if any, is still there.
 */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_EXCHANGE_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_EXCHANGE_H

#include "proxy/server/http/http_session.h"

/* Sends what http_routing_begin() prepared. */
void http_exchange_go(HttpSession *session);
/* Bytes of the client while the request body is not complete; returns how many belong to it. */
size_t http_exchange_take_request(HttpSession *session, char *bytes, size_t length);
void http_exchange_expired(HttpSession *session);
/* For http_answer.c. The slot gave no whole answer: `status` for the client if it has none yet. */
void http_exchange_fail(HttpSession *session, Failure failure, int status, const char *why);
void http_exchange_expect_progress(HttpSession *session);
/* Lets go of slot and connection in whatever state they are. */
void http_exchange_drop(HttpExchange *exchange, Member *member);

#endif
