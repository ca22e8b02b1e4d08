/* Tests verify/statement.c, verify/config_statement.c and verify/key_statement.c. Refusals:
 * verify-rules section 5 (own role string, product and number inside the signed bytes; verified
 * before parsed; deny list wins). */
#include "tests/verify/box.h"

#include "base/clock.h"
#include "verify/config_statement.h"
#include "verify/key_statement.h"
#include "verify/manifest.h"

/* Three keys: the ring holds `old`; `next` is announced by it, `last` by `next`. */
typedef struct Scene {
    Box box;
    Signer *old, *next, *last;
    Keyring *ring;
} Scene;

static Signer *signer_of(Box *box, const char *name)
{
    CLEANUP(free) char *file = text_formatted("%s.key", name);
    Signer *signer = NULL;
    Error err = {0};

    box_openssl_rsa(box, name, "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    if (!signer_load(box_path(box, file), NULL, &signer, &err))
        fail_msg("%s", err.message);
    return signer;
}

static Keyring *ring_of(Box *box, const char *key, const char *denied)
{
    CLEANUP_TEXT_LIST TextList paths = {0};
    CLEANUP_TEXT_LIST TextList deny = {0};
    Keyring *ring = NULL;
    Error err = {0};

    assert_true(text_list_add(&paths, box_path(box, key), &err));
    assert_true(!denied || text_list_add(&deny, denied, &err));
    if (!keyring_load(&paths, &deny, &ring, &err))
        fail_msg("%s", err.message);
    return ring;
}

static int open_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    if (!scene)
        return -1;
    scene->box = box_open();
    scene->old = signer_of(&scene->box, "old");
    scene->next = signer_of(&scene->box, "next");
    scene->last = signer_of(&scene->box, "last");
    scene->ring = ring_of(&scene->box, "old.pub", NULL);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    Scene *scene = *state;

    signer_free(scene->old);
    signer_free(scene->next);
    signer_free(scene->last);
    keyring_free(scene->ring);
    box_close(&scene->box);
    free(scene);
    return 0;
}

/* ---- configurations ---- */

static const char *config_signed_by(Scene *scene, const Signer *signer, const char *app,
                                    int64_t sequence, int64_t expires_ms)
{
    ConfigStatement statement = {
        .sequence = sequence, .created_ms = clock_wall_ms(), .expires_ms = expires_ms};
    const char *path = box_path(&scene->box, "shop.conf.sig");
    Error err = {0};

    (void)snprintf(statement.app, sizeof statement.app, "%s", app);
    if (!config_statement_measure(box_write_text(&scene->box, "shop.conf", "level = 3\n"),
                                  &statement, &err) ||
        !config_statement_sign(signer, SCHEME_PKCS1_SHA256, &statement, path, &err))
        fail_msg("%s", err.message);
    return path;
}

static ErrorCode read_code(Scene *scene, const char *path, ConfigStatement *out, Error *err)
{
    *err = (Error){0};
    (void)config_statement_read(path, scene->ring, SCHEME_PKCS1_SHA256, out, err);
    return err->code;
}

static void a_configuration_is_what_its_statement_says(void **state)
{
    Scene *scene = *state;
    const ConfigExpectation expected = {.app = "shop", .after = 6, .now_ms = clock_wall_ms()};
    ConfigStatement statement = {0};
    Error err = {0};

    assert_int_equal(
        read_code(scene, config_signed_by(scene, scene->old, "shop", 7, 0), &statement, &err),
        ERR_NONE);
    assert_int_equal(statement.sequence, 7);
    assert_string_equal(statement.key_id, signer_key_id(scene->old));
    assert_true(config_statement_check(&statement, &expected, &err));
    assert_true(config_statement_matches(&statement, "level = 3\n", 10, &err));
    assert_false(config_statement_matches(&statement, "level = 4\n", 10, &err));
    assert_int_equal(err.code, ERR_DIGEST_MISMATCH);
    assert_false(config_statement_matches(&statement, "level = 3\n", 9, &err));
}

