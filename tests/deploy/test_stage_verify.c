/* Tests deploy/stage_verify.c: what is refused, for what reason, and where it goes. */
#include "deploy/release/incoming.h"
#include "deploy/stage.h"
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/release_scene.h"

static Deployment fetched(const char *version)
{
    Deployment deployment = scene_deployment();

    (void)snprintf(deployment.record.version, sizeof deployment.record.version, "%s", version);
    assert_done(stage_fetch(&deployment, &app_scene->err));
    return deployment;
}

static bool in_quarantine(void)
{
    return file_exists(in_root("shop/quarantine/archive"));
}

static const char *verdict(const Deployment *deployment, const char *item)
{
    return json_get_text(json_get(deployment->detail, item), "code");
}

static void refuse(Deployment *deployment, ErrorCode code, const char *words)
{
    assert_fails(stage_verify(deployment, &app_scene->err), code, words);
    assert_true(app_scene->err.hint[0] != '\0');
}

static void a_signed_release_is_accepted_with_a_verdict_per_item(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = fetched("2.0.0");

    (void)state;
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_string_equal(verdict(&deployment, "rsa"), "ok");
    assert_string_equal(verdict(&deployment, "manifest"), "ok");
    assert_string_equal(verdict(&deployment, "downgrade"), "ok");
    assert_string_equal(deployment.record.key_id, release_key.key_id);
    assert_true(deployment.record.attested);
    assert_true(holds_verify(&deployment));
    assert_false(in_quarantine());
}

static void the_version_is_read_out_of_the_archive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    deployment.record.version[0] = '\0';
    deployment.source = archive_of("2.0.0");
    assert_false(holds_verify(&deployment));
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_string_equal(deployment.record.version, "2.0.0");
}

static void a_missing_signature_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    assert_done(file_remove(in_root("shop-2.0.0.zip.sig"), &app_scene->err));
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_SIGNATURE, "shop-2.0.0.zip.sig"); /* not our copy, which goes away */
    assert_string_equal(verdict(&deployment, "rsa"), "missing");
    assert_true(in_quarantine());
}

static void a_signature_of_another_archive_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    (void)state;
    publish("3.0.0", "three");
    assert_done(
        file_read_all(in_root("shop-3.0.0.zip.sig"), 4096, &bytes, &length, &app_scene->err));
    assert_done(
        file_write_atomic(in_root("shop-2.0.0.zip.sig"), bytes, length, 0600, &app_scene->err));
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_SIGNATURE, "");
    assert_true(in_quarantine());
    assert_false(file_exists(deployment.record.archive));
    assert_told("note -: the archive is in");
}

static void a_release_of_another_version_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    deployment.source = archive_of("2.0.0");
    (void)snprintf(deployment.record.version, sizeof deployment.record.version, "2.0.1");
    assert_done(stage_fetch(&deployment, &app_scene->err));
    refuse(&deployment, ERR_MANIFEST, "2.0.1");
    assert_true(in_quarantine());
}

static void a_release_of_another_app_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    publish_as("bank", "2.0.0", "two");
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_MANIFEST, "bank");
}

static void an_older_release_is_refused_and_not_put_away(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = fetched("2.0.0");

    (void)state;
    assert_done(journal_save_high_water(app_scene->app.journal, "2.1.0", &app_scene->err));
    refuse(&deployment, ERR_DOWNGRADE, "release 2.0.0 is older than 2.1.0");
    assert_false(in_quarantine());
}

static void a_key_file_that_cannot_be_read_says_nothing_against_the_archive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = fetched("2.0.0");

    (void)state;
    assert_done(
        text_list_add(&app_scene->settings.verify.rsa.keys, archive_of("2.0.0"), &app_scene->err));
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_KEY, "");
    assert_false(in_quarantine());
}

static void an_older_release_is_accepted_where_that_is_meant(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = fetched("2.0.0");

    (void)state;
    assert_done(journal_save_high_water(app_scene->app.journal, "2.1.0", &app_scene->err));
    deployment.record.allow_downgrade = true;
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_string_equal(verdict(&deployment, "downgrade"), "allowed");
    assert_told("warning -: release 2.0.0 is older than 2.1.0");
}

