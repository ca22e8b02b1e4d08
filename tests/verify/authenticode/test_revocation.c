/* Tests of verify/authenticode/revocation.c: which lists count, and for whom. From when on a
 * revocation counts is in test_pitfalls_time.c. Source: RFC 5280 sections 5.1 to 5.3 and 6.3. */
#include "tests/support/revocation_list.h"
#include "tests/verify/authenticode/verdict_scene.h"

static void add_list(VerdictScene *scene, const RevocationListPlan *plan)
{
    CLEANUP(free) char *name = text_formatted("list-%zu.crl", scene->crls.count);
    const char *path = box_path(&scene->box, name);

    revocation_list_write(path, plan);
    scene_add(&scene->crls, path);
}

/* An empty list of the root, so that the intermediate is accounted for. */
static void add_list_of_root(VerdictScene *scene)
{
    add_list(scene, &(RevocationListPlan){.issuer = &scene->authority.root});
}

static void assert_code(VerdictScene *scene, const char *code)
{
    assert_verdict(scene, strcmp(code, "ok") == 0 ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID,
                   code);
}

/* ---- which lists count ---- */

static void lists_of_every_issuer_that_name_nobody_change_nothing(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    add_list_of_root(&scene);
    add_list(&scene, &(RevocationListPlan){.issuer = &scene.authority.intermediate, .der = true});
    scene_sign(&scene, &(SignaturePlan){0});
    assert_code(&scene, "ok");
}

static void a_list_that_is_missing_is_a_refusal_that_names_its_issuer(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    add_list_of_root(&scene);
    scene_sign(&scene, &(SignaturePlan){0});
    assert_code(&scene, "revocation-unknown");
    assert_string_equal(scene.verdict.reason,
                        "no usable revocation list of Example Intermediate is given");
}

typedef struct ListCase {
    const char *name;
    const char *code;
    int64_t this_update_ms, next_update_ms;
    const char *digest;
    bool forged, allow_sha1;
} ListCase;

static const ListCase list_cases[] = {
    {"in force",                   "ok",                 0,                         0,                  NULL,   false, false},
    {"due a second ago",           "revocation-unknown", 0,                         TEST_NOW_MS - 1000, NULL,   false, false},
    {"from tomorrow",              "revocation-unknown", TEST_NOW_MS + TEST_DAY_MS, 0,                  NULL,   false, false},
    {"signed by a stranger",       "revocation-unknown", 0,                         0,                  NULL,   true,  false},
    {"signed with SHA-1",          "revocation-unknown", 0,                         0,                  "SHA1", false, false},
    {"the same, SHA-1 is allowed", "ok",                 0,                         0,                  "SHA1", false, true },
};

static void a_list_counts_only_if_it_is_its_issuers_and_in_force(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list_cases / sizeof list_cases[0]; i++) {
        const ListCase *row = &list_cases[i];
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const RevocationListPlan plan = {
            .issuer = &scene.authority.intermediate,
            .this_update_ms = row->this_update_ms,
            .next_update_ms = row->next_update_ms,
            .digest = row->digest,
            .forged_by = row->forged ? &scene.authority.signer : NULL,
        };

        print_message("%s\n", row->name);
        scene.options.allow_sha1 = row->allow_sha1;
        add_list_of_root(&scene);
        add_list(&scene, &plan);
        scene_sign(&scene, &(SignaturePlan){0});
        assert_code(&scene, row->code);
    }
}

static void an_issuer_that_may_not_sign_lists_has_none(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_INTERMEDIATE, .key_usage = "critical,keyCertSign"};
    CLEANUP_IDENTITY Identity intermediate = identity_make(&plan, &scene.authority.root);
    CLEANUP_IDENTITY Identity signer =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &intermediate);
    const X509 *const extra[] = {intermediate.certificate, NULL};

    (void)state;
    add_list_of_root(&scene);
    add_list(&scene, &(RevocationListPlan){.issuer = &intermediate});
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .extra = extra});
    assert_code(&scene, "revocation-unknown");
}

/* ---- who is revoked ---- */

static void a_revoked_signer_is_refused_without_a_timestamp_whatever_the_date(void **state)
{
    static const int64_t dates[] = {TEST_NOW_MS - TEST_DAY_MS, TEST_NOW_MS + TEST_DAY_MS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const Revocation entry = {&scene.authority.signer, dates[i], REASON_SUPERSEDED, 0};

        add_list_of_root(&scene);
        add_list(&scene, &(RevocationListPlan){.issuer = &scene.authority.intermediate,
                                               .entries = &entry,
                                               .count = 1});
        scene_sign(&scene, &(SignaturePlan){0});
        assert_code(&scene, "revoked");
        assert_non_null(strstr(scene.verdict.reason, "Example Signer is revoked as of"));
    }
}

static void a_revoked_intermediate_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const Revocation entry = {&scene.authority.intermediate, TEST_NOW_MS - TEST_DAY_MS,
                              REASON_CA_COMPROMISE, 0};

    (void)state;
    add_list(&scene,
             &(RevocationListPlan){.issuer = &scene.authority.root, .entries = &entry, .count = 1});
    add_list(&scene, &(RevocationListPlan){.issuer = &scene.authority.intermediate});
    scene_sign(&scene, &(SignaturePlan){0});
    assert_code(&scene, "revoked");
    assert_non_null(strstr(scene.verdict.reason, "Example Intermediate"));
}

static void of_several_lists_in_force_each_is_looked_at(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const Revocation entry = {&scene.authority.signer, TEST_NOW_MS - TEST_DAY_MS, 0, 0};

    (void)state;
    add_list_of_root(&scene);
    add_list(&scene, &(RevocationListPlan){.issuer = &scene.authority.intermediate});
    add_list(&scene, &(RevocationListPlan){
                         .issuer = &scene.authority.intermediate, .entries = &entry, .count = 1});
    scene_sign(&scene, &(SignaturePlan){0});
    assert_code(&scene, "revoked");
}

static void a_certificate_taken_off_the_list_again_is_not_revoked(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const Revocation entry = {&scene.authority.signer, TEST_NOW_MS - TEST_DAY_MS, REASON_REMOVE, 0};

    (void)state;
    add_list_of_root(&scene);
    add_list(&scene, &(RevocationListPlan){
                         .issuer = &scene.authority.intermediate, .entries = &entry, .count = 1});
    scene_sign(&scene, &(SignaturePlan){0});
    assert_code(&scene, "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_every_issuer_that_name_nobody_change_nothing),
        cmocka_unit_test(a_list_that_is_missing_is_a_refusal_that_names_its_issuer),
        cmocka_unit_test(a_list_counts_only_if_it_is_its_issuers_and_in_force),
        cmocka_unit_test(an_issuer_that_may_not_sign_lists_has_none),
        cmocka_unit_test(a_revoked_signer_is_refused_without_a_timestamp_whatever_the_date),
        cmocka_unit_test(a_revoked_intermediate_is_refused),
        cmocka_unit_test(of_several_lists_in_force_each_is_looked_at),
        cmocka_unit_test(a_certificate_taken_off_the_list_again_is_not_revoked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