static void a_foreign_replayed_or_expired_configuration_is_refused(void **state)
{
    Scene *scene = *state;
    const int64_t now = clock_wall_ms();
    const struct {
        const char *app;
        int64_t sequence, expires_ms, now_ms;
        ErrorCode code;
    } cases[] = {
        {"other", 8, 0,       now,                              ERR_REFUSED  },
        {"shop",  7, 0,       now,                              ERR_DOWNGRADE}, /* replayed */
        {"shop",  1, 0,       now,                              ERR_DOWNGRADE},
        {"shop",  8, now - 1, now,                              ERR_EXPIRED  },
        {"shop",  8, now - 1, manifest_earliest_clock_ms() - 1, ERR_EXPIRED  },
        {"shop",  8, now + 1, now,                              ERR_NONE     },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const ConfigExpectation expected = {.app = "shop", .after = 7, .now_ms = cases[i].now_ms};
        ConfigStatement statement = {0};
        Error err = {0};

        assert_int_equal(read_code(scene,
                                   config_signed_by(scene, scene->old, cases[i].app,
                                                    cases[i].sequence, cases[i].expires_ms),
                                   &statement, &err),
                         ERR_NONE);
        (void)config_statement_check(&statement, &expected, &err);
        assert_int_equal(err.code, cases[i].code);
    }
}

static void a_statement_by_a_stranger_or_under_the_other_scheme_is_refused(void **state)
{
    Scene *scene = *state;
    ConfigStatement statement = {0};
    const char *path = config_signed_by(scene, scene->next, "shop", 7, 0);
    Error err = {0};

    assert_int_equal(read_code(scene, path, &statement, &err), ERR_SIGNATURE);
    path = config_signed_by(scene, scene->old, "shop", 7, 0);
    err = (Error){0};
    assert_false(config_statement_read(path, scene->ring, SCHEME_PSS_SHA256, &statement, &err));
    assert_int_equal(err.code, ERR_SIGNATURE);
    assert_int_equal(read_code(scene, box_path(&scene->box, "none.sig"), &statement, &err),
                     ERR_SIGNATURE);
}

static void no_byte_of_a_statement_can_be_changed_cut_or_added(void **state)
{
    Scene *scene = *state;
    const char *path = config_signed_by(scene, scene->old, "shop", 7, 0);
    CLEANUP(free) char *bytes = NULL;
    ConfigStatement statement = {0};
    size_t length = 0;
    Error err = {0};

    assert_true(file_read_all(path, STATEMENT_LIMIT, &bytes, &length, &err));
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 1;
        (void)box_write(&scene->box, "mutant.sig", bytes, length);
        bytes[i] ^= 1;
        if (read_code(scene, box_path(&scene->box, "mutant.sig"), &statement, &err) == ERR_NONE)
            fail_msg("byte %zu was changed, and nobody saw it", i);
    }
    for (size_t cut = 0; cut < length; cut++) {
        (void)box_write(&scene->box, "mutant.sig", bytes, cut);
        assert_int_not_equal(
            read_code(scene, box_path(&scene->box, "mutant.sig"), &statement, &err), ERR_NONE);
    }
    (void)box_write(&scene->box, "mutant.sig", bytes, length + 1); /* with its NUL */
    assert_int_not_equal(read_code(scene, box_path(&scene->box, "mutant.sig"), &statement, &err),
                         ERR_NONE);
}

static void a_signed_document_of_another_role_is_refused(void **state)
{
    Scene *scene = *state;
    const char *path = box_path(&scene->box, "next.statement");
    ConfigStatement statement = {0};
    PublicKey *key = NULL;
    Error err = {0};

    assert_true(key_statement_sign(scene->old, SCHEME_PKCS1_SHA256,
                                   box_path(&scene->box, "next.pub"), path, &err));
    assert_int_equal(read_code(scene, path, &statement, &err), ERR_REFUSED);
    assert_non_null(strstr(err.message, "\"godeploy-key/1\", expected a \"godeploy-config/1\""));
    path = config_signed_by(scene, scene->old, "shop", 7, 0);
    assert_false(key_statement_read(path, scene->ring, SCHEME_PKCS1_SHA256, &key, &err));
    assert_int_equal(err.code, ERR_REFUSED);
}

/* Whatever else stands in a body that was signed, it is not half understood. */
static void a_signed_body_of_wrong_form_is_refused(void **state)
{
    Scene *scene = *state;
    static const char *const bodies[] = {
        "{\"schema\": \"godeploy-config/1\", \"extra\": 1}",
        "{\"schema\": \"godeploy-config/1\"}",
        "{\"schema\": \"godeploy-config/1\", \"app\": \"shop\", \"sequence\": 0}",
        "{\"schema\": \"godeploy-config/1\", \"app\": \"shop\", \"sequence\": \"7\"}",
        "{\"schema\": \"godeploy-config/1\", \"app\": \"shop\", \"sequence\": 7, \"created\": 1}",
        "{\"schema\": 1}",
        "[]",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        CLEANUP(json_free) Json *body = NULL;
        ConfigStatement statement = {0};
        const char *path = box_path(&scene->box, "odd.sig");
        Error err = {0};

        assert_true(json_parse(bodies[i], strlen(bodies[i]), &body, &err));
        assert_true(statement_write_file(scene->old, SCHEME_PKCS1_SHA256, body, path, &err));
        assert_int_equal(read_code(scene, path, &statement, &err), ERR_REFUSED);
    }
}

