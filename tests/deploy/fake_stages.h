/* fake_stages: the stages of a deployment, each a file that is there (its effect stands) or not.
 * Included once in a test program: what stands here takes the place of deploy/stage_*.c and
 * deploy/hooks.c. The effects are on disk, so that they outlive a process that is killed. */
#ifndef GODEPLOY_TESTS_DEPLOY_FAKE_STAGES_H
#define GODEPLOY_TESTS_DEPLOY_FAKE_STAGES_H

#include "deploy/hooks.h"
#include "deploy/stage.h"
#include "tests/deploy/app_scene.h"
#include "tests/deploy/fake_clock.h"

typedef struct FakeStages {
    const char *fails_at;       /* the stage that fails; "-start" when it is undone, "+flip" when
                                   its facts are recorded */
    const char *interrupted_at; /* Ctrl-C while it works */
    const char *lost;           /* whose proof no longer holds */
    ErrorCode failure;          /* ERR_PROCESS where it is not said */
    int64_t public_free_at_ms;  /* until then another program has the public address */
} FakeStages;

static FakeStages fake_stages;

/* These two take the place of base/net/address_posix.c and address_windows.c. */
bool address_can_bind(const Address *address, const char **why)
{
    (void)address;
    *why = "another program listens there";
    return clock_monotonic_ms() >= fake_stages.public_free_at_ms;
}

bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err)
{
    (void)address;
    (void)timeout_ms;
    return error_set(err, ERR_NETWORK, "nobody asks here");
}

static inline char *effect_path(const char *stage)
{
    char *path = text_formatted("%s/effect-%s", app_scene->root, stage);

    assert_non_null(path);
    return path;
}

static inline bool effect_stands(const char *stage)
{
    CLEANUP(free) char *path = effect_path(stage);

    return file_exists(path);
}

static inline void effect_make(const char *stage)
{
    CLEANUP(free) char *path = effect_path(stage);
    Error err = {0};

    assert_true(file_write_atomic(path, "", 0, 0600, &err));
}

static inline bool fake_fails(const char *mark, const char *stage, Error *err)
{
    char word[32];

    (void)snprintf(word, sizeof word, "%s%s", mark, stage);
    if (!fake_stages.fails_at || !text_equal(fake_stages.fails_at, word))
        return false;
    (void)error_set(err, fake_stages.failure ? fake_stages.failure : ERR_PROCESS, "%s is ill",
                    word);
    return true;
}

static inline bool fake_run(Deployment *deployment, Error *err)
{
    const char *stage = deployment->stage;

    text_appendf(&app_scene->log, "%s ", stage);
    if (fake_fails("", stage, err))
        return false;
    if (fake_stages.interrupted_at && text_equal(fake_stages.interrupted_at, stage))
        fake_clock.interrupt_at_ms = 1;
    if (!interrupt_check(err))
        return false;
    effect_make(stage);
    deployment_proof(deployment, "%s is proven", stage);
    return true;
}

static inline bool fake_record(Deployment *deployment, Error *err)
{
    return !fake_fails("+", deployment->stage, err);
}

static inline bool fake_undo(Deployment *deployment, Error *err)
{
    CLEANUP(free) char *path = effect_path(deployment->stage);

    text_appendf(&app_scene->log, "-%s ", deployment->stage);
    return !fake_fails("-", deployment->stage, err) && file_remove(path, err);
}

static inline bool fake_holds(const char *stage)
{
    return effect_stands(stage) && (!fake_stages.lost || !text_equal(fake_stages.lost, stage));
}

static inline bool fake_serving(Deployment *deployment, const char *version, Slot slot, Error *err)
{
    ServingRecord serving = {.slot = slot};

    (void)snprintf(serving.version, sizeof serving.version, "%s", version);
    return journal_save_serving(deployment->app->journal, &serving, err);
}

#define FAKE_RUN(name)                                                                             \
    bool stage_##name(Deployment *deployment, Error *err)                                          \
    {                                                                                              \
        return fake_run(deployment, err);                                                          \
    }
#define FAKE_RECORD(name)                                                                          \
    bool record_##name(Deployment *deployment, Error *err)                                         \
    {                                                                                              \
        return fake_record(deployment, err);                                                       \
    }
#define FAKE_UNDO(name)                                                                            \
    bool undo_##name(Deployment *deployment, Error *err)                                           \
    {                                                                                              \
        return fake_undo(deployment, err);                                                         \
    }
#define FAKE_HOLDS(name)                                                                           \
    bool holds_##name(Deployment *deployment)                                                      \
    {                                                                                              \
        (void)deployment;                                                                          \
        return fake_holds(#name);                                                                  \
    }

FAKE_RUN(fetch)
FAKE_UNDO(fetch)
FAKE_HOLDS(fetch)
FAKE_RUN(verify)
FAKE_HOLDS(verify)
FAKE_RUN(unpack)
FAKE_RECORD(unpack)
FAKE_UNDO(unpack)
FAKE_HOLDS(unpack)
FAKE_RUN(start)
FAKE_RECORD(start)
FAKE_UNDO(start)
FAKE_HOLDS(start)
FAKE_RUN(check)
FAKE_HOLDS(flip)
FAKE_RUN(watch)
FAKE_RECORD(watch)
FAKE_UNDO(watch)
FAKE_RUN(drain)
FAKE_RUN(retire)

bool stage_flip(Deployment *deployment, Error *err)
{
    if (!fake_run(deployment, err))
        return false;
    app_scene->view.active = SLOT_GREEN;
    (void)snprintf(app_scene->view.release, sizeof app_scene->view.release, "2.0.0");
    return true;
}

bool record_flip(Deployment *deployment, Error *err)
{
    return fake_record(deployment, err) && fake_serving(deployment, "2.0.0", SLOT_GREEN, err);
}

bool undo_flip(Deployment *deployment, Error *err)
{
    if (!fake_undo(deployment, err))
        return false;
    app_scene->view.active = SLOT_BLUE;
    (void)snprintf(app_scene->view.release, sizeof app_scene->view.release, "1.0.0");
    return fake_serving(deployment, "1.0.0", SLOT_BLUE, err);
}

bool hooks_run(Deployment *deployment, HookPoint point, Error *err)
{
    (void)deployment;
    (void)point;
    (void)err;
    return true;
}

void hooks_run_and_warn(Deployment *deployment, HookPoint point)
{
    (void)deployment;
    if (point == HOOK_ON_FAILURE)
        text_append(&app_scene->log, "on_failure ");
}

/* 1.0.0 serves; nothing fails. */
static inline int stages_setup(void **state)
{
    fake_clock_reset();
    fake_stages = (FakeStages){0};
    if (scene_setup(state) != 0)
        return -1;
    scene_serves("1.0.0", SLOT_BLUE);
    return 0;
}

#define STAGES_TEST(test) cmocka_unit_test_setup_teardown(test, stages_setup, scene_teardown)

#endif
