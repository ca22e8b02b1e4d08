/* Tests deploy/stage_fetch.c: from file URLs; what the network can do stands in
 * tests/base/test_http_*.c. */
#include "deploy/release/incoming.h"
#include "deploy/stage.h"
#include "tests/deploy/release_scene.h"

static void assert_same_files(const char *a, const char *b)
{
    Digest first, second;

    assert_done(digest_file(a, &first, &app_scene->err));
    assert_done(digest_file(b, &second, &app_scene->err));
    assert_true(digest_equal(&first, &second));
}

static void archive_and_signature_are_fetched_and_the_digest_recorded(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    CLEANUP_INCOMING Incoming incoming = {0};
    CLEANUP(free) char *signature = text_formatted("%s.sig", archive_of("2.0.0"));
    Digest digest;
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(incoming_of_record(&deployment.record, &incoming, &app_scene->err));
    assert_same_files(incoming.archive, archive_of("2.0.0"));
    assert_same_files(incoming.signature, signature);
    assert_done(digest_file(incoming.archive, &digest, &app_scene->err));
    assert_string_equal(deployment.record.digest, digest_to_hex(&digest, hex));
    assert_true(text_ends_with(deployment.record.source, "/shop-2.0.0.zip"));
    assert_false(deployment.already);
    assert_true(holds_fetch(&deployment));
}

static void an_archive_that_is_not_there_is_said_so(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    (void)snprintf(deployment.record.version, sizeof deployment.record.version, "9.9.9");
    assert_fails(stage_fetch(&deployment, &app_scene->err), ERR_NOT_FOUND, "shop-9.9.9.zip");
    assert_false(holds_fetch(&deployment));
}

/* verify refuses it; that is its to say. */
static void a_missing_signature_is_no_trouble_of_the_network(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    CLEANUP_INCOMING Incoming incoming = {0};

    (void)state;
    assert_done(file_remove(in_root("shop-2.0.0.zip.sig"), &app_scene->err));
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(incoming_of_record(&deployment.record, &incoming, &app_scene->err));
    assert_false(file_exists(incoming.signature));
}

/* Else a signature of yesterday would stand for the archive of today. */
static void a_signature_of_an_earlier_try_is_not_kept(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    CLEANUP_INCOMING Incoming incoming = {0};

    (void)state;
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(file_remove(in_root("shop-2.0.0.zip.sig"), &app_scene->err));
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(incoming_of_record(&deployment.record, &incoming, &app_scene->err));
    assert_false(file_exists(incoming.signature));
}

static void an_archive_that_is_too_large_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    app_scene->settings.release.max_size = 100;
    assert_fails(stage_fetch(&deployment, &app_scene->err), ERR_FETCH, "");
}

static void only_one_download_is_kept(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    CLEANUP(free) char *other = app_path(&app_scene->app, "incoming/another");

    (void)state;
    assert_done(folder_create(other, &app_scene->err));
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_false(file_exists(other));
}

static void a_release_on_this_host_needs_no_network(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    scene_release("2.0.0", RELEASE_GOOD, 10);
    assert_done(file_remove(archive_of("2.0.0"), &app_scene->err));
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_true(deployment.already);
    assert_string_equal(deployment.record.digest, "digest of 2.0.0");
    assert_string_equal(deployment.record.archive, "");
    assert_true(holds_fetch(&deployment));
}

static void a_bad_release_may_be_deployed_again_with_a_warning(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    scene_release("2.0.0", RELEASE_BAD, 10);
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_told("warning -: release 2.0.0 is marked bad");
}

static void undone_the_download_is_gone(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(undo_fetch(&deployment, &app_scene->err));
    assert_false(file_exists(deployment.record.archive));
    assert_false(holds_fetch(&deployment));
    assert_done(undo_fetch(&deployment, &app_scene->err));
}

static void a_header_whose_secret_is_missing_fetches_nothing(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    assert_true(text_list_add(&app_scene->settings.release.headers,
                              "Authorization: Bearer {env:GODEPLOY_TEST_NOBODY}", &app_scene->err));
    assert_fails(stage_fetch(&deployment, &app_scene->err), ERR_SETTINGS, "release.headers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(archive_and_signature_are_fetched_and_the_digest_recorded),
        RELEASE_TEST(an_archive_that_is_not_there_is_said_so),
        RELEASE_TEST(a_missing_signature_is_no_trouble_of_the_network),
        RELEASE_TEST(a_signature_of_an_earlier_try_is_not_kept),
        RELEASE_TEST(an_archive_that_is_too_large_is_refused),
        RELEASE_TEST(only_one_download_is_kept),
        RELEASE_TEST(a_release_on_this_host_needs_no_network),
        RELEASE_TEST(a_bad_release_may_be_deployed_again_with_a_warning),
        RELEASE_TEST(undone_the_download_is_gone),
        RELEASE_TEST(a_header_whose_secret_is_missing_fetches_nothing),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_remove);
}
