/* See https_server.h. */
#include "tests/support/https_server.h"

#include "base/clock.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

Identity https_root_make(const char *name, KeyKind key)
{
    const int64_t now_ms = clock_wall_ms();
    CLEANUP(free) char *own = text_formatted("%s %08x", name, (unsigned)random_below(UINT32_MAX));

    assert_non_null(own);
    return identity_make(&(CertificatePlan){.role = ROLE_ROOT,
                                            .name = own,
                                            .key = key,
                                            .version_1 = true,
                                            .not_before_ms = now_ms - TEST_YEAR_MS,
                                            .not_after_ms = now_ms + TEST_YEAR_MS},
                         NULL);
}

HttpServer *https_server_start(const char *folder, const HttpsPlan *plan, HttpAnswering answering,
                               void *context)
{
    const int64_t now_ms = clock_wall_ms();
    const CertificatePlan of_server = {.role = ROLE_SERVER,
                                       .host = "DNS:shop.example,IP:127.0.0.1",
                                       .eku = plan->eku,
                                       .not_before_ms = now_ms - TEST_YEAR_MS / 2,
                                       .not_after_ms =
                                           now_ms + (plan->ended ? -TEST_DAY_MS : TEST_DAY_MS)};
    CLEANUP_IDENTITY Identity identity = identity_make(&of_server, plan->root);
    CLEANUP(free) char *certificate = text_formatted("%s/server.pem", folder);
    CLEANUP(free) char *key = text_formatted("%s/server.key", folder);
    HttpServer *server = NULL;

    assert_true(certificate && key);
    certificate_write(certificate, &identity);
    key_write(key, &identity);
    server = http_server_start_tls(answering, context, certificate, key);
    assert_non_null(server);
    return server;
}
