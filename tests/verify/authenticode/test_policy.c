/* Tests of verify/authenticode/policy.c and policy_files.c: a policy is whole or there is none. */
#include "tests/support/revocation_list.h"
#include "tests/verify/authenticode/verdict_scene.h"

static void assert_refused(const AuthenticodeOptions *options, ErrorCode code, const char *words)
{
    AuthenticodePolicy *policy = NULL;
    Error err = {0};

    assert_false(authenticode_policy_load(options, &policy, &err));
    assert_null(policy);
    assert_says(&err, code, words);
}

static void a_policy_without_anchors_is_refused(void **state)
{
    const TextList none = {0};

    (void)state;
    assert_refused(&(AuthenticodeOptions){0}, ERR_SETTINGS, "no certificate authority");
    assert_refused(&(AuthenticodeOptions){.ca = &none}, ERR_SETTINGS, "no certificate authority");
}

typedef struct AnchorCase {
    const char *name;
    const char *text; /* NULL: it does not exist */
    ErrorCode code;
    const char *says;
} AnchorCase;

static const AnchorCase anchor_cases[] = {
    {"missing.pem", NULL,                                                             ERR_FILE, "missing.pem"                           },
    {"empty.pem",   "",                                                               ERR_KEY,  "empty.pem holds no certificates in PEM"},
    {"text.pem",    "hello\n",                                                        ERR_KEY,  "text.pem holds no certificates in PEM" },
    {"key.pem",     "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ERR_KEY,
     "key.pem holds a \"PRIVATE KEY\", expected certificates only"                                                                      },
    {"junk.pem",    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ERR_KEY,
     "certificate 1 of "                                                                                                                },
    {"cut.pem",     "-----BEGIN CERTIFICATE-----\nMIIB\n",                            ERR_KEY,  "block 1 of "                           },
    {"base64.pem",  "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", ERR_KEY,
     "block 1 of "                                                                                                                      },
};

static void a_file_that_holds_no_certificates_is_refused_by_name(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    for (size_t i = 0; i < sizeof anchor_cases / sizeof anchor_cases[0]; i++) {
        const AnchorCase *row = &anchor_cases[i];
        CLEANUP_TEXT_LIST TextList bad = {0};

        scene_add(&bad, row->text ? box_write_text(&scene.box, row->name, row->text)
                                  : box_path(&scene.box, row->name));
        assert_refused(&(AuthenticodeOptions){.ca = &bad}, row->code, row->says);
        assert_refused(&(AuthenticodeOptions){.ca = &scene.ca, .tsa_ca = &bad}, row->code,
                       row->says);
    }
}

static char *read_text(VerdictScene *scene, const char *name)
{
    size_t length = 0;

    return box_read(&scene->box, name, &length);
}

/* Half a bundle read is worse than none: who would notice? */
static void a_bundle_is_read_to_its_end_or_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP(free) char *one = read_text(&scene, "tsa.pem");
    CLEANUP(free) char *two = read_text(&scene, "ca.pem");
    CLEANUP(free) char *bundle = text_formatted("# TSA\n%s\n# code\n%s", one, two);
    CLEANUP(free) char *spoilt = text_formatted("%s\n-----BEGIN CERTIFICATE-----\nAAAA\n", bundle);

    (void)state;
    text_list_free(&scene.ca);
    scene_add(&scene.ca, box_write_text(&scene.box, "bundle.pem", bundle));
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    box_write_text(&scene.box, "bundle.pem", spoilt);
    assert_refused(&(AuthenticodeOptions){.ca = &scene.ca}, ERR_KEY, "block 3 of ");
}

static void bytes_behind_a_certificate_are_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_TEXT_LIST TextList bad = {0};
    CLEANUP_TEXT Text pem = {0};
    const char *path = box_path(&scene.box, "longer.pem");
    unsigned char *der = NULL;
    const int length = i2d_X509(scene.authority.root.certificate, &der);
    BIO *out = BIO_new_file(path, "w");
    unsigned char *longer = OPENSSL_zalloc((size_t)length + 1);

    (void)state;
    assert_true(length > 0 && out && longer);
    memcpy(longer, der, (size_t)length);
    assert_true(PEM_write_bio(out, "CERTIFICATE", "", longer, length + 1) > 0);
    BIO_free(out);
    OPENSSL_free(der);
    OPENSSL_free(longer);
    scene_add(&bad, path);
    assert_refused(&(AuthenticodeOptions){.ca = &bad}, ERR_KEY, "certificate 1 of ");
}

static void a_certificate_in_der_is_refused_with_a_hint(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_TEXT_LIST TextList bad = {0};
    AuthenticodePolicy *policy = NULL;
    Error err = {0};

    (void)state;
    assert_int_equal(
        box_openssl(&scene.box, "x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der", NULL),
        0);
    scene_add(&bad, box_path(&scene.box, "ca.der"));
    assert_false(authenticode_policy_load(&(AuthenticodeOptions){.ca = &bad}, &policy, &err));
    assert_says(&err, ERR_KEY, "holds no certificates in PEM");
    assert_non_null(strstr(err.hint, "-inform DER"));
}

