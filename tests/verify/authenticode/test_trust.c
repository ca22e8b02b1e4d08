/* Tests of verify/authenticode/trust.c and certificate.c: who is believed. Each row is a chain of
 * root, intermediate and signer with one thing changed. Source of the rows: the pitfall table of
 * verify-rules.md, section 4; RFC 5280 sections 4.2.1 and 6.1. */
#include "tests/verify/authenticode/verdict_scene.h"

typedef struct ChainCase {
    const char *name;
    const char *code;
    CertificatePlan intermediate, signer;
    bool allow_sha1;
} ChainCase;

#define DAY_AGO  (TEST_NOW_MS - TEST_DAY_MS)
#define IN_A_DAY (TEST_NOW_MS + TEST_DAY_MS)
#define PLAIN    .name = NULL

/* What the intermediate and what the signer has that is not as usual. */
#define ROW(what, code, on_intermediate, on_signer)                                                \
    {                                                                                              \
        what, code, {.role = ROLE_INTERMEDIATE, on_intermediate},                                  \
            {.role = ROLE_SIGNER, on_signer}, false                                                \
    }
#define ROW_OLD_ALLOWED(what, code, on_intermediate, on_signer)                                    \
    {                                                                                              \
        what, code, {.role = ROLE_INTERMEDIATE, on_intermediate},                                  \
            {.role = ROLE_SIGNER, on_signer}, true                                                 \
    }

static const ChainCase chain_cases[] = {
    ROW("as it should be", "ok", PLAIN, PLAIN),
    ROW("signer expired", "expired", PLAIN, .not_after_ms = DAY_AGO),
    ROW("signer not valid yet", "not-yet-valid", PLAIN, .not_before_ms = IN_A_DAY),
    ROW("intermediate expired", "expired", .not_after_ms = DAY_AGO, PLAIN),
    ROW("signer for TLS servers", "eku-leaf", PLAIN, .eku = "serverAuth"),
    ROW("signer for anything", "eku-leaf", PLAIN, .eku = "anyExtendedKeyUsage"),
    ROW("signer for nothing named", "eku-leaf", PLAIN, .eku = ""),
    ROW("signer for code and mail", "ok", PLAIN, .eku = "codeSigning,emailProtection"),
    ROW("intermediate for code", "ok", .eku = "codeSigning", PLAIN),
    ROW("intermediate for TLS servers", "eku-issuer", .eku = "serverAuth", PLAIN),
    ROW("intermediate for anything", "eku-issuer", .eku = "anyExtendedKeyUsage", PLAIN),
    ROW("signer may not sign data", "key-usage", PLAIN, .key_usage = "critical,keyEncipherment"),
    ROW("signer without key usage", "ok", PLAIN, .key_usage = ""),
    ROW("intermediate is no authority", "not-a-ca", .basic = "critical,CA:FALSE", PLAIN),
    ROW("intermediate does not say it is one", "not-a-ca", .basic = "", PLAIN),
    ROW("intermediate may not issue", "not-a-ca", .key_usage = "critical,cRLSign", PLAIN),
    ROW("intermediate of version 1", "not-a-ca", .version_1 = true, PLAIN),
    ROW("signer of version 1", "eku-leaf", PLAIN, .version_1 = true),
    ROW("signer's curve spelt out", "ec-parameters", PLAIN, .key = TEST_KEY_P256_EXPLICIT),
    ROW("intermediate's curve spelt out", "ec-parameters", .key = TEST_KEY_P256_EXPLICIT, PLAIN),
    ROW("signer on P-384", "ok", PLAIN, .key = TEST_KEY_P384),
    ROW("signer on a curve of Bitcoin's", "key-kind", PLAIN, .key = TEST_KEY_SECP256K1),
    ROW("intermediate on such a curve", "key-kind", .key = TEST_KEY_SECP256K1, PLAIN),
    ROW("signer with RSA of 1024 bits", "weak-key", PLAIN, .key = TEST_KEY_RSA_1024),
    ROW_OLD_ALLOWED("the same, but old code is allowed", "ok", PLAIN, .key = TEST_KEY_RSA_1024),
    ROW("intermediate with RSA of 1024 bits", "weak-key", .key = TEST_KEY_RSA_1024, PLAIN),
    ROW("signer's certificate by SHA-1", "weak-chain", PLAIN, .digest = "SHA1"),
    ROW_OLD_ALLOWED("the same, but SHA-1 is allowed", "ok", PLAIN, .digest = "SHA1"),
    ROW("intermediate's certificate by SHA-1", "weak-chain", .digest = "SHA1", PLAIN),
};

