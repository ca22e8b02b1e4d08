/* Tests deploy/pipeline.c: killed, or left by its journal, at every write. The stages are fake, the
 * journal is real; the linker hands the journal's writes to us first (tests/CMakeLists.txt). */
#include "deploy/pipeline.h"
#include "tests/deploy/fake_stages.h"
#include "tests/deploy/journal_faults.h"

static const DeployRequest to_2 = {.kind = KIND_DEPLOY, .version = "2.0.0"};

static void deploy(const void *failing_stage)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    fake_stages.fails_at = failing_stage;
    if (pipeline_open(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err))
        (void)pipeline_run(&deployment, &app_scene->err);
}

/* As the engine is asked, not as anybody remembers: where requests go is on disk with the fakes. */
static void look_at_the_route(void)
{
    app_scene->view.active = effect_stands("flip") ? SLOT_GREEN : SLOT_BLUE;
}

static void assert_old_serves(const char *what, int at)
{
    if (effect_stands("flip") || !text_equal(scene_serving().version, "1.0.0"))
        fail_msg("%s, write %d: the route goes to %s, the journal says %s", what, at,
                 effect_stands("flip") ? "2.0.0" : "1.0.0", scene_serving().version);
}

static void assert_new_serves(const char *what, int at)
{
    if (!effect_stands("flip") || !effect_stands("start") || !effect_stands("unpack") ||
        !text_equal(scene_serving().version, "2.0.0"))
        fail_msg("%s, write %d: flip %d start %d unpack %d, the journal says %s", what, at,
                 effect_stands("flip"), effect_stands("start"), effect_stands("unpack"),
                 scene_serving().version);
}

static bool go_on(bool (*how)(Deployment *deployment, Error *err))
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    look_at_the_route();
    return pipeline_reopen(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err) &&
           how(&deployment, &app_scene->err);
}

/* What the operator finds after the fault, and what comes of each way on. */
static void finish(const char *what, int at)
{
    if (journal_has_open(app_scene->app.journal)) {
        assert_done(go_on(pipeline_run));
        assert_new_serves(what, at);
    } else if (text_equal(scene_serving().version, "2.0.0")) {
        assert_new_serves(what, at);
    } else {
        assert_old_serves(what, at);
        assert_false(effect_stands("start"));
        assert_false(effect_stands("unpack"));
    }
}

static void take_back(const char *what, int at)
{
    if (!journal_has_open(app_scene->app.journal)) {
        finish(what, at);
        return;
    }
    assert_done(go_on(pipeline_abort));
    assert_old_serves(what, at);
    assert_false(effect_stands("start"));
    assert_false(effect_stands("unpack"));
    assert_false(effect_stands("fetch"));
}

static void at_every_write(const char *failing_stage, Fault fault, const char *what,
                           void (*then)(const char *what, int at))
{
    for (int at = 1; at < MOST_WRITES; at++) {
        void *state = NULL;
        bool not_hit = false;

        assert_int_equal(stages_setup(&state), 0);
        not_hit = faults_run(fault, at, deploy, failing_stage);
        then(what, at);
        assert_int_equal(scene_teardown(&state), 0);
        if (not_hit) {
            assert_true(at > 10); /* it was hit before, more than once */
            return;
        }
    }
    fail_msg("%s: it never ends", what);
}

static void whatever_happens_at_any_write_can_be_finished(void **state)
{
    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        at_every_write(NULL, (Fault)fault, fault_words[fault], finish);
}

static void whatever_happens_at_any_write_can_be_taken_back(void **state)
{
    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        at_every_write(NULL, (Fault)fault, fault_words[fault], take_back);
}

static void whatever_happens_while_undoing_can_be_finished(void **state)
{
    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        at_every_write("watch", (Fault)fault, fault_words[fault], finish);
}

static void whatever_happens_while_undoing_can_be_taken_back(void **state)
{
    (void)state;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        at_every_write("watch", (Fault)fault, fault_words[fault], take_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_at_any_write_can_be_finished),
        cmocka_unit_test(whatever_happens_at_any_write_can_be_taken_back),
        cmocka_unit_test(whatever_happens_while_undoing_can_be_finished),
        cmocka_unit_test(whatever_happens_while_undoing_can_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
