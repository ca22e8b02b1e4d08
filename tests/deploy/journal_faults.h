/* journal_faults: the journal of a scene that kills its process, or fails, at a write of one's
 * choice. The linker hands the writes to us first (tests/CMakeLists.txt). Included once in a test
 * program, after app_scene.h. */
#ifndef GODEPLOY_TESTS_DEPLOY_JOURNAL_FAULTS_H
#define GODEPLOY_TESTS_DEPLOY_JOURNAL_FAULTS_H

#include "tests/deploy/app_scene.h"

#include <sys/wait.h>
#include <unistd.h>

typedef enum Fault {
    KILLED_BEFORE, /* the write, or what else is a step */
    KILLED_AFTER,
    WRITE_FAILS,     /* this one */
    ALL_WRITES_FAIL, /* from this one on: the disk is full */
    FAULT_COUNT
} Fault;

static struct {
    Fault fault;
    int at; /* the write it happens at, counted from 1; 0: never */
    int writes;
    void (*last_act)(void); /* NULL, or what a process does that dies */
} journal_fault;

enum { NOT_HIT, HIT, KILLED, MOST_WRITES = 200 };

static inline void die(int status)
{
    if (journal_fault.last_act)
        journal_fault.last_act();
    _exit(status);
}

static inline bool write_is_let_through(Error *err)
{
    bool hit = ++journal_fault.writes == journal_fault.at;

    if (hit && journal_fault.fault == KILLED_BEFORE)
        die(KILLED);
    if ((hit && journal_fault.fault == WRITE_FAILS) ||
        (journal_fault.at > 0 && journal_fault.writes >= journal_fault.at &&
         journal_fault.fault == ALL_WRITES_FAIL))
        return error_set(err, ERR_JOURNAL, "the journal's disk is full");
    return true;
}

static inline bool written(bool done)
{
    if (journal_fault.writes == journal_fault.at && journal_fault.fault == KILLED_AFTER)
        die(KILLED);
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
WRAP(journal_save_serving, (Journal * journal, const ServingRecord *serving, Error *err),
     (journal, serving, err))
WRAP(journal_save_instance, (Journal * journal, Slot slot, const SlotRecord *instance, Error *err),
     (journal, slot, instance, err))
WRAP(journal_save_rollout, (Journal * journal, const RolloutRecord *rollout, Error *err),
     (journal, rollout, err))

/* SQLite must not be carried into a child. */
static inline void faults_close_journal(void)
{
    journal_close(app_scene->app.journal);
    app_scene->app.journal = NULL;
}

static inline void faults_reopen_journal(void)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "journal.db");

    assert_done(journal_open(path, JOURNAL_CREATE, &app_scene->app.journal, &app_scene->err));
}

/* `act` in a process of its own, so that it can be killed. True if the fault was not reached. */
static inline bool faults_run(Fault fault, int at, void (*act)(const void *context),
                              const void *context)
{
    int status = 0;
    pid_t child = 0;

    faults_close_journal();
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        faults_reopen_journal();
        journal_fault.fault = fault;
        journal_fault.at = at;
        journal_fault.writes = 0;
        act(context);
        die(journal_fault.writes < at ? NOT_HIT : HIT);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), NOT_HIT, KILLED);
    faults_reopen_journal();
    return WEXITSTATUS(status) == NOT_HIT;
}

static const char *const fault_words[FAULT_COUNT] = {"killed before", "killed after",
                                                     "a write fails", "the disk is full"};

#endif
