/* Tests deploy/pipeline.c: the order, what is undone when, and what stays open for whom. */
#include "deploy/pipeline.h"
#include "tests/deploy/fake_stages.h"

static const DeployRequest to_2 = {.kind = KIND_DEPLOY, .version = "2.0.0"};

static void open_deployment(Deployment *out)
{
    assert_done(pipeline_open(&app_scene->app, &to_2, &app_scene->observer, out, &app_scene->err));
}

static bool run_new(void)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    open_deployment(&deployment);
    return pipeline_run(&deployment, &app_scene->err);
}

static bool resume(void)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    return pipeline_reopen(&app_scene->app, &to_2, &app_scene->observer, &deployment,
                           &app_scene->err) &&
           pipeline_run(&deployment, &app_scene->err);
}

static bool abort_open(void)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    return pipeline_reopen(&app_scene->app, &to_2, &app_scene->observer, &deployment,
                           &app_scene->err) &&
           pipeline_abort(&deployment, &app_scene->err);
}

/* One command of a CI job: the open deployment, or a new one for fetch. */
static bool run_stage(const char *stage, bool *already)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    if (!journal_has_open(app_scene->app.journal))
        open_deployment(&deployment);
    else
        assert_done(pipeline_reopen(&app_scene->app, &to_2, &app_scene->observer, &deployment,
                                    &app_scene->err));
    return pipeline_run_stage(&deployment, stage, already, &app_scene->err);
}

static void run_stages_up_to(const char *last)
{
    bool already = false;

    for (size_t i = 0; i < pipeline_stage_count(); i++) {
        assert_done(run_stage(pipeline_stage_name(i), &already));
        assert_false(already);
        if (text_equal(pipeline_stage_name(i), last))
            return;
    }
}

static DeploymentRecord last_deployment(void)
{
    CLEANUP(free) DeploymentRecord *all = NULL;
    size_t count = 0;

    assert_true(journal_list_deployments(app_scene->app.journal, 1, &all, &count, &app_scene->err));
    assert_int_equal(count, 1);
    return all[0];
}

static void assert_state(DeploymentState expected)
{
    assert_string_equal(deployment_state_name(last_deployment().state),
                        deployment_state_name(expected));
}

static void assert_step(const char *stage, StepState expected)
{
    StepRecord step = {0};

    assert_done(journal_find_step(app_scene->app.journal, last_deployment().id, stage, &step,
                                  &app_scene->err));
    assert_string_equal(step_state_name(step.state), step_state_name(expected));
}

/* ---- the order ---- */

static void all_stages_run_in_order_and_the_deployment_is_done(void **state)
{
    (void)state;
    assert_done(run_new());
    assert_log("fetch verify unpack start check flip watch drain retire ");
    assert_state(DEPLOYMENT_DONE);
    assert_int_not_equal(last_deployment().ended_ms, 0);
    assert_string_equal(scene_serving().version, "2.0.0");
    assert_told("deployment_done -: release 2.0.0 serves");
}

static void the_new_release_gets_the_slot_that_is_free(void **state)
{
    DeploymentRecord record;

    (void)state;
    assert_done(run_new());
    record = last_deployment();
    assert_int_equal(record.from_slot, SLOT_BLUE);
    assert_int_equal(record.slot, SLOT_GREEN);
    assert_string_equal(record.from_version, "1.0.0");
    assert_int_equal(strlen(record.instance), 12);
    assert_int_equal(strlen(record.proof), JOURNAL_TOKEN_SIZE - 1);
}

static void every_stage_leaves_its_proof_in_the_journal(void **state)
{
    CLEANUP(free) StepRecord *steps = NULL;
    size_t count = 0;

    (void)state;
    assert_done(run_new());
    assert_true(journal_list_steps(app_scene->app.journal, last_deployment().id, &steps, &count,
                                   &app_scene->err));
    assert_int_equal(count, pipeline_stage_count());
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free) char *proof = text_formatted("%s is proven", steps[i].stage);

        assert_string_equal(steps[i].stage, pipeline_stage_name(i));
        assert_int_equal(steps[i].state, STEP_DONE);
        assert_string_equal(steps[i].text, proof);
        assert_true(steps[i].took_ms >= 0);
    }
}