static void assert_case(VerdictScene *scene, const ChainCase *row)
{
    CLEANUP_IDENTITY Identity intermediate =
        identity_make(&row->intermediate, &scene->authority.root);
    CLEANUP_IDENTITY Identity signer = identity_make(&row->signer, &intermediate);
    const X509 *const extra[] = {intermediate.certificate, NULL};

    print_message("%s\n", row->name);
    scene->options.allow_sha1 = row->allow_sha1;
    scene_sign(scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_verdict(scene, strcmp(row->code, "ok") == 0 ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID,
                   row->code);
}

static void every_certificate_on_the_way_is_looked_at(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    for (size_t i = 0; i < sizeof chain_cases / sizeof chain_cases[0]; i++)
        assert_case(&scene, &chain_cases[i]);
}

/* MD5 goes with RSA only. */
static void md5_on_the_way_is_refused_even_where_sha_1_is_allowed(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan rsa = {.role = ROLE_INTERMEDIATE, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity intermediate = identity_make(&rsa, &scene.authority.root);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER, .digest = "MD5"}, &intermediate);
    const X509 *const extra[] = {intermediate.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    for (int allowed = 0; allowed < 2; allowed++) {
        scene.options.allow_sha1 = allowed;
        assert_verdict(&scene, AUTHENTICODE_INVALID, "weak-chain");
    }
}

/* ---- the anchor ---- */

/* What is signed below such a root, where it is the anchor. */
static void assert_below(const CertificatePlan *root_plan, AuthenticodeStatus status,
                         const char *code)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity root = identity_make(root_plan, NULL);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &root);
    const X509 *const anchors[] = {root.certificate, NULL};

    scene_trust(&scene, anchors);
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, status, code);
}

static void an_anchors_own_signature_may_be_old(void **state)
{
    (void)state;
    assert_below(&(CertificatePlan){.role = ROLE_ROOT, .digest = "SHA1"}, AUTHENTICODE_VALID, "ok");
}

static void an_anchor_of_version_1_counts(void **state)
{
    (void)state;
    assert_below(&(CertificatePlan){.role = ROLE_ROOT, .version_1 = true}, AUTHENTICODE_VALID,
                 "ok");
}

static void an_anchors_key_may_not_be_weak(void **state)
{
    (void)state;
    assert_below(&(CertificatePlan){.role = ROLE_ROOT, .key = TEST_KEY_RSA_1024},
                 AUTHENTICODE_INVALID, "weak-key");
}

static void a_root_inside_the_signature_is_no_anchor(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity root =
        identity_make(&(CertificatePlan){.role = ROLE_ROOT, .name = "Mallory Root"}, NULL);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &root);
    const X509 *const extra[] = {root.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
    assert_string_equal(scene.verdict.reason, "root not in bundle: Mallory Root");
    assert_int_equal(scene.verdict.chain_length, 2);
}

static void a_root_of_the_same_name_with_another_key_is_no_anchor(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity root = identity_make(&(CertificatePlan){.role = ROLE_ROOT}, NULL);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &root);
    const X509 *const extra[] = {root.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
}

static void a_self_signed_signer_counts_only_as_an_anchor_itself(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity signer = identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, NULL);
    const X509 *const anchors[] = {signer.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
    scene_trust(&scene, anchors);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.chain_length, 1);
}

static void an_intermediate_is_an_anchor_only_where_a_part_of_a_chain_suffices(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const X509 *const anchors[] = {scene.authority.intermediate.certificate, NULL};

    (void)state;
    scene_trust(&scene, anchors);
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
    assert_string_equal(scene.verdict.reason, "root not in bundle: Example Root");
    scene.options.partial_chain = true;
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.chain_length, 2);
}

