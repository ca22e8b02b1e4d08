/* Tests deploy/stage_unpack.c: a release folder is whole or not there, and is what was verified. */
#include "deploy/release/release.h"
#include "deploy/stage.h"
#include "tests/deploy/release_scene.h"

static Deployment verified(void)
{
    Deployment deployment = scene_deployment();

    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(stage_verify(&deployment, &app_scene->err));
    deployment_end(&deployment);
    return deployment;
}

static void unpack(Deployment *deployment)
{
    deployment->already = false;
    assert_done(stage_unpack(deployment, &app_scene->err));
    assert_done(record_unpack(deployment, &app_scene->err));
}

static bool is_whole(void)
{
    CLEANUP(free) char *content = NULL;
    size_t length = 0;
    Error err = {0};

    return file_read_all(in_root("shop/releases/2.0.0/shop"), 100, &content, &length, &err) &&
           text_equal(content, "two");
}

static void nothing_is_left(void)
{
    CLEANUP(free) char *releases = app_path(&app_scene->app, "releases");
    CLEANUP(free) char *manifests = app_path(&app_scene->app, "manifests");
    CLEANUP_TEXT_LIST TextList names = {0};

    assert_done(folder_list(releases, &names, &app_scene->err));
    assert_done(folder_list(manifests, &names, &app_scene->err));
    if (names.count > 0)
        fail_msg("%s is still there", names.items[0]);
}

static void a_verified_archive_becomes_a_release(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();
    ReleaseRecord release;

    (void)state;
    unpack(&deployment);
    assert_true(is_whole());
    assert_true(holds_unpack(&deployment));
    release = scene_find_release("2.0.0");
    assert_int_equal(release.state, RELEASE_UNPACKED);
    assert_string_equal(release.digest, deployment.record.digest);
    assert_string_equal(release.key_id, release_key.key_id);
    assert_true(release.attested);
    assert_true(release.size_bytes > 0);
    assert_done(release_check_tree(&app_scene->app, &release, &app_scene->err));
}

static void an_archive_that_changed_after_verify_is_not_unpacked(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    write_text(deployment.record.archive, "something else");
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_DIGEST_MISMATCH,
                 "the archive has changed since it was verified");
    nothing_is_left();
}

static void a_release_that_does_not_fit_leaves_nothing(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    app_scene->settings.release.max_unpacked = 2;
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_ARCHIVE, "");
    nothing_is_left();
}

static void unpacked_twice_it_is_done_already(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    unpack(&deployment);
    assert_false(deployment.already);
    unpack(&deployment);
    assert_true(deployment.already);
    assert_true(is_whole());
}

/* A crash between the rename and the record: nobody vouches for what stands there. */
static void a_folder_without_a_record_is_unpacked_anew(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    assert_done(folder_create(in_root("shop/releases/2.0.0"), &app_scene->err));
    write_text(in_root("shop/releases/2.0.0/evil"), "who knows");
    unpack(&deployment);
    assert_false(deployment.already);
    assert_true(is_whole());
    assert_false(file_exists(in_root("shop/releases/2.0.0/evil")));
}

/* The journal that vouched for it was lost; its supervisor may have to start it again. */
static void the_folder_of_the_release_that_serves_is_never_replaced_or_removed(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    assert_done(folder_create(in_root("shop/releases/2.0.0"), &app_scene->err));
    write_text(in_root("shop/releases/2.0.0/shop"), "two");
    scene_serves("2.0.0", SLOT_BLUE);
    assert_fails(stage_unpack(&deployment, &app_scene->err), ERR_UNPACK,
                 "release 2.0.0 serves from the folder");
    assert_true(is_whole());
    assert_done(undo_unpack(&deployment, &app_scene->err));
    assert_true(is_whole());
}

/* It is gone from the disk: unpacking it again is the cure. */
static void the_release_that_serves_is_unpacked_where_its_folder_is_missing(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    scene_serves("2.0.0", SLOT_BLUE);
    unpack(&deployment);
    assert_true(is_whole());
}

static void a_half_unpacked_folder_is_begun_anew(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    assert_done(folder_create(in_root("shop/releases/.2.0.0.new"), &app_scene->err));
    write_text(in_root("shop/releases/.2.0.0.new/half"), "ha");
    unpack(&deployment);
    assert_true(is_whole());
    assert_false(file_exists(in_root("shop/releases/2.0.0/half")));
    assert_false(file_exists(in_root("shop/releases/.2.0.0.new")));
}

