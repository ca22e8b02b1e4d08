/* See revocation_list.h. */
#include "tests/support/revocation_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "base/file/file.h"

static ASN1_TIME *time_at(int64_t time_ms)
{
    ASN1_TIME *made = ASN1_TIME_set(NULL, (time_t)(time_ms / 1000));

    assert_non_null(made);
    return made;
}

static void add_reason(X509_REVOKED *entry, int reason)
{
    ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();

    if (reason != REASON_UNSPECIFIED)
        assert_true(ASN1_ENUMERATED_set(value, reason) &&
                    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0));
    ASN1_ENUMERATED_free(value);
}

static void add_invalidity(X509_REVOKED *entry, int64_t invalidity_ms)
{
    ASN1_GENERALIZEDTIME *value = NULL;

    if (invalidity_ms == 0)
        return;
    value = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(invalidity_ms / 1000));
    assert_true(value && X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, value, 0, 0));
    ASN1_GENERALIZEDTIME_free(value);
}

static void add_entry(X509_CRL *list, const Revocation *revocation)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *date = time_at(revocation->date_ms);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(revocation->who->certificate);
    ASN1_INTEGER *copy = ASN1_INTEGER_dup(serial);

    assert_true(entry && copy && X509_REVOKED_set_serialNumber(entry, copy) &&
                X509_REVOKED_set_revocationDate(entry, date));
    add_reason(entry, revocation->reason);
    add_invalidity(entry, revocation->invalidity_ms);
    assert_true(X509_CRL_add0_revoked(list, entry));
    ASN1_INTEGER_free(copy);
    ASN1_TIME_free(date);
}

static void set_times(X509_CRL *list, const RevocationListPlan *plan)
{
    ASN1_TIME *last =
        time_at(plan->this_update_ms ? plan->this_update_ms : TEST_NOW_MS - TEST_DAY_MS);
    ASN1_TIME *next =
        time_at(plan->next_update_ms ? plan->next_update_ms : TEST_NOW_MS + 7 * TEST_DAY_MS);

    assert_true(X509_CRL_set1_lastUpdate(list, last) && X509_CRL_set1_nextUpdate(list, next));
    ASN1_TIME_free(last);
    ASN1_TIME_free(next);
}

static X509_CRL *make_list(const RevocationListPlan *plan)
{
    const Identity *by = plan->forged_by ? plan->forged_by : plan->issuer;
    const EVP_MD *digest = EVP_get_digestbyname(plan->digest ? plan->digest : "SHA256");
    X509_CRL *list = X509_CRL_new();

    assert_true(list && X509_CRL_set_version(list, X509_CRL_VERSION_2) &&
                X509_CRL_set_issuer_name(list, X509_get_subject_name(plan->issuer->certificate)));
    set_times(list, plan);
    for (size_t i = 0; i < plan->count; i++)
        add_entry(list, &plan->entries[i]);
    assert_true(X509_CRL_sort(list) && X509_CRL_sign(list, by->key, digest) > 0);
    return list;
}

void revocation_list_write(const char *path, const RevocationListPlan *plan)
{
    X509_CRL *list = make_list(plan);
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    Error err = {0};
    long length = 0;

    assert_true(memory && (plan->der ? i2d_X509_CRL_bio(memory, list)
                                     : PEM_write_bio_X509_CRL(memory, list)));
    length = BIO_get_mem_data(memory, &bytes);
    if (!file_write_atomic(path, bytes, (size_t)length, 0600, &err))
        fail_msg("%s", err.message);
    BIO_free_all(memory);
    X509_CRL_free(list);
}