static void anchors_for_time_do_not_count_for_code(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &scene.authority.tsa_root);

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
}

/* ---- building the chain ---- */

static void a_missing_intermediate_is_named(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const X509 *const none[] = {NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.extra = none});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
    assert_string_equal(scene.verdict.reason, "root not in bundle: Example Intermediate");
}

/* Files embed certificates that lead to a root nobody has; a known one is preferred. */
static void a_cross_certificate_to_an_unknown_root_does_no_harm(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity unknown =
        identity_make(&(CertificatePlan){.role = ROLE_ROOT, .name = "Unknown Root"}, NULL);
    CLEANUP_IDENTITY Identity cross = identity_cross(&scene.authority.root, &unknown);
    const X509 *const extra[] = {cross.certificate, unknown.certificate,
                                 scene.authority.intermediate.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.extra = extra, .extra_first = true});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_string_equal(scene.verdict.chain[2], "Example Root");
}

static void a_signer_cannot_be_an_issuer(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .name = "Mallory"};
    CLEANUP_IDENTITY Identity mallory = identity_make(&plan, &scene.authority.signer);
    const X509 *const extra[] = {scene.authority.signer.certificate,
                                 scene.authority.intermediate.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &mallory, .extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "not-a-ca");
}

static void a_path_longer_than_an_authority_allows_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan last = {.role = ROLE_INTERMEDIATE, .basic = "critical,CA:TRUE,pathlen:0"};
    const CertificatePlan below = {.role = ROLE_INTERMEDIATE, .name = "Below"};
    CLEANUP_IDENTITY Identity first = identity_make(&last, &scene.authority.root);
    CLEANUP_IDENTITY Identity second = identity_make(&below, &first);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &second);
    const X509 *const extra[] = {second.certificate, first.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "path-length");
}

enum { LONG_CHAIN = 8 };

/* `issuers` intermediates, one below the other. */
static void sign_below(VerdictScene *scene, int issuers)
{
    Identity chain[LONG_CHAIN] = {{0}};
    const X509 *extra[LONG_CHAIN + 1] = {NULL};
    const Identity *above = &scene->authority.root;
    Identity signer;

    assert_true(issuers <= LONG_CHAIN);
    for (int i = 0; i < issuers; i++) {
        CLEANUP(free) char *name = text_formatted("Intermediate %d", i);
        const CertificatePlan plan = {.role = ROLE_INTERMEDIATE, .name = name};

        chain[i] = identity_make(&plan, above);
        extra[i] = chain[i].certificate;
        above = &chain[i];
    }
    signer = identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, above);
    scene_sign(scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    identity_free(&signer);
    for (int i = 0; i < issuers; i++)
        identity_free(&chain[i]);
}

static void a_chain_of_eight_is_the_longest(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    sign_below(&scene, 6);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.chain_length, AUTHENTICODE_CHAIN_MOST);
    sign_below(&scene, 7);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "chain-too-long");
}

/* An issuer's signature that does not hold: the name and the key identifier fit, the key does not.
 * OpenSSL then looks no further for another issuer, so that no chain is found. */
static void a_certificate_that_its_issuer_did_not_sign_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &scene.authority.intermediate);

    (void)state;
    assert_true(X509_sign(signer.certificate, scene.authority.tsa.key, EVP_sha256()));
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "chain-signature");
}

/* ---- extensions that OpenSSL looks at ---- */

/* A subtree with a minimum is what RFC 5280 forbids and OpenSSL does not judge. */
static NAME_CONSTRAINTS *only_other_ltd(bool with_minimum)
{
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
    X509_NAME *name = X509_NAME_new();

    assert_true(constraints && subtree && name);
    assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                           (const unsigned char *)"Other Ltd", -1, -1, 0));
    subtree->base->type = GEN_DIRNAME;
    subtree->minimum = with_minimum ? ASN1_INTEGER_new() : NULL;
    assert_true(!with_minimum || ASN1_INTEGER_set(subtree->minimum, 1));
    subtree->base->d.directoryName = name;
    constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
    assert_true(sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, subtree) == 1);
    return constraints;
}

