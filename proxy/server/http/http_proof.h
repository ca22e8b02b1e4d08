/* http_proof: whether a request carries the token of its route. The deployer alone knows it: it is
 * told which slot answered, and let through a gate that is shut for others. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_PROOF_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_PROOF_H

#include "proxy/server/http/http_head.h"

/* `proof` "": nobody can. */
bool http_proof_is_given(const HttpHead *head, const char *proof);

#endif