static void a_version_with_other_content_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    scene_release("2.0.0", RELEASE_GOOD, 10);
    deployment.source = archive_of("2.0.0");
    deployment.record.origin = SOURCE_GIVEN;
    assert_done(stage_fetch(&deployment, &app_scene->err));
    refuse(&deployment, ERR_REFUSED, "release 2.0.0 is on this host with other content");
}

static void a_version_that_differs_only_in_case_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    scene_release("2.1.0-RC", RELEASE_GOOD, 10);
    publish("2.1.0-rc", "candidate");
    deployment = fetched("2.1.0-rc");
    refuse(&deployment, ERR_REFUSED, "release 2.1.0-rc is on this host as 2.1.0-RC");
}

static void an_archive_without_a_manifest_needs_the_settings_leave(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    const ZipMember member = {.name = "shop", .content = "two"};
    CLEANUP_TEXT Text zip = {0};

    (void)state;
    zip_put(&zip, &member, 1);
    assert_done(
        file_write_atomic(archive_of("2.0.0"), zip.bytes, zip.length, 0600, &app_scene->err));
    sign(archive_of("2.0.0"));
    app_scene->settings.release.require_manifest = false;
    deployment = fetched("2.0.0");
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_false(deployment.record.attested);
    assert_string_equal(verdict(&deployment, "manifest"), "unattested");
    app_scene->settings.release.require_manifest = true;
    refuse(&deployment, ERR_MANIFEST, "the archive has no release.json");
}

/* ---- checksums ---- */

static void sums(const char *line_format)
{
    CLEANUP(free) char *text = NULL;
    Digest digest;
    char hex[DIGEST_HEX_SIZE];

    assert_done(digest_file(archive_of("2.0.0"), &digest, &app_scene->err));
    text = text_formatted("%s  %s\n", digest_to_hex(&digest, hex), line_format);
    write_text(in_root("checksums.txt"), text);
    sign(in_root("checksums.txt"));
    app_scene->settings.verify.checksums = scene_text("checksums.txt");
}

static void signed_checksums_stand_for_the_archive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    sums("shop-2.0.0.zip");
    deployment = fetched("2.0.0");
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_string_equal(verdict(&deployment, "checksums"), "ok");
}

static void checksums_that_do_not_name_the_archive_are_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    sums("shop-2.0.1.zip");
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_REFUSED, "shop-2.0.0.zip");
}

static void checksums_of_another_content_are_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    sums("shop-2.0.0.zip");
    publish("2.0.0", "changed since");
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_DIGEST_MISMATCH, "shop-2.0.0.zip has SHA-256");
}

static void checksums_that_are_missing_are_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    app_scene->settings.verify.checksums = scene_text("checksums.txt");
    deployment = fetched("2.0.0");
    refuse(&deployment, ERR_REFUSED, "there is no checksums file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(a_signed_release_is_accepted_with_a_verdict_per_item),
        RELEASE_TEST(the_version_is_read_out_of_the_archive),
        RELEASE_TEST(a_missing_signature_is_refused),
        RELEASE_TEST(a_signature_of_another_archive_is_refused),
        RELEASE_TEST(a_release_of_another_version_is_refused),
        RELEASE_TEST(a_release_of_another_app_is_refused),
        RELEASE_TEST(an_older_release_is_refused_and_not_put_away),
        RELEASE_TEST(a_key_file_that_cannot_be_read_says_nothing_against_the_archive),
        RELEASE_TEST(an_older_release_is_accepted_where_that_is_meant),
        RELEASE_TEST(a_version_with_other_content_is_refused),
        RELEASE_TEST(a_version_that_differs_only_in_case_is_refused),
        RELEASE_TEST(an_archive_without_a_manifest_needs_the_settings_leave),
        RELEASE_TEST(signed_checksums_stand_for_the_archive),
        RELEASE_TEST(checksums_that_do_not_name_the_archive_are_refused),
        RELEASE_TEST(checksums_of_another_content_are_refused),
        RELEASE_TEST(checksums_that_are_missing_are_refused),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_remove);
}
