/* Tests deploy/release/contents.c by the stages that ask it: programs are judged before anything is
 * unpacked, and nothing but what was judged is unpacked. */
#include "deploy/release/contents.h"
#include "deploy/release/incoming.h"
#include "deploy/release/release.h"
#include "deploy/stage.h"
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/fake_authenticode.h"
#include "tests/deploy/release_scene.h"

static void demand_all(void)
{
    app_scene->settings.verify.authenticode.require = PROGRAMS_ALL;
}

static Deployment fetched(void)
{
    Deployment deployment = scene_deployment();

    assert_done(stage_fetch(&deployment, &app_scene->err));
    return deployment;
}

static const Json *authenticode(const Deployment *deployment)
{
    return json_get(deployment->detail, "authenticode");
}

/* What the pipeline does when the stage is done: its detail is in the journal. */
static void record_verify(Deployment *deployment)
{
    StepRecord step = {.stage = "verify", .state = STEP_DONE};

    assert_done(journal_save_step(app_scene->app.journal, deployment->record.id, &step,
                                  deployment->detail, &app_scene->err));
    deployment_end(deployment);
}

static Deployment verified(void)
{
    Deployment deployment = fetched();

    assert_done(stage_verify(&deployment, &app_scene->err));
    record_verify(&deployment);
    return deployment;
}

/* An archive of one file and no release.json, signed, under the name of release 2.0.0. */
static void publish_undescribed(const char *content)
{
    const ZipMember member = {.name = "shop", .content = content, .mode = 0100755};
    CLEANUP_TEXT Text zip = {0};

    zip_put(&zip, &member, 1);
    assert_done(
        file_write_atomic(archive_of("2.0.0"), zip.bytes, zip.length, 0600, &app_scene->err));
    sign(archive_of("2.0.0"));
    app_scene->settings.release.require_manifest = false;
}

/* Somebody who can write to our folders puts another archive there, and even its digest. */
static void swap_archive(Deployment *deployment)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Digest digest = {0};

    assert_done(file_read_all(archive_of("2.0.0"), 1 << 20, &bytes, &length, &app_scene->err));
    assert_done(
        file_write_atomic(deployment->record.archive, bytes, length, 0600, &app_scene->err));
    assert_done(digest_bytes(bytes, length, &digest, &app_scene->err));
    (void)digest_to_hex(&digest, deployment->record.digest);
}

static bool is_unpacked(void)
{
    return file_exists(in_root("shop/releases/2.0.0/shop"));
}

static void a_signed_program_is_accepted_and_named(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    demand_all();
    publish("2.0.0", "MZ exe valid Example Ltd");
    deployment = fetched();
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_true(json_get_bool(authenticode(&deployment), "ok", false));
    assert_int_equal(json_get_integer(authenticode(&deployment), "files", 0), 2);
    assert_non_null(strstr(deployment.proof, "1 program signed by Example Ltd"));
    record_verify(&deployment);
    assert_done(stage_unpack(&deployment, &app_scene->err));
    assert_true(is_unpacked());
}

static void an_unsigned_program_is_refused_and_put_away(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    demand_all();
    publish("2.0.0", "MZ exe unsigned");
    deployment = fetched();
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_SIGNATURE,
                 "shop: reason of unsigned (unsigned)");
    assert_false(json_get_bool(authenticode(&deployment), "ok", true));
    assert_string_equal(json_get_text(authenticode(&deployment), "code"), "unsigned");
    assert_int_equal(json_count(json_get(authenticode(&deployment), "verdicts")), 1);
    assert_true(file_exists(in_root("shop/quarantine/archive")));
}

static void where_nothing_is_demanded_nothing_is_looked_at(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    publish("2.0.0", "MZ exe unsigned");
    deployment = fetched();
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_null(authenticode(&deployment));
}

static void a_bad_policy_says_nothing_against_the_archive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    demand_all();
    deployment = fetched();
    fake_authenticode.policy_fails = "roots.pem is no certificate";
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_KEY, "roots.pem");
    fake_authenticode.policy_fails = NULL;
    assert_false(file_exists(in_root("shop/quarantine/archive")));
}

/* ---- what is unpacked is what was judged ---- */

static void another_archive_than_the_one_judged_is_not_unpacked(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    demand_all();
    publish("2.0.0", "MZ exe valid Example Ltd");
    deployment = verified();
    publish("2.0.0", "MZ exe valid Somebody!!!"); /* of the same length */
    swap_archive(&deployment);
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH,
                 "the release's description has the SHA-256");
    assert_false(is_unpacked());
}

static void without_a_description_too(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    demand_all();
    publish_undescribed("MZ exe valid Example Ltd");
    deployment = verified();
    publish_undescribed("MZ exe valid Somebody!!!");
    swap_archive(&deployment);
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH,
                 "entry shop has the SHA-256");
    assert_false(is_unpacked());
}

static void a_description_that_verify_made_cannot_be_changed_either(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP_INCOMING Incoming incoming = {0};
    CLEANUP(free) char *text = NULL;
    size_t length = 0;

    (void)state;
    demand_all();
    publish_undescribed("MZ exe valid Example Ltd");
    deployment = verified();
    assert_done(incoming_of_record(&deployment.record, &incoming, &app_scene->err));
    assert_done(file_read_all(incoming.description, 1 << 20, &text, &length, &app_scene->err));
    text[length - 1] = ' ';
    assert_done(file_write_atomic(incoming.description, text, length, 0600, &app_scene->err));
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH,
                 "when it was verified");
    assert_done(file_remove(incoming.description, &app_scene->err));
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH, "(none)");
    assert_false(is_unpacked());
}

