/* release_scene: a signed release as it is published: packed from a folder, signed by a key that
 * was made for this test program. Included once in a test program. */
#ifndef GODEPLOY_TESTS_DEPLOY_RELEASE_SCENE_H
#define GODEPLOY_TESTS_DEPLOY_RELEASE_SCENE_H

#include "base/platform.h"
#include "deploy/archive/pack.h"
#include "tests/deploy/app_scene.h"
#include "tests/deploy/fake_clock.h"
#include "tests/support/temporary_folder.h"
#include "verify/digest.h"
#include "verify/key.h"
#include "verify/keypair.h"
#include "verify/signer.h"

static struct {
    char folder[TEMPORARY_FOLDER_SIZE]; /* of the keys: making one takes longer than a test */
    char private[TEMPORARY_FOLDER_SIZE + 8];
    char public[TEMPORARY_FOLDER_SIZE + 8];
    char key_id[KEY_ID_SIZE];
} release_key;

static inline int keys_make(void **state)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    (void)state;
    if (!temporary_folder_make(release_key.folder, "keys"))
        return -1;
    (void)snprintf(release_key.private, sizeof release_key.private, "%s/key", release_key.folder);
    (void)snprintf(release_key.public, sizeof release_key.public, "%s/pem", release_key.folder);
    if (!keypair_create(2048, release_key.private, release_key.public, NULL, &err) ||
        !public_key_load(release_key.public, &key, &err))
        return -1;
    (void)snprintf(release_key.key_id, sizeof release_key.key_id, "%s", public_key_id(key));
    return 0;
}

static inline int keys_remove(void **state)
{
    Error err = {0};

    (void)state;
    return folder_remove_tree(release_key.folder, &err) ? 0 : -1;
}

/* ROOT/NAME; lives until the next call but four. */
static inline const char *in_root(const char *name)
{
    static char paths[4][256];
    static size_t next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s/%s", app_scene->root, name);
    return path;
}

static inline void write_text(const char *path, const char *text)
{
    assert_done(file_write_atomic(path, text, strlen(text), 0600, &app_scene->err));
}

static inline void sign(const char *path)
{
    CLEANUP(signer_free) Signer *signer = NULL;
    CLEANUP(free) char *signature = text_formatted("%s.sig", path);

    assert_done(signer_load(release_key.private, NULL, &signer, &app_scene->err));
    assert_done(signer_sign_file(signer, SCHEME_PKCS1_SHA256, path, signature, &app_scene->err));
}

/* Where the settings look for it: ROOT/shop-VERSION.zip and .sig beside it. */
static inline const char *archive_of(const char *version)
{
    CLEANUP(free) char *name = text_formatted("shop-%s.zip", version);

    return in_root(name);
}

/* `content` is what its one file holds; as `app` says of itself. */
static inline void publish_as(const char *app, const char *version, const char *content)
{
    const char *payload = in_root("payload");
    Platform here = platform_here();
    PackReport report;
    PackRequest request = {.folder = payload,
                           .out_path = archive_of(version),
                           .name = app,
                           .version = version,
                           .os = here.os,
                           .arch = here.arch,
                           .created_ms = 1000};

    assert_done(folder_remove_tree(payload, &app_scene->err));
    assert_done(folder_create(payload, &app_scene->err));
    write_text(in_root("payload/shop"), content);
    assert_done(pack_release(&request, &report, &app_scene->err));
    sign(request.out_path);
}

static inline void publish(const char *version, const char *content)
{
    publish_as("shop", version, content);
}

/* 2.0.0 is published, and its key is trusted. */
static inline int release_setup(void **state)
{
    fake_clock_reset();
    fake_clock.now_ms = INT64_C(1800000000000); /* after this program was built */
    if (scene_setup(state) != 0)
        return -1;
    assert_true(
        text_list_add(&app_scene->settings.verify.rsa.keys, release_key.public, &app_scene->err));
    publish("2.0.0", "two");
    return 0;
}

#define RELEASE_TEST(test) cmocka_unit_test_setup_teardown(test, release_setup, scene_teardown)

#endif
