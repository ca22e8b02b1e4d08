/* http_gate: a request at the gate of its route: let through, held, or turned away with the page of
 * a maintenance. The health path is answered here while the gate is shut, so that a load balancer
 * before us does not take us for dead; and who knows the proof passes, so that the deployer can see
 * what it opens the gate to. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_GATE_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_GATE_H

#include "proxy/server/http/http_session.h"

/* Once the facts of the request are noted. False: it was answered or is held, with its head still
 * in session->in, to be read again when it is admitted. */
bool http_gate_admits(HttpSession *session, const HttpHead *head, size_t head_length);
/* For Held.admitted. */
void http_gate_admitted(Held *held);
/* The held client sent more. */
void http_gate_took_more(HttpSession *session, size_t length);
/* It has waited for as long as one may. */
void http_gate_expired(HttpSession *session);

#endif
