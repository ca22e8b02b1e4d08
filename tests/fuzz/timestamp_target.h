/* timestamp_target: one timestamp of any bytes on a signature that is good: it is believed only if
 * it says what the true ones say. For fuzz_token.c and fuzz_countersignature.c. */
#ifndef GODEPLOY_TESTS_FUZZ_TIMESTAMP_TARGET_H
#define GODEPLOY_TESTS_FUZZ_TIMESTAMP_TARGET_H

#include "tests/fuzz/authenticode_fixture.h"

#include "verify/authenticode/timestamp.h"

/* In place of the unsigned attributes, the one `oid` with `bytes` as its value. */
static inline void put_attribute(PKCS7_SIGNER_INFO *signer, const char *oid, const uint8_t *bytes,
                                 size_t length)
{
    X509_ATTRIBUTE *attribute =
        X509_ATTRIBUTE_create_by_txt(NULL, oid, V_ASN1_SEQUENCE, bytes, (int)length);

    FUZZ_CHECK(attribute);
    sk_X509_ATTRIBUTE_pop_free(signer->unauth_attr, X509_ATTRIBUTE_free);
    signer->unauth_attr = sk_X509_ATTRIBUTE_new_null();
    FUZZ_CHECK(signer->unauth_attr && sk_X509_ATTRIBUTE_push(signer->unauth_attr, attribute) == 1);
}

static inline Timestamp ask_timestamp(const AuthenticodeFixture *fixture, const SignedData *message)
{
    const TimestampClaim claim = {message->signer, message->certificates,
                                  sk_X509_value(message->certificates, 0)};
    Timestamp stamp;
    Error err = {0};

    FUZZ_CHECK(timestamp_check(fixture->policy, &claim, &stamp, &err));
    return stamp;
}

static inline int timestamp_target(const char *oid, TimeSource source, const uint8_t *bytes,
                                   size_t length)
{
    static AuthenticodeFixture fixture; /* read once: libFuzzer has no place for them */
    static SignedData message;
    Timestamp stamp;

    if (!fixture.policy) {
        fixture_load(&fixture);
        fixture_parse(&fixture, &message);
        FUZZ_CHECK(ask_timestamp(&fixture, &message).good); /* or nothing here means anything */
    }
    put_attribute(message.signer, oid, bytes, length);
    stamp = ask_timestamp(&fixture, &message);
    FUZZ_CHECK(stamp.present && stamp.source == source);
    FUZZ_CHECK(stamp.good == (strcmp(stamp.code, "ok") == 0));
    FUZZ_CHECK(stamp.good || stamp.reason[0]);
    FUZZ_CHECK(!stamp.good || stamp.time_ms == FIXTURE_SIGNED_MS);
    return 0;
}

#endif