static void a_second_deployment_is_refused_while_one_is_open(void **state)
{
    CLEANUP_DEPLOYMENT Deployment first = {0};
    CLEANUP_DEPLOYMENT Deployment second = {0};

    (void)state;
    open_deployment(&first);
    assert_fails(pipeline_open(&app_scene->app, &to_2, NULL, &second, &app_scene->err), ERR_STATE,
                 "was begun and is not finished");
    assert_non_null(strstr(app_scene->err.hint, "--resume"));
}

static void an_address_that_another_program_has_begins_nothing(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    app_scene->view.known = false;
    fake_stages.public_free_at_ms = INT64_MAX;
    assert_fails(pipeline_open(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err),
                 ERR_ENGINE, "public address 127.0.0.1:8080: another program listens there");
    assert_non_null(strstr(app_scene->err.hint, "Choose another address in traffic.listen"));
    assert_false(journal_has_open(app_scene->app.journal));
}

static void an_address_that_is_just_being_given_back_is_waited_for(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    app_scene->view.known = false;
    fake_stages.public_free_at_ms = clock_monotonic_ms() + 500;
    open_deployment(&deployment);
}

static void an_address_that_the_engine_has_is_in_nobodys_way(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    fake_stages.public_free_at_ms = INT64_MAX;
    open_deployment(&deployment);
}

static void an_address_added_beside_one_that_the_engine_has_must_be_free(void **state)
{
    Settings *settings = &app_scene->settings;
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    settings->traffic.listen_count = 2;
    assert_done(address_parse("127.0.0.2:8081", &settings->traffic.listen[1], &app_scene->err));
    fake_stages.public_free_at_ms = INT64_MAX;
    assert_fails(pipeline_open(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err),
                 ERR_ENGINE, "public address 127.0.0.2:8081: another program listens there");
    assert_false(journal_has_open(app_scene->app.journal));
}

static void nothing_can_be_resumed_where_nothing_is_open(void **state)
{
    (void)state;
    assert_fails(resume(), ERR_ORDER, "no deployment of shop is open");
}

static void a_secret_of_the_source_does_not_reach_the_journal(void **state)
{
    const DeployRequest request = {.kind = KIND_DEPLOY,
                                   .source = "https://me:pass@host/a.zip?token=secret"};
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    assert_done(pipeline_open(&app_scene->app, &request, NULL, &deployment, &app_scene->err));
    assert_string_equal(last_deployment().source, "https://host/a.zip");
}

/* ---- a rollback ---- */

static void a_rollback_takes_the_good_release_that_served_before(void **state)
{
    const DeployRequest back = {.kind = KIND_ROLLBACK};
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 1);
    scene_release("0.9.0", RELEASE_GOOD, 2);
    assert_done(pipeline_open(&app_scene->app, &back, NULL, &deployment, &app_scene->err));
    assert_string_equal(deployment.record.version, "0.9.0");
    assert_string_equal(deployment.record.digest, "digest of 0.9.0");
    assert_true(deployment.record.attested);
}

static void a_rollback_takes_over_the_instance_that_is_still_warm(void **state)
{
    const DeployRequest back = {.kind = KIND_ROLLBACK};
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 1);
    scene_release("0.9.0", RELEASE_GOOD, 2);
    scene_record_instance(SLOT_GREEN, "0.9.0", "warm-one");
    assert_done(pipeline_open(&app_scene->app, &back, NULL, &deployment, &app_scene->err));
    assert_string_equal(deployment.record.instance, "warm-one");
}

static void a_rollback_to_nothing_begins_nothing(void **state)
{
    const DeployRequest back = {.kind = KIND_ROLLBACK};
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    assert_fails(pipeline_open(&app_scene->app, &back, NULL, &deployment, &app_scene->err),
                 ERR_NO_RELEASE, "no good release");
    assert_false(journal_has_open(app_scene->app.journal));
}

/* ---- a fault at every stage ---- */

static void fail_at(const char *stage, ErrorCode expected)
{
    fake_stages.fails_at = stage;
    assert_fails(run_new(), expected, "is ill");
}