static void an_archive_without_a_description_is_unpacked_as_it_was_judged(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP(free) char *kept = NULL;
    size_t length = 0;

    (void)state;
    demand_all();
    publish_undescribed("MZ exe twice Example Ltd");
    deployment = verified();
    assert_done(stage_unpack(&deployment, &app_scene->err));
    assert_true(is_unpacked());
    assert_done(file_read_all(in_root("shop/manifests/2.0.0.json"), 1 << 20, &kept, &length,
                              &app_scene->err));
    assert_non_null(strstr(kept, "\"shop\""));
    assert_non_null(strstr(kept, "\"0755\""));
}

static void the_description_of_an_earlier_try_is_forgotten(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP_INCOMING Incoming incoming = {0};

    (void)state;
    demand_all();
    publish_undescribed("MZ exe valid Example Ltd");
    deployment = fetched();
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_done(incoming_of_record(&deployment.record, &incoming, &app_scene->err));
    assert_true(file_exists(incoming.description));
    app_scene->settings.verify.authenticode.require = PROGRAMS_NONE;
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_false(file_exists(incoming.description));
}

/* release.json promises one digest, the archive holds another. */
static void a_file_that_is_not_what_its_description_says_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    size_t length = 0;
    ZipMember members[2] = {{.name = "release.json"}, {.name = "shop"}};
    CLEANUP_TEXT Text changed = {0};
    CLEANUP(free) char *json = NULL;

    (void)state;
    demand_all();
    publish("2.0.0", "MZ exe valid Example Ltd");
    assert_done(archive_read_manifest(archive_of("2.0.0"), NULL, &json, &length, &app_scene->err));
    members[0].content = json;
    members[1].content = "MZ exe valid Somebody!!!";
    zip_put(&changed, members, 2);
    assert_done(file_write_atomic(archive_of("2.0.0"), changed.bytes, changed.length, 0600,
                                  &app_scene->err));
    sign(archive_of("2.0.0"));
    deployment = fetched();
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH,
                 "entry shop has the SHA-256");
}

/* ---- a release that is here ---- */

static Deployment of_known(DeploymentKind kind)
{
    CLEANUP_DEPLOYMENT Deployment first = verified();
    Deployment again = {0};

    assert_done(stage_unpack(&first, &app_scene->err));
    assert_done(record_unpack(&first, &app_scene->err));
    first.record.state = DEPLOYMENT_DONE;
    assert_done(journal_save_deployment(app_scene->app.journal, &first.record, &app_scene->err));
    again = scene_deployment();
    again.record.kind = kind;
    return again;
}

static void a_known_release_is_held_to_todays_demand(void **state)
{
    CLEANUP_DEPLOYMENT Deployment again = {0};

    (void)state;
    publish("2.0.0", "MZ exe unsigned");
    again = of_known(KIND_DEPLOY); /* when nobody asked for signatures */
    demand_all();
    assert_fails(stage_verify(&again, &app_scene->err), ERR_SIGNATURE, "shop: reason of unsigned");
    assert_false(json_get_bool(authenticode(&again), "ok", true));
}

static void a_known_release_that_meets_it_is_deployed_again(void **state)
{
    CLEANUP_DEPLOYMENT Deployment again = {0};

    (void)state;
    demand_all();
    publish("2.0.0", "MZ exe twice Example Ltd");
    again = of_known(KIND_DEPLOY);
    assert_done(stage_verify(&again, &app_scene->err));
    assert_true(json_get_bool(authenticode(&again), "ok", false));
}

/* A way back must not wait for an authority that has expired meanwhile. */
static void a_way_back_is_not_judged_again(void **state)
{
    CLEANUP_DEPLOYMENT Deployment again = {0};

    (void)state;
    publish("2.0.0", "MZ exe unsigned");
    again = of_known(KIND_ROLLBACK);
    demand_all();
    assert_done(stage_verify(&again, &app_scene->err));
    assert_null(authenticode(&again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(a_signed_program_is_accepted_and_named),
        RELEASE_TEST(an_unsigned_program_is_refused_and_put_away),
        RELEASE_TEST(where_nothing_is_demanded_nothing_is_looked_at),
        RELEASE_TEST(a_bad_policy_says_nothing_against_the_archive),
        RELEASE_TEST(another_archive_than_the_one_judged_is_not_unpacked),
        RELEASE_TEST(without_a_description_too),
        RELEASE_TEST(a_description_that_verify_made_cannot_be_changed_either),
        RELEASE_TEST(an_archive_without_a_description_is_unpacked_as_it_was_judged),
        RELEASE_TEST(the_description_of_an_earlier_try_is_forgotten),
        RELEASE_TEST(a_file_that_is_not_what_its_description_says_is_refused),
        RELEASE_TEST(a_known_release_is_held_to_todays_demand),
        RELEASE_TEST(a_known_release_that_meets_it_is_deployed_again),
        RELEASE_TEST(a_way_back_is_not_judged_again),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_remove);
}
