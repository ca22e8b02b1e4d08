/* tls_server: `openssl s_server` with a certificate of its own, answering each path with what the
 * file of that name holds: head and body, so that any answer can be given over TLS. */
#ifndef GODEPLOY_TESTS_SUPPORT_TLS_SERVER_H
#define GODEPLOY_TESTS_SUPPORT_TLS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct TlsServer TlsServer;

/* Makes key and certificate in `folder` (ca.pem) for the name `shop.example` and for 127.0.0.1, and
 * serves its files. NULL if there is no openssl program: skip the test then. */
TlsServer *tls_server_start(const char *folder);
void tls_server_stop(TlsServer *server); /* accepts NULL */
uint16_t tls_server_port(const TlsServer *server);

#endif
