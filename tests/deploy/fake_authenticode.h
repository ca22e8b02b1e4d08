/* fake_authenticode: judges a file by what it says of itself: its first line is
 *
 *     MZ exe valid NAME      signed by NAME; "dll" in place of "exe" is a library
 *     MZ exe unsigned
 *     MZ exe invalid CODE
 *     MZ exe twice NAME      valid, and read a second time from its start
 *
 * and anything else is no program, which is known after its first bytes. Included once in a test
 * program; takes the place of verify/authenticode. */
#ifndef GODEPLOY_TESTS_DEPLOY_FAKE_AUTHENTICODE_H
#define GODEPLOY_TESTS_DEPLOY_FAKE_AUTHENTICODE_H

#include "verify/authenticode/authenticode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct AuthenticodePolicy {
    const AuthenticodeOptions *options;
};

static struct {
    const char *policy_fails;    /* its message; NULL: it does not */
    AuthenticodeOptions options; /* of the last policy */
    void (*judged)(void);        /* NULL, or called after each verdict */
} fake_authenticode;

bool authenticode_policy_load(const AuthenticodeOptions *options, AuthenticodePolicy **out,
                              Error *err)
{
    fake_authenticode.options = *options;
    if (fake_authenticode.policy_fails)
        return error_set(err, ERR_KEY, "%s", fake_authenticode.policy_fails);
    *out = calloc(1, sizeof **out);
    return *out || error_memory(err);
}

void authenticode_policy_free(AuthenticodePolicy *policy)
{
    free(policy);
}

static inline bool fake_read_all(const AuthenticodeSource *source, char *first, size_t size,
                                 Error *err)
{
    char piece[1000];
    size_t got = 1, all = 0;
    uint64_t total = 0;

    while (got > 0) {
        if (!source->read(source->context, piece, sizeof piece, &got, err))
            return false;
        if (all + 1 < size) {
            size_t kept = got < size - 1 - all ? got : size - 1 - all;

            memcpy(first + all, piece, kept);
            all += kept;
        }
        total += got;
    }
    first[all] = '\0';
    assert_int_equal(total, source->size_bytes);
    return true;
}

static inline void fake_verdict(const char *line, AuthenticodeVerdict *out)
{
    char kind[8] = "", status[16] = "", rest[64] = "";

    (void)sscanf(line, "MZ %7s %15s %63[^\n]", kind, status, rest);
    out->dll = strcmp(kind, "dll") == 0;
    out->counted = -1;
    out->code = "ok";
    out->status = AUTHENTICODE_VALID;
    if (strcmp(status, "unsigned") == 0) {
        out->status = AUTHENTICODE_UNSIGNED;
        out->code = "unsigned";
    } else if (strcmp(status, "invalid") == 0) {
        out->status = AUTHENTICODE_INVALID;
        out->code = "digest-mismatch";
    } else {
        (void)snprintf(out->publisher, sizeof out->publisher, "%s", rest);
    }
    (void)snprintf(out->reason, sizeof out->reason, "reason of %s", out->code);
}

bool authenticode_check(const AuthenticodePolicy *policy, const AuthenticodeSource *source,
                        AuthenticodeVerdict *out, Error *err)
{
    char first[128] = "", again[128] = "";
    size_t got = 0;

    assert_non_null(policy);
    memset(out, 0, sizeof *out);
    if (!source->read(source->context, first, 3, &got, err))
        return false;
    out->status = AUTHENTICODE_NOT_PE;
    out->code = "not-pe";
    if (got == 3 && memcmp(first, "MZ ", 3) == 0) {
        if (!source->rewind(source->context, err) ||
            !fake_read_all(source, first, sizeof first, err))
            return false;
        fake_verdict(first, out);
        if (strstr(first, " twice ") && (!source->rewind(source->context, err) ||
                                         !fake_read_all(source, again, sizeof again, err)))
            return false;
    }
    if (fake_authenticode.judged)
        fake_authenticode.judged();
    return true;
}

#endif