static void a_failed_fetch_leaves_nothing_to_undo(void **state)
{
    (void)state;
    fail_at("fetch", ERR_FETCH);
    assert_log("fetch on_failure ");
    assert_state(DEPLOYMENT_FAILED);
}

static void a_refused_archive_is_undone_as_far_as_it_was_fetched(void **state)
{
    (void)state;
    fail_at("verify", ERR_REFUSED);
    assert_log("fetch verify -fetch on_failure ");
    assert_state(DEPLOYMENT_FAILED);
}

static void a_failed_unpack_undoes_the_fetch(void **state)
{
    (void)state;
    fail_at("unpack", ERR_UNPACK);
    assert_log("fetch verify unpack -fetch on_failure ");
}

static void a_failed_start_is_undone_newest_first(void **state)
{
    (void)state;
    fail_at("start", ERR_START);
    assert_log("fetch verify unpack start -unpack -fetch on_failure ");
}

static void an_unhealthy_release_is_undone_before_traffic_moves(void **state)
{
    (void)state;
    fail_at("check", ERR_UNHEALTHY);
    assert_log("fetch verify unpack start check -start -unpack -fetch on_failure ");
    assert_string_equal(app_scene->err.serves, "release 1.0.0 still answers all requests");
}

static void a_failed_flip_stops_the_new_release(void **state)
{
    (void)state;
    fail_at("flip", ERR_FLIP);
    assert_log("fetch verify unpack start check flip -start -unpack -fetch on_failure ");
    assert_string_equal(scene_serving().version, "1.0.0");
}

static void a_bad_figure_in_the_watch_undoes_the_flip_first(void **state)
{
    (void)state;
    fail_at("watch", ERR_FLIPPED_BACK);
    assert_log(
        "fetch verify unpack start check flip watch -flip -start -unpack -fetch on_failure ");
    assert_string_equal(scene_serving().version, "1.0.0");
    assert_string_equal(app_scene->err.serves, "release 1.0.0 still answers all requests");
    assert_state(DEPLOYMENT_FAILED);
    assert_step("watch", STEP_FAILED);
    assert_step("flip", STEP_UNDONE);
}

static void a_failed_drain_keeps_the_new_release_and_stays_open(void **state)
{
    (void)state;
    fail_at("drain", ERR_INTERNAL);
    assert_log("fetch verify unpack start check flip watch drain ");
    assert_string_equal(scene_serving().version, "2.0.0");
    assert_string_equal(app_scene->err.serves, "release 2.0.0 now answers all requests");
    assert_non_null(strstr(app_scene->err.hint, "--resume"));
    assert_state(DEPLOYMENT_OPEN);
}

static void a_failed_retire_is_finished_by_the_next_run(void **state)
{
    (void)state;
    fail_at("retire", ERR_INTERNAL);
    fake_stages.fails_at = NULL;
    text_clear(&app_scene->log);
    assert_done(resume());
    assert_log("retire ");
    assert_state(DEPLOYMENT_DONE);
}

static void a_clear_cause_keeps_its_exit_status(void **state)
{
    (void)state;
    fake_stages.failure = ERR_PERMISSION;
    fail_at("start", ERR_PERMISSION);
}

static void facts_that_cannot_be_recorded_undo_the_stage_itself(void **state)
{
    (void)state;
    fail_at("+flip", ERR_FLIP);
    assert_log("fetch verify unpack start check flip -flip -start -unpack -fetch on_failure ");
    assert_string_equal(scene_serving().version, "1.0.0");
    assert_state(DEPLOYMENT_FAILED);
}

static void why_it_failed_is_kept_in_the_journal(void **state)
{
    (void)state;
    fail_at("check", ERR_UNHEALTHY);
    assert_string_equal(last_deployment().message, "check is ill");
    assert_told("stage_failed check: check is ill");
    assert_told("deployment_failed");
}

/* ---- undoing that fails ---- */