static void assert_constrained(bool with_minimum, const char *code)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity limited =
        identity_make(&(CertificatePlan){.role = ROLE_INTERMEDIATE}, &scene.authority.root);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &limited);
    const X509 *const extra[] = {limited.certificate, NULL};
    NAME_CONSTRAINTS *constraints = only_other_ltd(with_minimum);

    assert_true(X509_add1_ext_i2d(limited.certificate, NID_name_constraints, constraints, 1, 0));
    assert_true(X509_sign(limited.certificate, scene.authority.root.key, EVP_sha256()));
    NAME_CONSTRAINTS_free(constraints);
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, code);
}

static void a_name_outside_an_authoritys_constraints_is_refused(void **state)
{
    (void)state;
    assert_constrained(false, "name-constraints");
}

/* Whatever else OpenSSL finds wrong has one code, and OpenSSL's words for it. */
static void what_else_is_wrong_with_a_chain_is_refused(void **state)
{
    (void)state;
    assert_constrained(true, "chain-invalid");
}

static void a_critical_extension_that_nobody_knows_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &scene.authority.intermediate);
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;

    (void)state;
    assert_true(oid && value && ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2));
    extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    assert_true(extension && X509_add_ext(signer.certificate, extension, -1));
    assert_true(X509_sign(signer.certificate, scene.authority.intermediate.key, EVP_sha256()));
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(value);
    X509_EXTENSION_free(extension);
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "critical-extension");
}

/* ---- names ---- */

static void what_could_move_a_cursor_is_shown_as_hexadecimal(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER,
                                  .name = "M\xc3\xbcller\x1b[2J \xe2\x80\xae"
                                          "exe"};
    CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_string_equal(scene.verdict.publisher, "M\xc3\xbcller\\x1b[2J \\xe2\\x80\\xaeexe");
    assert_true(text_printable(scene.verdict.signer));
    assert_true(text_printable(scene.verdict.reason));
}

static void a_signer_without_a_common_name_is_called_by_the_whole_one(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .name = "", .country = "DE"};
    CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_string_equal(scene.verdict.publisher, "O=Example Ltd,C=DE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_certificate_on_the_way_is_looked_at),
        cmocka_unit_test(md5_on_the_way_is_refused_even_where_sha_1_is_allowed),
        cmocka_unit_test(an_anchors_own_signature_may_be_old),
        cmocka_unit_test(an_anchor_of_version_1_counts),
        cmocka_unit_test(an_anchors_key_may_not_be_weak),
        cmocka_unit_test(a_root_inside_the_signature_is_no_anchor),
        cmocka_unit_test(a_root_of_the_same_name_with_another_key_is_no_anchor),
        cmocka_unit_test(a_self_signed_signer_counts_only_as_an_anchor_itself),
        cmocka_unit_test(an_intermediate_is_an_anchor_only_where_a_part_of_a_chain_suffices),
        cmocka_unit_test(anchors_for_time_do_not_count_for_code),
        cmocka_unit_test(a_missing_intermediate_is_named),
        cmocka_unit_test(a_cross_certificate_to_an_unknown_root_does_no_harm),
        cmocka_unit_test(a_signer_cannot_be_an_issuer),
        cmocka_unit_test(a_path_longer_than_an_authority_allows_is_refused),
        cmocka_unit_test(a_chain_of_eight_is_the_longest),
        cmocka_unit_test(a_certificate_that_its_issuer_did_not_sign_is_refused),
        cmocka_unit_test(a_name_outside_an_authoritys_constraints_is_refused),
        cmocka_unit_test(what_else_is_wrong_with_a_chain_is_refused),
        cmocka_unit_test(a_critical_extension_that_nobody_knows_is_refused),
        cmocka_unit_test(what_could_move_a_cursor_is_shown_as_hexadecimal),
        cmocka_unit_test(a_signer_without_a_common_name_is_called_by_the_whole_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
