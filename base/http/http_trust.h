/* http_trust: who vouches for a server where no file of authorities is named: the system itself.
 * Sources: http_trust_posix.c (the bundle of the distribution, which its libcurl was built with),
 * http_trust_windows.c (Windows, asked during the handshake). */
#ifndef GODEPLOY_BASE_HTTP_HTTP_TRUST_H
#define GODEPLOY_BASE_HTTP_HTTP_TRUST_H

#include "base/http/http_curl.h"

/* The system judges the server and, where there is one, the https proxy before it. */
void http_trust_system(HttpSession *session);

/* The proxy alone: who names a file for the server's authorities does not mean the network's. */
void http_trust_system_for_proxy(HttpSession *session);

#endif
