/* See authority.h. */
#include "tests/support/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>

#include "base/file/file.h"
#include "tests/support/authority_key.h"

enum { SERIAL_BITS = 63 };

/* ---- what a role means ---- */

typedef struct RoleDefaults {
    const char *name;
    const char *basic, *key_usage, *eku;
} RoleDefaults;

static const char ca[] = "critical,CA:TRUE";
static const char no_ca[] = "critical,CA:FALSE";
static const char signs_certificates[] = "critical,keyCertSign,cRLSign";
static const char signs_data[] = "critical,digitalSignature";

static const RoleDefaults roles[] = {
    [ROLE_ROOT] = {"Example Root",         ca,    signs_certificates, ""                     },
    [ROLE_INTERMEDIATE] = {"Example Intermediate", ca,    signs_certificates, ""                     },
    [ROLE_SIGNER] = {"Example Signer",       no_ca, signs_data,         "codeSigning"          },
    [ROLE_TSA] = {"Example Timestamps",   no_ca, signs_data,         "critical,timeStamping"},
    [ROLE_SERVER] = {"Example Server",       no_ca, signs_data,         "serverAuth"           },
};

static bool is_ca(CertificateRole role)
{
    return role == ROLE_ROOT || role == ROLE_INTERMEDIATE;
}

static int64_t end_of(const CertificatePlan *plan)
{
    if (plan->not_after_ms)
        return plan->not_after_ms;
    return is_ca(plan->role) ? TEST_CA_NOT_AFTER : TEST_NOT_AFTER;
}

/* ---- one certificate ---- */

static void add_name(X509_NAME *name, const char *field, const char *value)
{
    if (value && *value)
        assert_true(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                               (const unsigned char *)value, -1, -1, 0));
}

static void set_subject(X509 *certificate, const CertificatePlan *plan)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    add_name(name, "C", plan->country);
    add_name(name, "O", plan->organization ? plan->organization : "Example Ltd");
    add_name(name, "CN", plan->name ? plan->name : roles[plan->role].name);
}

static void set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();

    assert_true(number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
}

static void set_times(X509 *certificate, int64_t not_before_ms, int64_t not_after_ms)
{
    assert_non_null(
        ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(not_before_ms / 1000)));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(not_after_ms / 1000)));
}

static void add_extension(X509 *certificate, const X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension = NULL;

    if (!*value)
        return;
    /* OpenSSL only reads the issuer, though it does not say so. */
    X509V3_set_ctx(&context, (X509 *)(uintptr_t)issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension || !X509_add_ext(certificate, extension, -1))
        fail_msg("no such extension: %s", value);
    X509_EXTENSION_free(extension);
}

static const char *or_default(const char *value, const char *usual)
{
    return value ? value : usual;
}

static void add_extensions(X509 *certificate, const CertificatePlan *plan, const X509 *issuer)
{
    const RoleDefaults *usual = &roles[plan->role];

    if (plan->version_1)
        return;
    assert_true(X509_set_version(certificate, X509_VERSION_3));
    add_extension(certificate, issuer, NID_basic_constraints,
                  or_default(plan->basic, usual->basic));
    add_extension(certificate, issuer, NID_key_usage,
                  or_default(plan->key_usage, usual->key_usage));
    add_extension(certificate, issuer, NID_ext_key_usage, or_default(plan->eku, usual->eku));
    add_extension(certificate, issuer, NID_subject_alt_name, or_default(plan->host, ""));
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0) /* version 1 has none */
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
}

static void sign(X509 *certificate, EVP_PKEY *key, const char *digest)
{
    const EVP_MD *algorithm = EVP_get_digestbyname(digest ? digest : "SHA256");

    assert_non_null(algorithm);
    assert_true(X509_sign(certificate, key, algorithm) > 0);
}

Identity identity_make(const CertificatePlan *plan, const Identity *issuer)
{
    Identity made = {authority_key(plan->key, plan->key_again), X509_new()};
    const Identity *by = issuer ? issuer : &made;

    assert_non_null(made.certificate);
    set_subject(made.certificate, plan);
    set_serial(made.certificate);
    set_times(made.certificate, plan->not_before_ms ? plan->not_before_ms : TEST_NOT_BEFORE,
              end_of(plan));
    assert_true(X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate)));
    assert_true(X509_set_pubkey(made.certificate, made.key));
    add_extensions(made.certificate, plan, by->certificate);
    sign(made.certificate, by->key, plan->digest);
    return made;
}

Identity identity_cross(const Identity *subject, const Identity *issuer)
{
    Identity made = {subject->key, X509_dup(subject->certificate)};
    const int at = X509_get_ext_by_NID(made.certificate, NID_authority_key_identifier, -1);

    assert_true(made.certificate && EVP_PKEY_up_ref(made.key));
    set_serial(made.certificate);
    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(made.certificate, at));
    assert_true(X509_set_issuer_name(made.certificate, X509_get_subject_name(issuer->certificate)));
    sign(made.certificate, issuer->key, NULL);
    return made;
}

void identity_free(Identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
    *identity = (Identity){0};
}

/* ---- the usual ones ---- */

Authority authority_make(void)
{
    const CertificatePlan root = {.role = ROLE_ROOT};
    const CertificatePlan intermediate = {.role = ROLE_INTERMEDIATE};
    const CertificatePlan signer = {.role = ROLE_SIGNER};
    const CertificatePlan tsa_root = {.role = ROLE_ROOT, .name = "Example Time Root"};
    const CertificatePlan tsa = {.role = ROLE_TSA};
    Authority made;

    made.root = identity_make(&root, NULL);
    made.intermediate = identity_make(&intermediate, &made.root);
    made.signer = identity_make(&signer, &made.intermediate);
    made.tsa_root = identity_make(&tsa_root, NULL);
    made.tsa = identity_make(&tsa, &made.tsa_root);
    return made;
}

void authority_free(Authority *authority)
{
    identity_free(&authority->root);
    identity_free(&authority->intermediate);
    identity_free(&authority->signer);
    identity_free(&authority->tsa_root);
    identity_free(&authority->tsa);
}

/* ---- files ---- */

static void write_memory(const char *path, BIO *pem)
{
    char *bytes = NULL;
    const long length = BIO_get_mem_data(pem, &bytes);
    Error err = {0};

    if (!file_write_atomic(path, bytes, (size_t)length, 0600, &err))
        fail_msg("%s", err.message);
    BIO_free_all(pem);
}

void certificates_write(const char *path, const X509 *const *certificates)
{
    BIO *pem = BIO_new(BIO_s_mem());

    assert_non_null(pem);
    for (; *certificates; certificates++)
        assert_true(PEM_write_bio_X509(pem, *certificates));
    write_memory(path, pem);
}

void certificate_write(const char *path, const Identity *identity)
{
    const X509 *const all[] = {identity->certificate, NULL};

    certificates_write(path, all);
}

void key_write(const char *path, const Identity *identity)
{
    BIO *pem = BIO_new(BIO_s_mem());

    assert_non_null(pem);
    assert_true(PEM_write_bio_PrivateKey(pem, identity->key, NULL, NULL, 0, NULL, NULL));
    write_memory(path, pem);
}