static void a_release_that_was_changed_since_is_not_taken_for_unpacked(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    unpack(&deployment);
    write_text(in_root("shop/releases/2.0.0/shop"), "2wo");
    deployment.already = false;
    assert_false(stage_unpack(&deployment, &app_scene->err));
    assert_non_null(strstr(app_scene->err.message, "has changed on disk"));
}

static void undone_nothing_of_it_is_left(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    unpack(&deployment);
    assert_done(undo_unpack(&deployment, &app_scene->err));
    nothing_is_left();
    assert_int_equal(scene_find_release("2.0.0").state, RELEASE_REMOVED);
    assert_false(holds_unpack(&deployment));
    assert_done(undo_unpack(&deployment, &app_scene->err));
}

static void undone_before_its_record_nothing_is_left_either(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    assert_done(stage_unpack(&deployment, &app_scene->err));
    assert_done(undo_unpack(&deployment, &app_scene->err));
    nothing_is_left();
}

static void a_release_that_was_here_before_is_not_undone(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    unpack(&deployment);
    deployment.record.started_ms = ++fake_clock.now_ms; /* a later deployment of it */
    unpack(&deployment);
    assert_done(undo_unpack(&deployment, &app_scene->err));
    assert_true(is_whole());
}

static void a_rollback_never_removes_where_it_went(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();

    (void)state;
    unpack(&deployment);
    deployment.record.kind = KIND_ROLLBACK;
    assert_done(undo_unpack(&deployment, &app_scene->err));
    assert_true(is_whole());
}

/* ---- verified before: the tree itself is what verify looks at ---- */

static void a_release_on_this_host_is_verified_by_its_tree(void **state)
{
    CLEANUP_DEPLOYMENT Deployment first = verified();
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    unpack(&first);
    deployment = first;
    deployment.detail = NULL;
    deployment.record.source[0] = '\0';
    deployment.record.archive[0] = '\0';
    assert_done(stage_fetch(&deployment, &app_scene->err));
    assert_done(stage_verify(&deployment, &app_scene->err));
    assert_true(text_starts_with(deployment.proof, "verified before"));
    write_text(in_root("shop/releases/2.0.0/added"), "x");
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_REFUSED, "has changed on disk");
}

static void a_key_that_was_denied_since_is_refused(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = verified();
    ReleaseRecord release;
    const char *second = in_root("second.pem");

    (void)state;
    unpack(&deployment);
    release = scene_find_release("2.0.0");
    assert_done(keypair_create(2048, in_root("second.key"), second, NULL, &app_scene->err));
    assert_true(text_list_add(&app_scene->settings.verify.rsa.keys, second, &app_scene->err));
    assert_true(
        text_list_add(&app_scene->settings.verify.rsa.deny, release.key_id, &app_scene->err));
    deployment.record.archive[0] = '\0';
    assert_fails(stage_verify(&deployment, &app_scene->err), ERR_KEY, "has been denied since");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELEASE_TEST(a_verified_archive_becomes_a_release),
        RELEASE_TEST(an_archive_that_changed_after_verify_is_not_unpacked),
        RELEASE_TEST(a_release_that_does_not_fit_leaves_nothing),
        RELEASE_TEST(unpacked_twice_it_is_done_already),
        RELEASE_TEST(a_folder_without_a_record_is_unpacked_anew),
        RELEASE_TEST(the_folder_of_the_release_that_serves_is_never_replaced_or_removed),
        RELEASE_TEST(the_release_that_serves_is_unpacked_where_its_folder_is_missing),
        RELEASE_TEST(a_half_unpacked_folder_is_begun_anew),
        RELEASE_TEST(a_release_that_was_changed_since_is_not_taken_for_unpacked),
        RELEASE_TEST(undone_nothing_of_it_is_left),
        RELEASE_TEST(undone_before_its_record_nothing_is_left_either),
        RELEASE_TEST(a_release_that_was_here_before_is_not_undone),
        RELEASE_TEST(a_rollback_never_removes_where_it_went),
        RELEASE_TEST(a_release_on_this_host_is_verified_by_its_tree),
        RELEASE_TEST(a_key_that_was_denied_since_is_refused),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_remove);
}
