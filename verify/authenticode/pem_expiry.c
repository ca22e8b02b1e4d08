/* See pem_expiry.h. */
#include "verify/authenticode/pem_expiry.h"

#include "verify/authenticode/certificate.h"
#include "verify/authenticode/name.h"
#include "verify/authenticode/policy_files.h"

#include <stdio.h>

/* What bears no time that can be read never ends: whoever checks a signature refuses it by itself.
 */
static void take_if_first(const ASN1_TIME *end, const X509_NAME *name, PemExpiry *out)
{
    char words[AUTHENTICODE_NAME_SIZE];
    int64_t end_ms = 0;

    if (!certificate_time_ms(end, &end_ms) || (out->ends_ms != 0 && end_ms >= out->ends_ms))
        return;
    out->ends_ms = end_ms;
    (void)snprintf(out->name, sizeof out->name, "%s", name_common(name, words));
}

bool pem_expiry_of_certificates(const char *path, PemExpiry *out, Error *err)
{
    CLEANUP(X509_STORE_free) X509_STORE *store = X509_STORE_new();
    const STACK_OF(X509_OBJECT) *objects = NULL;
    PemExpiry first = {0};

    if (!store)
        return error_memory(err);
    if (!anchors_read_file(path, store, err))
        return false;
    objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509 *certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

        if (certificate)
            take_if_first(X509_get0_notAfter(certificate), X509_get_subject_name(certificate),
                          &first);
    }
    *out = first;
    return true;
}

static void free_lists(STACK_OF(X509_CRL) * lists)
{
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
}
DEFINE_CLEANUP(STACK_OF(X509_CRL) *, free_lists)

bool pem_expiry_of_lists(const char *path, PemExpiry *out, Error *err)
{
    CLEANUP(free_lists) STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
    PemExpiry first = {0};

    if (!lists)
        return error_memory(err);
    if (!crls_read_file(path, lists, err))
        return false;
    for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
        const X509_CRL *list = sk_X509_CRL_value(lists, i);

        take_if_first(X509_CRL_get0_nextUpdate(list), X509_CRL_get_issuer(list), &first);
    }
    *out = first;
    return true;
}
