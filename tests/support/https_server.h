/* https_server: an HTTP server over TLS, with a certificate for shop.example and 127.0.0.1 that a
 * root of the test's own issued. Good as of the day of the test. Asserts with cmocka. */
#ifndef GODEPLOY_TESTS_SUPPORT_HTTPS_SERVER_H
#define GODEPLOY_TESTS_SUPPORT_HTTPS_SERVER_H

#include "tests/support/authority.h"
#include "tests/support/http_server.h"

/* The only one of its name, should a test that was killed have left another in a store. Of version
 * 1, without extensions: Wine 8 finds no issuer by its key identifier. Where Windows is to judge,
 * an RSA key: Wine 8 now and then finds a good signature by an elliptic curve wrong. */
Identity https_root_make(const char *name, KeyKind key);

typedef struct HttpsPlan {
    const Identity *root;
    const char *eku; /* NULL: serverAuth */
    bool ended;      /* yesterday */
} HttpsPlan;

/* Leaves certificate and key in `folder`. End it with http_server_stop(). */
HttpServer *https_server_start(const char *folder, const HttpsPlan *plan, HttpAnswering answering,
                               void *context);

#endif
