/* See publisher.h. */
#include "verify/authenticode/publisher.h"

#include "verify/authenticode/publisher_text.h"
#include "verify/digest.h"

#include <stdlib.h>
#include <string.h>

typedef enum PinKind { PIN_NAME, PIN_KEY, PIN_CERTIFICATE } PinKind;

struct Publisher {
    PinKind kind;
    Digest digest;      /* of a key or a certificate */
    PublisherName name; /* of a name */
};

void publisher_free(Publisher *publisher)
{
    if (!publisher)
        return;
    publisher_name_free(&publisher->name);
    free(publisher);
}

/* ---- reading ---- */

static bool parse_digest(const char *text, const char *hex, Digest *out, Error *err)
{
    if (digest_from_hex(hex, out))
        return true;
    error_set(err, ERR_SETTINGS,
              "publisher \"%.200s\" is no SHA-256: expected 64 lower-case "
              "hexadecimal digits behind the colon",
              text);
    return error_hint(err, "`openssl x509 -in CERT -outform DER | sha256sum` gives that of a "
                           "certificate.");
}

bool publisher_parse(const char *text, Publisher **out, Error *err)
{
    CLEANUP(publisher_free) Publisher *publisher = calloc(1, sizeof *publisher);

    if (!publisher)
        return error_memory(err);
    if (text_starts_with(text, "spki:")) {
        publisher->kind = PIN_KEY;
        if (!parse_digest(text, text + strlen("spki:"), &publisher->digest, err))
            return false;
    } else if (text_starts_with(text, "cert:")) {
        publisher->kind = PIN_CERTIFICATE;
        if (!parse_digest(text, text + strlen("cert:"), &publisher->digest, err))
            return false;
    } else if (!publisher_name_parse(text, &publisher->name, err)) {
        return false;
    }
    *out = TAKE(publisher);
    return true;
}

/* ---- comparing ---- */

static bool entry_is(const X509_NAME_ENTRY *entry, const PublisherPart *part)
{
    CLEANUP(OPENSSL_free) unsigned char *value = NULL;
    const int length = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(entry));

    return length >= 0 && (size_t)length == part->length &&
           memcmp(value, part->value, part->length) == 0;
}

static bool name_has(const X509_NAME *name, const PublisherPart *part)
{
    for (int at = -1; (at = X509_NAME_get_index_by_OBJ(name, part->type, at)) >= 0;)
        if (entry_is(X509_NAME_get_entry(name, at), part))
            return true;
    return false;
}

static bool has_name(const PublisherName *wanted, const X509 *certificate)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!name_has(X509_get_subject_name(certificate), &wanted->parts[i]))
            return false;
    return true;
}

static bool has_key(const Digest *wanted, const X509 *certificate)
{
    CLEANUP(OPENSSL_free) unsigned char *der = NULL;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    Error err = {0};
    Digest actual;

    return length > 0 && digest_bytes(der, (size_t)length, &actual, &err) &&
           digest_equal(&actual, wanted);
}

static bool is_certificate(const Digest *wanted, const X509 *certificate)
{
    Digest actual;

    return X509_digest(certificate, EVP_sha256(), actual.bytes, NULL) == 1 &&
           digest_equal(&actual, wanted);
}

bool publisher_is(const Publisher *publisher, const X509 *certificate)
{
    switch (publisher->kind) {
    case PIN_NAME:
        return has_name(&publisher->name, certificate);
    case PIN_KEY:
        return has_key(&publisher->digest, certificate);
    case PIN_CERTIFICATE:
        return is_certificate(&publisher->digest, certificate);
    }
    return false;
}
