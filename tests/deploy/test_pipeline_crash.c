/* Tests deploy/pipeline.c: killed, or left by its journal, at every write. The stages are fake, the
 * journal is real; the linker hands the journal's writes to us first (tests/CMakeLists.txt). */
#include "deploy/pipeline.h"
#include "tests/deploy/fake_stages.h"

#include <sys/wait.h>
#include <unistd.h>

typedef enum Fault {
    KILLED_BEFORE, /* the write */
    KILLED_AFTER,
    WRITE_FAILS,     /* this one */
    ALL_WRITES_FAIL, /* from this one on: the disk is full */
    FAULT_COUNT
} Fault;

static struct {
    Fault fault;
    int at; /* the write it happens at, counted from 1; 0: never */
    int writes;
} journal_fault;

enum { NOT_HIT, HIT, KILLED, MOST_WRITES = 200 };

static bool write_is_let_through(Error *err)
{
    bool hit = ++journal_fault.writes == journal_fault.at;

    if (hit && journal_fault.fault == KILLED_BEFORE)
        _exit(KILLED);
    if ((hit && journal_fault.fault == WRITE_FAILS) ||
        (journal_fault.at > 0 && journal_fault.writes >= journal_fault.at &&
         journal_fault.fault == ALL_WRITES_FAIL))
        return error_set(err, ERR_JOURNAL, "the journal's disk is full");
    return true;
}

static bool written(bool done)
{
    if (journal_fault.writes == journal_fault.at && journal_fault.fault == KILLED_AFTER)
        _exit(KILLED);
    return done;
}

/* __real_X is the journal's own X: the linker's names, which no header declares. */
#define WRAP(name, parameters, arguments)                                                          \
    bool __real_##name parameters;                                                                 \
    bool __wrap_##name parameters;                                                                 \
    bool __wrap_##name parameters                                                                  \
    {                                                                                              \
        return write_is_let_through(err) && written(__real_##name arguments);                      \
    }

WRAP(journal_begin, (Journal * journal, Error *err), (journal, err))
WRAP(journal_commit, (Journal * journal, Error *err), (journal, err))
WRAP(journal_open_deployment, (Journal * journal, DeploymentRecord *record, Error *err),
     (journal, record, err))
WRAP(journal_save_deployment, (Journal * journal, const DeploymentRecord *record, Error *err),
     (journal, record, err))
WRAP(journal_save_step,
     (Journal * journal, int64_t deployment, const StepRecord *step, const Json *detail,
      Error *err),
     (journal, deployment, step, detail, err))

static const DeployRequest to_2 = {.kind = KIND_DEPLOY, .version = "2.0.0"};

static void reopen_journal(void)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "journal.db");

    assert_done(journal_open(path, JOURNAL_CREATE, &app_scene->app.journal, &app_scene->err));
}

static void close_journal(void)
{
    journal_close(app_scene->app.journal);
    app_scene->app.journal = NULL;
}

/* One command, in a process of its own, so that it can be killed. True if it was not hit. */
static bool deploy_with(const char *failing_stage, Fault fault, int at)
{
    int status = 0;
    pid_t child = 0;

    close_journal(); /* SQLite must not be carried into a child */
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CLEANUP_DEPLOYMENT Deployment deployment = {0};

        reopen_journal();
        journal_fault.fault = fault;
        journal_fault.at = at;
        journal_fault.writes = 0;
        fake_stages.fails_at = failing_stage;
        if (pipeline_open(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err))
            (void)pipeline_run(&deployment, &app_scene->err);
        _exit(journal_fault.writes < at ? NOT_HIT : HIT);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    reopen_journal();
    return WEXITSTATUS(status) == NOT_HIT;
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
        not_hit = deploy_with(failing_stage, fault, at);
        then(what, at);
        assert_int_equal(scene_teardown(&state), 0);
        if (not_hit) {
            assert_true(at > 10); /* it was hit before, more than once */
            return;
        }
    }
    fail_msg("%s: it never ends", what);
}

static const char *const fault_words[FAULT_COUNT] = {"killed before", "killed after",
                                                     "a write fails", "the disk is full"};

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