static void an_anchor_named_twice_is_one(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_add(&scene.ca, scene.ca.items[0]);
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

static void without_anchors_for_time_those_for_code_count(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity tsa =
        identity_make(&(CertificatePlan){.role = ROLE_TSA}, &scene.authority.root);
    const TimestampPlan token = {.kind = STAMP_RFC3161, .tsa = &tsa};
    const TimestampPlan *const timestamps[] = {&token, NULL};

    (void)state;
    scene.options.require_timestamp = true;
    scene_sign(&scene, &(SignaturePlan){.timestamps = timestamps});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "no-timestamp");
    text_list_free(&scene.tsa_ca);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.time_ms, TEST_SIGNED_MS);
}

/* ---- revocation lists ---- */

static void add_scope(X509_CRL *list, bool indirect, bool only_attributes)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();

    assert_non_null(scope);
    scope->indirectCRL = indirect ? 0xff : 0;
    scope->onlyattr = only_attributes ? 0xff : 0;
    assert_true(X509_CRL_add1_ext_i2d(list, NID_issuing_distribution_point, scope, 1, 0));
    ISSUING_DIST_POINT_free(scope);
}

static void add_number(X509_CRL *list, int nid, int critical)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();

    assert_true(number && ASN1_INTEGER_set(number, 7));
    assert_true(X509_CRL_add1_ext_i2d(list, nid, number, critical, 0));
    ASN1_INTEGER_free(number);
}

typedef enum ListFlaw { LIST_DELTA, LIST_CRITICAL, LIST_INDIRECT, LIST_ATTRIBUTES } ListFlaw;

typedef struct ListCase {
    ListFlaw flaw;
    const char *says;
} ListCase;

/* Reads the list back, spoils it, and writes it again. */
static void spoil(VerdictScene *scene, const char *path, ListFlaw flaw)
{
    BIO *file = BIO_new_file(path, "r");
    X509_CRL *list = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL);

    assert_non_null(list);
    BIO_free(file);
    if (flaw == LIST_DELTA)
        add_number(list, NID_delta_crl, 0);
    else if (flaw == LIST_CRITICAL)
        add_number(list, NID_crl_number, 1);
    else
        add_scope(list, flaw == LIST_INDIRECT, flaw == LIST_ATTRIBUTES);
    assert_true(X509_CRL_sign(list, scene->authority.intermediate.key, EVP_sha256()));
    file = BIO_new_file(path, "w");
    assert_true(PEM_write_bio_X509_CRL(file, list));
    BIO_free(file);
    X509_CRL_free(list);
}

static void a_list_that_cannot_be_judged_by_is_refused(void **state)
{
    static const ListCase cases[] = {
        {LIST_DELTA,      "is a delta"                         },
        {LIST_CRITICAL,   "critical extension"                 },
        {LIST_INDIRECT,   "indirect"                           },
        {LIST_ATTRIBUTES, "only some reasons or only attribute"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const char *path = box_path(&scene.box, "list.crl");

        revocation_list_write(path, &(RevocationListPlan){.issuer = &scene.authority.intermediate});
        spoil(&scene, path, cases[i].flaw);
        scene_add(&scene.crls, path);
        assert_refused(&(AuthenticodeOptions){.ca = &scene.ca, .crls = &scene.crls}, ERR_KEY,
                       cases[i].says);
    }
}

static void a_file_that_holds_no_revocation_list_is_refused_by_name(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_add(&scene.crls, scene.ca.items[0]);
    assert_refused(&(AuthenticodeOptions){.ca = &scene.ca, .crls = &scene.crls}, ERR_KEY,
                   "holds a \"CERTIFICATE\", expected revocation lists only");
    text_list_free(&scene.crls);
    scene_add(&scene.crls, box_write(&scene.box, "junk.crl", "\x30\x03\x02\x01\x01", 5));
    assert_refused(&(AuthenticodeOptions){.ca = &scene.ca, .crls = &scene.crls}, ERR_KEY,
                   "revocation list 1 of ");
}

/* ---- publishers ---- */

static void a_publisher_that_cannot_be_read_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_add(&scene.publishers, "CN=Example Signer");
    scene_add(&scene.publishers, "Example Signer");
    assert_refused(&(AuthenticodeOptions){.ca = &scene.ca, .publishers = &scene.publishers},
                   ERR_SETTINGS, "publisher \"Example Signer\"");
}

static void one_of_the_publishers_has_to_be_the_signer(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    scene_add(&scene.publishers, "CN=Somebody Else");
    assert_verdict(&scene, AUTHENTICODE_INVALID, "publisher");
    assert_non_null(strstr(scene.verdict.reason, "Example Signer"));
    scene_add(&scene.publishers, "CN=Example Root"); /* is in the chain, but signed nothing */
    assert_verdict(&scene, AUTHENTICODE_INVALID, "publisher");
    scene_add(&scene.publishers, "O=Example Ltd, CN=Example Signer");
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_without_anchors_is_refused),
        cmocka_unit_test(a_file_that_holds_no_certificates_is_refused_by_name),
        cmocka_unit_test(a_bundle_is_read_to_its_end_or_refused),
        cmocka_unit_test(bytes_behind_a_certificate_are_refused),
        cmocka_unit_test(a_certificate_in_der_is_refused_with_a_hint),
        cmocka_unit_test(an_anchor_named_twice_is_one),
        cmocka_unit_test(without_anchors_for_time_those_for_code_count),
        cmocka_unit_test(a_list_that_cannot_be_judged_by_is_refused),
        cmocka_unit_test(a_file_that_holds_no_revocation_list_is_refused_by_name),
        cmocka_unit_test(a_publisher_that_cannot_be_read_is_refused),
        cmocka_unit_test(one_of_the_publishers_has_to_be_the_signer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
