/* See policy.h. */
#include "verify/authenticode/policy.h"

#include "base/clock.h"
#include "verify/authenticode/policy_files.h"

#include <stdlib.h>

void authenticode_policy_free(AuthenticodePolicy *policy)
{
    if (!policy)
        return;
    X509_STORE_free(policy->code_anchors);
    X509_STORE_free(policy->time_anchors);
    sk_X509_CRL_pop_free(policy->crls, X509_CRL_free);
    for (size_t i = 0; i < policy->publisher_count; i++)
        publisher_free(policy->publishers[i]);
    free(policy->publishers);
    free(policy);
}

static size_t count_of(const TextList *list)
{
    return list ? list->count : 0;
}

static bool load_anchors(const TextList *paths, X509_STORE **out, Error *err)
{
    CLEANUP(X509_STORE_free) X509_STORE *store = X509_STORE_new();

    if (!store)
        return error_memory(err);
    for (size_t i = 0; i < paths->count; i++)
        if (!anchors_read_file(paths->items[i], store, err))
            return false;
    *out = TAKE(store);
    return true;
}

static bool load_time_anchors(const AuthenticodeOptions *options, AuthenticodePolicy *policy,
                              Error *err)
{
    if (count_of(options->tsa_ca) > 0)
        return load_anchors(options->tsa_ca, &policy->time_anchors, err);
    if (X509_STORE_up_ref(policy->code_anchors) != 1)
        return error_memory(err);
    policy->time_anchors = policy->code_anchors;
    return true;
}

static bool load_crls(const TextList *paths, AuthenticodePolicy *policy, Error *err)
{
    policy->crls = sk_X509_CRL_new_null();
    if (!policy->crls)
        return error_memory(err);
    for (size_t i = 0; i < count_of(paths); i++)
        if (!crls_read_file(paths->items[i], policy->crls, err))
            return false;
    return true;
}

static bool load_publishers(const TextList *pins, AuthenticodePolicy *policy, Error *err)
{
    if (count_of(pins) == 0)
        return true;
    policy->publishers = calloc(pins->count, sizeof(Publisher *));
    if (!policy->publishers)
        return error_memory(err);
    for (; policy->publisher_count < pins->count; policy->publisher_count++)
        if (!publisher_parse(pins->items[policy->publisher_count],
                             &policy->publishers[policy->publisher_count], err))
            return false;
    return true;
}

bool authenticode_policy_load(const AuthenticodeOptions *options, AuthenticodePolicy **out,
                              Error *err)
{
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = calloc(1, sizeof *policy);

    if (!policy)
        return error_memory(err);
    if (count_of(options->ca) == 0) {
        error_set(err, ERR_SETTINGS,
                  "no certificate authority is named, so no signer can be believed");
        return error_hint(err, "Name PEM files with the roots that you trust for code.");
    }
    policy->partial_chain = options->partial_chain;
    policy->allow_sha1 = options->allow_sha1;
    policy->require_timestamp = options->require_timestamp;
    policy->at_ms = options->at_ms;
    if (!load_anchors(options->ca, &policy->code_anchors, err) ||
        !load_time_anchors(options, policy, err) || !load_crls(options->crls, policy, err) ||
        !load_publishers(options->publishers, policy, err))
        return false;
    *out = TAKE(policy);
    return true;
}

int64_t policy_now_ms(const AuthenticodePolicy *policy)
{
    return policy->at_ms != 0 ? policy->at_ms : clock_wall_ms();
}

bool policy_wants_publisher(const AuthenticodePolicy *policy, const X509 *certificate)
{
    for (size_t i = 0; i < policy->publisher_count; i++)
        if (publisher_is(policy->publishers[i], certificate))
            return true;
    return policy->publisher_count == 0;
}