/* ---- keys that are announced ---- */

static const char *announce(Scene *scene, const Signer *by, const char *key, const char *name)
{
    const char *path = box_path(&scene->box, name);
    Error err = {0};

    if (!key_statement_sign(by, SCHEME_PKCS1_SHA256, box_path(&scene->box, key), path, &err))
        fail_msg("%s", err.message);
    return path;
}

static bool ring_grows(Keyring *ring, const char *first, const char *second, Error *err)
{
    CLEANUP_TEXT_LIST TextList statements = {0};

    *err = (Error){0};
    assert_true(text_list_add(&statements, first, err));
    assert_true(!second || text_list_add(&statements, second, err));
    return keyring_add_announced(ring, &statements, SCHEME_PKCS1_SHA256, err);
}

static void a_key_that_a_known_key_announces_joins_the_ring_and_may_announce_the_next(void **state)
{
    Scene *scene = *state;
    CLEANUP(keyring_free) Keyring *ring = ring_of(&scene->box, "old.pub", NULL);
    const char *next = announce(scene, scene->old, "next.pub", "next.statement");
    const char *last = announce(scene, scene->next, "last.pub", "last.statement");
    Error err = {0};

    assert_true(ring_grows(ring, last, next, &err)); /* in any order */
    assert_int_equal(keyring_count(ring), 3);
    assert_true(ring_grows(ring, last, next, &err)); /* once more is no more */
    assert_int_equal(keyring_count(ring), 3);
}

static void a_key_announced_by_a_stranger_or_by_itself_does_not_join(void **state)
{
    Scene *scene = *state;
    CLEANUP(keyring_free) Keyring *ring = ring_of(&scene->box, "old.pub", NULL);
    const char *last = announce(scene, scene->next, "last.pub", "last.statement");
    Error err = {0};

    assert_false(ring_grows(ring, last, NULL, &err));
    assert_int_equal(err.code, ERR_SIGNATURE);
    assert_int_equal(keyring_count(ring), 1);
    assert_false(key_statement_sign(scene->old, SCHEME_PKCS1_SHA256,
                                    box_path(&scene->box, "old.pub"),
                                    box_path(&scene->box, "self.statement"), &err));
    assert_int_equal(err.code, ERR_USAGE);
}

static void a_denied_key_announces_nobody_and_a_denied_key_stays_denied_when_announced(void **state)
{
    Scene *scene = *state;
    CLEANUP(keyring_free) Keyring *wary = NULL;
    const char *next = announce(scene, scene->old, "next.pub", "next.statement");
    const char *last = announce(scene, scene->next, "last.pub", "last.statement");
    Error err = {0};

    wary = ring_of(&scene->box, "old.pub", signer_key_id(scene->next));
    assert_false(ring_grows(wary, next, last, &err));
    assert_int_equal(err.code, ERR_SIGNATURE);
    assert_non_null(strstr(err.message, "deny list"));
    assert_int_equal(keyring_count(wary), 2); /* known, so that its refusal has a reason */
    assert_true(keyring_denies(wary, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_is_what_its_statement_says),
        cmocka_unit_test(a_foreign_replayed_or_expired_configuration_is_refused),
        cmocka_unit_test(a_statement_by_a_stranger_or_under_the_other_scheme_is_refused),
        cmocka_unit_test(no_byte_of_a_statement_can_be_changed_cut_or_added),
        cmocka_unit_test(a_signed_document_of_another_role_is_refused),
        cmocka_unit_test(a_signed_body_of_wrong_form_is_refused),
        cmocka_unit_test(a_key_that_a_known_key_announces_joins_the_ring_and_may_announce_the_next),
        cmocka_unit_test(a_key_announced_by_a_stranger_or_by_itself_does_not_join),
        cmocka_unit_test(
            a_denied_key_announces_nobody_and_a_denied_key_stays_denied_when_announced),
    };

    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