static void what_cannot_be_undone_leaves_the_deployment_open(void **state)
{
    (void)state;
    fake_stages.fails_at = "-start";
    fake_stages.interrupted_at = "flip"; /* the reason to undo */
    assert_fails(run_new(), ERR_STATE, "interrupted; and then undoing start: -start is ill");
    assert_log("fetch verify unpack start check flip -start ");
    assert_non_null(strstr(app_scene->err.hint, "godeploy abort"));
    assert_state(DEPLOYMENT_OPEN);
    assert_step("start", STEP_DONE);
}

static void a_stage_that_could_not_clean_up_leaves_all_below_it_standing(void **state)
{
    (void)state;
    fake_stages.fails_at = "flip";
    fake_stages.failure = ERR_STATE;
    assert_fails(run_new(), ERR_STATE, "flip is ill");
    assert_log("fetch verify unpack start check flip ");
    assert_non_null(strstr(app_scene->err.hint, "godeploy abort"));
    assert_state(DEPLOYMENT_OPEN);
}

static void an_abort_goes_on_where_undoing_stopped(void **state)
{
    (void)state;
    fake_stages.fails_at = "-start";
    fake_stages.interrupted_at = "flip";
    assert_false(run_new());
    fake_stages = (FakeStages){0};
    fake_clock.interrupt_at_ms = 0;
    text_clear(&app_scene->log);
    assert_done(abort_open());
    assert_non_null(strstr(text_chars(&app_scene->log), "-start -unpack -fetch on_failure "));
    assert_state(DEPLOYMENT_ABORTED);
    assert_false(effect_stands("start"));
}

static void an_abort_that_fails_stops_at_what_still_stands(void **state)
{
    (void)state;
    run_stages_up_to("flip");
    text_clear(&app_scene->log);
    fake_stages.fails_at = "-flip";
    assert_fails(abort_open(), ERR_STATE, "undoing flip");
    assert_log("-flip ");
    assert_true(effect_stands("start"));
    assert_state(DEPLOYMENT_OPEN);
}

/* ---- Ctrl-C ---- */

static void ctrl_c_before_the_flip_undoes_everything(void **state)
{
    (void)state;
    fake_stages.interrupted_at = "check";
    assert_fails(run_new(), ERR_INTERRUPTED, "interrupted");
    assert_log("fetch verify unpack start check -start -unpack -fetch on_failure ");
    assert_state(DEPLOYMENT_ABORTED);
    assert_int_equal(fake_clock.holds, 0);
}

static void ctrl_c_after_the_flip_leaves_it_open_and_says_how_to_go_on(void **state)
{
    (void)state;
    fake_stages.interrupted_at = "watch";
    assert_fails(run_new(), ERR_INTERRUPTED, "interrupted");
    assert_log("fetch verify unpack start check flip watch ");
    assert_string_equal(app_scene->err.serves, "release 2.0.0 now answers all requests");
    assert_non_null(strstr(app_scene->err.hint, "--resume"));
    assert_state(DEPLOYMENT_OPEN);
    assert_string_equal(scene_serving().version, "2.0.0");
}

