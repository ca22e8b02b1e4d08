/* policy: whom we believe, as read from the files that the settings name. Part of authenticode.h,
 * for verify/authenticode alone: OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_POLICY_H
#define GODEPLOY_VERIFY_AUTHENTICODE_POLICY_H

#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/publisher.h"
#include "verify/openssl.h"

/* Read-only once loaded. OpenSSL locks a store by itself while it looks into it. */
struct AuthenticodePolicy {
    X509_STORE *code_anchors;
    X509_STORE *time_anchors; /* the same store (and a reference of its own) if none was named */
    STACK_OF(X509_CRL) * crls;
    Publisher **publishers;
    size_t publisher_count; /* 0: anybody */
    bool partial_chain;
    bool allow_sha1;
    bool require_timestamp;
    int64_t at_ms; /* 0: now */
};

/* As of when it is judged, wall clock. */
int64_t policy_now_ms(const AuthenticodePolicy *policy);

/* Wants the certificate of the signer. True where no publisher is named. */
bool policy_wants_publisher(const AuthenticodePolicy *policy, const X509 *certificate);

#endif
