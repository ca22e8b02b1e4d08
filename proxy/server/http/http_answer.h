/* http_answer: the way back of an exchange: heads, interim ones too, then the body, as they arrive.
 */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_ANSWER_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_ANSWER_H

#include "proxy/server/http/http_session.h"

/* Bytes of the slot, with the margins of a block. The exchange may be over afterwards, or a tunnel.
 */
void http_answer_take(HttpSession *session, char *bytes, size_t length);
/* The slot's connection has ended, and with it an answer whose end nothing else tells. */
void http_answer_end(HttpSession *session);

#endif