static void ctrl_c_between_two_stages_is_seen_before_the_next_begins(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)state;
    open_deployment(&deployment);
    fake_clock.interrupt_at_ms = 1;
    assert_fails(pipeline_run(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
    assert_log("on_failure ");
}

/* ---- going on ---- */

static void a_resumed_deployment_runs_only_what_is_missing(void **state)
{
    (void)state;
    fake_stages.interrupted_at = "watch";
    assert_false(run_new());
    fake_stages = (FakeStages){0};
    fake_clock.interrupt_at_ms = 0;
    text_clear(&app_scene->log);
    assert_done(resume());
    assert_log("watch drain retire ");
    assert_state(DEPLOYMENT_DONE);
}

static void what_no_longer_holds_is_done_again_with_all_that_follows(void **state)
{
    (void)state;
    run_stages_up_to("watch");
    text_clear(&app_scene->log);
    fake_stages.lost = "start"; /* a reboot */
    assert_done(resume());
    assert_log("start check flip watch drain retire ");
    assert_state(DEPLOYMENT_DONE);
}

/* The route still goes to the new slot: nothing below it may be taken away first. */
static void a_stage_that_cannot_be_done_again_is_undone_with_all_that_stood_on_it(void **state)
{
    (void)state;
    run_stages_up_to("watch");
    text_clear(&app_scene->log);
    fake_stages.lost = "start";
    fake_stages.fails_at = "start";
    assert_fails(resume(), ERR_START, "start is ill");
    assert_log("start -watch -flip -start -unpack -fetch on_failure ");
    assert_string_equal(scene_serving().version, "1.0.0");
    assert_state(DEPLOYMENT_FAILED);
}

/* ---- stage by stage ---- */

static void stage_by_stage_is_the_same_deployment(void **state)
{
    (void)state;
    run_stages_up_to("retire");
    assert_log("fetch verify unpack start check flip watch drain retire ");
    assert_state(DEPLOYMENT_DONE);
    assert_int_equal(last_deployment().id, 1);
}

static void a_stage_that_is_done_is_not_done_again(void **state)
{
    bool already = false;

    (void)state;
    run_stages_up_to("unpack");
    text_clear(&app_scene->log);
    assert_done(run_stage("verify", &already));
    assert_true(already);
    assert_log("");
    assert_told("stage_skipped verify: already done");
}

static void a_stage_out_of_order_names_the_one_that_is_missing(void **state)
{
    bool already = false;

    (void)state;
    run_stages_up_to("verify");
    assert_fails(run_stage("flip", &already), ERR_ORDER,
                 "flip cannot run yet: unpack has not been done");
    assert_string_equal(app_scene->err.hint, "Run `godeploy unpack` first.");
    assert_true(journal_has_open(app_scene->app.journal));
}

static void a_stage_whose_ground_is_gone_names_what_must_be_done_again(void **state)
{
    bool already = false;

    (void)state;
    run_stages_up_to("check");
    fake_stages.lost = "start"; /* it has crashed since it was checked */
    assert_fails(run_stage("flip", &already), ERR_ORDER, "flip cannot run yet: start");
    assert_string_equal(app_scene->err.hint, "Run `godeploy start` again first.");
    assert_string_equal(scene_serving().version, "1.0.0");
}

/* What was verified was another download: its verdict must not be taken for this one's. */
static void a_stage_done_again_makes_those_after_it_be_done_again(void **state)
{
    bool already = false;

    (void)state;
    run_stages_up_to("verify");
    fake_stages.lost = "fetch";
    assert_done(run_stage("fetch", &already));
    assert_false(already);
    fake_stages.lost = NULL;
    assert_fails(run_stage("unpack", &already), ERR_ORDER, "verify has not been done");
    assert_done(run_stage("verify", &already));
    assert_false(already);
}

static void a_stage_that_fails_alone_undoes_what_was_done_before(void **state)
{
    bool already = false;

    (void)state;
    run_stages_up_to("unpack");
    text_clear(&app_scene->log);
    fake_stages.fails_at = "start";
    assert_fails(run_stage("start", &already), ERR_START, "start is ill");
    assert_log("start -unpack -fetch on_failure ");
    assert_state(DEPLOYMENT_FAILED);
}

static void there_is_no_stage_of_another_name(void **state)
{
    bool already = false;

    (void)state;
    assert_fails(run_stage("launch", &already), ERR_INTERNAL, "no stage launch");
}

static void the_next_stage_is_the_first_that_is_not_done(void **state)
{
    const char *next = NULL;

    (void)state;
    run_stages_up_to("check");
    assert_true(
        pipeline_next_stage(app_scene->app.journal, last_deployment().id, &next, &app_scene->err));
    assert_string_equal(next, "flip");
}

/* ---- abort ---- */

static void an_abort_undoes_newest_first(void **state)
{
    (void)state;
    run_stages_up_to("watch");
    text_clear(&app_scene->log);
    assert_done(abort_open());
    assert_log("-watch -flip -start -unpack -fetch on_failure ");
    assert_told("deployment_aborted -: aborted by the operator");
    assert_state(DEPLOYMENT_ABORTED);
    assert_string_equal(scene_serving().version, "1.0.0");
}

static void an_abort_undoes_only_what_was_begun(void **state)
{
    (void)state;
    run_stages_up_to("verify");
    text_clear(&app_scene->log);
    assert_done(abort_open());
    assert_log("-fetch on_failure ");
}

static void ctrl_c_does_not_stop_an_abort(void **state)
{
    (void)state;
    run_stages_up_to("start");
    fake_clock.interrupt_at_ms = 1;
    assert_done(abort_open());
    assert_state(DEPLOYMENT_ABORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGES_TEST(all_stages_run_in_order_and_the_deployment_is_done),
        STAGES_TEST(the_new_release_gets_the_slot_that_is_free),
        STAGES_TEST(every_stage_leaves_its_proof_in_the_journal),
        STAGES_TEST(a_second_deployment_is_refused_while_one_is_open),
        STAGES_TEST(an_address_that_another_program_has_begins_nothing),
        STAGES_TEST(an_address_that_is_just_being_given_back_is_waited_for),
        STAGES_TEST(an_address_that_the_engine_has_is_in_nobodys_way),
        STAGES_TEST(an_address_added_beside_one_that_the_engine_has_must_be_free),
        STAGES_TEST(nothing_can_be_resumed_where_nothing_is_open),
        STAGES_TEST(a_secret_of_the_source_does_not_reach_the_journal),
        STAGES_TEST(a_rollback_takes_the_good_release_that_served_before),
        STAGES_TEST(a_rollback_takes_over_the_instance_that_is_still_warm),
        STAGES_TEST(a_rollback_to_nothing_begins_nothing),
        STAGES_TEST(a_failed_fetch_leaves_nothing_to_undo),
        STAGES_TEST(a_refused_archive_is_undone_as_far_as_it_was_fetched),
        STAGES_TEST(a_failed_unpack_undoes_the_fetch),
        STAGES_TEST(a_failed_start_is_undone_newest_first),
        STAGES_TEST(an_unhealthy_release_is_undone_before_traffic_moves),
        STAGES_TEST(a_failed_flip_stops_the_new_release),
        STAGES_TEST(a_bad_figure_in_the_watch_undoes_the_flip_first),
        STAGES_TEST(a_failed_drain_keeps_the_new_release_and_stays_open),
        STAGES_TEST(a_failed_retire_is_finished_by_the_next_run),
        STAGES_TEST(a_clear_cause_keeps_its_exit_status),
        STAGES_TEST(facts_that_cannot_be_recorded_undo_the_stage_itself),
        STAGES_TEST(why_it_failed_is_kept_in_the_journal),
        STAGES_TEST(what_cannot_be_undone_leaves_the_deployment_open),
        STAGES_TEST(a_stage_that_could_not_clean_up_leaves_all_below_it_standing),
        STAGES_TEST(an_abort_goes_on_where_undoing_stopped),
        STAGES_TEST(an_abort_that_fails_stops_at_what_still_stands),
        STAGES_TEST(ctrl_c_before_the_flip_undoes_everything),
        STAGES_TEST(ctrl_c_after_the_flip_leaves_it_open_and_says_how_to_go_on),
        STAGES_TEST(ctrl_c_between_two_stages_is_seen_before_the_next_begins),
        STAGES_TEST(a_resumed_deployment_runs_only_what_is_missing),
        STAGES_TEST(what_no_longer_holds_is_done_again_with_all_that_follows),
        STAGES_TEST(a_stage_that_cannot_be_done_again_is_undone_with_all_that_stood_on_it),
        STAGES_TEST(stage_by_stage_is_the_same_deployment),
        STAGES_TEST(a_stage_that_is_done_is_not_done_again),
        STAGES_TEST(a_stage_out_of_order_names_the_one_that_is_missing),
        STAGES_TEST(a_stage_whose_ground_is_gone_names_what_must_be_done_again),
        STAGES_TEST(a_stage_done_again_makes_those_after_it_be_done_again),
        STAGES_TEST(a_stage_that_fails_alone_undoes_what_was_done_before),
        STAGES_TEST(there_is_no_stage_of_another_name),
        STAGES_TEST(the_next_stage_is_the_first_that_is_not_done),
        STAGES_TEST(an_abort_undoes_newest_first),
        STAGES_TEST(an_abort_undoes_only_what_was_begun),
        STAGES_TEST(ctrl_c_does_not_stop_an_abort),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
