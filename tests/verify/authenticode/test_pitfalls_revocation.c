/* Tests of authenticode_check() with all its parts: what a revocation means for a signature whose
 * time is proven, or is not. Each row has its source in verify-rules.md, section 4, or beside it.
 */
#include "tests/support/revocation_list.h"
#include "tests/verify/authenticode/time_scene.h"

typedef struct RevocationRow {
    bool stamped;
    int64_t date_ms; /* after TEST_SIGNED_MS: positive */
    int64_t invalidity_ms;
    int reason;
    const char *code;
} RevocationRow;

#define STAMPED(verdict, ...)                                                                      \
    {                                                                                              \
        .stamped = true, __VA_ARGS__, .code = verdict                                              \
    }
#define UNSTAMPED(verdict, ...)                                                                    \
    {                                                                                              \
        .stamped = false, __VA_ARGS__, .code = verdict                                             \
    }

/* Empty lists of everybody who issues something, and the one with the entry. */
static void write_lists(VerdictScene *scene, const Identity *issuer, const Revocation *entry)
{
    const Authority *authority = &scene->authority;
    const Identity *const issuers[] = {&authority->root, &authority->intermediate,
                                       &authority->tsa_root};

    text_list_free(&scene->crls);
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0]; i++) {
        const RevocationListPlan list = {
            .issuer = issuers[i], .entries = entry, .count = issuers[i] == issuer ? 1 : 0};
        const char *names[] = {"root.crl", "between.crl", "tsa.crl"};

        revocation_list_write(box_path(&scene->box, names[i]), &list);
        scene_add(&scene->crls, box_path(&scene->box, names[i]));
    }
}

static void a_revocation_counts_from_its_date_if_the_time_is_proven(void **state)
{
    static const RevocationRow rows[] = {
        STAMPED("ok", .date_ms = 1000),
        STAMPED("ok", .date_ms = TEST_DAY_MS),
        STAMPED("ok", .date_ms = TEST_DAY_MS, .reason = REASON_KEY_COMPROMISE),
        STAMPED("ok", .date_ms = 2 * TEST_DAY_MS, .invalidity_ms = TEST_DAY_MS),
        STAMPED("revoked", .date_ms = 0), /* before or equal */
        STAMPED("revoked", .date_ms = -TEST_DAY_MS),
        STAMPED("revoked", .date_ms = -TEST_DAY_MS, .reason = REASON_SUPERSEDED),
        STAMPED("revoked", .date_ms = TEST_DAY_MS, .invalidity_ms = -TEST_DAY_MS),
        STAMPED("revoked", .date_ms = -TEST_DAY_MS, .invalidity_ms = TEST_DAY_MS),
        UNSTAMPED("revoked", .date_ms = TEST_DAY_MS),
        UNSTAMPED("revoked", .date_ms = -TEST_DAY_MS),
        UNSTAMPED("revoked", .date_ms = TEST_DAY_MS, .reason = REASON_KEY_COMPROMISE),
    };

    (void)state;
    for (size_t i = 0; i < KINDS * sizeof rows / sizeof rows[0]; i++) {
        const RevocationRow *row = &rows[i / KINDS];
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const TimestampPlan stamp = {.kind = kinds[i % KINDS], .tsa = &scene.authority.tsa};
        const Revocation entry = {&scene.authority.signer, TEST_SIGNED_MS + row->date_ms,
                                  row->reason,
                                  row->invalidity_ms ? TEST_SIGNED_MS + row->invalidity_ms : 0};

        write_lists(&scene, &scene.authority.intermediate, &entry);
        sign_by(&scene, &scene.authority.signer, row->stamped ? &stamp : NULL);
        assert_verdict(&scene,
                       strcmp(row->code, "ok") == 0 ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID,
                       row->code);
    }
}

/* RFC 3161, section 4: with the key in wrong hands any time can be stated, so a date helps only
 * where the list says by its reason that the key was kept. */
static void a_revoked_authority_proves_nothing_unless_its_key_was_kept(void **state)
{
    static const struct {
        int64_t date_ms;
        int reason;
        const char *code;
    } rows[] = {
        {TEST_DAY_MS,  REASON_SUPERSEDED,     "ok"     },
        {TEST_DAY_MS,  REASON_CESSATION,      "ok"     },
        {TEST_DAY_MS,  REASON_UNSPECIFIED,    "expired"}, /* gives none */
        {TEST_DAY_MS,  REASON_KEY_COMPROMISE, "expired"},
        {TEST_DAY_MS,  REASON_CA_COMPROMISE,  "expired"},
        {0,            REASON_SUPERSEDED,     "expired"},
        {-TEST_DAY_MS, REASON_CESSATION,      "expired"},
    };
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};

    (void)state;
    for (size_t i = 0; i < KINDS * sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        const TimestampPlan stamp = {.kind = kinds[i % KINDS], .tsa = &scene.authority.tsa};
        const Revocation entry = {&scene.authority.tsa, TEST_SIGNED_MS + rows[i / KINDS].date_ms,
                                  rows[i / KINDS].reason, 0};
        const bool good = strcmp(rows[i / KINDS].code, "ok") == 0;

        write_lists(&scene, &scene.authority.tsa_root, &entry);
        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, good ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID,
                       rows[i / KINDS].code);
    }
}

/* A check that did not happen must not look like one that passed. */
static void an_authority_without_a_revocation_list_proves_nothing_where_lists_are_used(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa};

    (void)state;
    write_lists(&scene, NULL, NULL);
    sign_by(&scene, &scene.authority.signer, &stamp);
    scene.options.require_timestamp = true;
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    free(scene.crls.items[--scene.crls.count]); /* the one of the root for time */
    scene.crls.items[scene.crls.count] = NULL;
    assert_verdict(&scene, AUTHENTICODE_INVALID, "no-timestamp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revocation_counts_from_its_date_if_the_time_is_proven),
        cmocka_unit_test(a_revoked_authority_proves_nothing_unless_its_key_was_kept),
        cmocka_unit_test(
            an_authority_without_a_revocation_list_proves_nothing_where_lists_are_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
