/* See http_trust.h: libcurl knows the distribution's bundle without being told. */
#include "base/http/http_trust.h"

void http_trust_system(HttpSession *session)
{
    (void)session;
}

void http_trust_system_for_proxy(HttpSession *session)
{
    (void)session;
}
