/* Tests deploy/report/textfile.h: each line of it. What Prometheus' own tool says
 * of the file is tested end to end. */
#include "tests/deploy/app_scene.h"

#include "deploy/report/textfile.h"

static DeploymentRecord record_of(DeploymentKind kind, DeploymentState state)
{
    return (DeploymentRecord){.kind = kind,
                              .state = state,
                              .version = "2.0.0",
                              .from_version = "1.0.0",
                              .started_ms = INT64_C(1795435200007),
                              .ended_ms = state == DEPLOYMENT_OPEN ? 0 : INT64_C(1795435212340)};
}

static void save(DeploymentRecord record)
{
    assert_done(journal_open_deployment(app_scene->app.journal, &record, &app_scene->err));
    assert_done(journal_save_deployment(app_scene->app.journal, &record, &app_scene->err));
}

/* The journal as three deployments leave it, the last one failed at its watch. */
static void fill_journal(void)
{
    const StepRecord check = {
        .stage = "check", .state = STEP_UNDONE, .started_ms = 1, .took_ms = 3};
    const StepRecord watch = {
        .stage = "watch", .state = STEP_FAILED, .started_ms = 2, .took_ms = 10500, .text = "bad"};
    const ServingRecord serving = {
        .version = "1.0.0", .slot = SLOT_BLUE, .since_ms = INT64_C(1795435100000)};

    save(record_of(KIND_DEPLOY, DEPLOYMENT_DONE));
    save(record_of(KIND_ROLLBACK, DEPLOYMENT_DONE));
    save(record_of(KIND_DEPLOY, DEPLOYMENT_FAILED));
    assert_done(journal_save_step(app_scene->app.journal, 3, &check, NULL, &app_scene->err) &&
                journal_save_step(app_scene->app.journal, 3, &watch, NULL, &app_scene->err) &&
                journal_save_serving(app_scene->app.journal, &serving, &app_scene->err));
}

static char *written_text(void)
{
    CLEANUP(free) char *path = text_formatted("%s/godeploy_shop.prom", app_scene->root);
    char *text = NULL;
    size_t length = 0;

    assert_done(file_read_all(path, 1 << 20, &text, &length, &app_scene->err));
    return text;
}

/* Without its comments. */
static void assert_samples(const char *text, const char *samples)
{
    CLEANUP_TEXT Text got = {0};

    for (size_t length = 0; *text; text += length) {
        length = strcspn(text, "\n") + 1;
        if (*text != '#')
            text_append_bytes(&got, text, length);
    }
    assert_string_equal(text_chars(&got), samples);
}

static void a_deployment_that_failed_is_told_with_what_serves(void **state)
{
    CLEANUP(free) char *text = NULL;

    (void)state;
    fill_journal();
    assert_done(textfile_write(&app_scene->app, app_scene->root, &app_scene->err));
    text = written_text();
    assert_samples(
        text,
        "godeploy_last_deployment_info{app=\"shop\",deployment=\"3\",kind=\"deploy\","
        "release=\"2.0.0\",from=\"1.0.0\",state=\"failed\"} 1\n"
        "godeploy_last_deployment_success{app=\"shop\"} 0\n"
        "godeploy_last_deployment_start_timestamp_seconds{app=\"shop\"} 1795435200.007\n"
        "godeploy_last_deployment_end_timestamp_seconds{app=\"shop\"} 1795435212.340\n"
        "godeploy_last_deployment_duration_seconds{app=\"shop\"} 12.333\n"
        "godeploy_last_deployment_stage_info{app=\"shop\",stage=\"check\",state=\"undone\"} 1\n"
        "godeploy_last_deployment_stage_info{app=\"shop\",stage=\"watch\",state=\"failed\"} 1\n"
        "godeploy_last_deployment_stage_duration_seconds{app=\"shop\",stage=\"watch\"} 10.500\n"
        "godeploy_serving_release_info{app=\"shop\",release=\"1.0.0\",slot=\"blue\"} 1\n"
        "godeploy_serving_since_timestamp_seconds{app=\"shop\"} 1795435100.000\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"deploy\",state=\"done\"} 1\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"deploy\",state=\"failed\"} 1\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"deploy\",state=\"aborted\"} 0\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"rollback\",state=\"done\"} 1\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"rollback\",state=\"failed\"} 0\n"
        "godeploy_deployments_total{app=\"shop\",kind=\"rollback\",state=\"aborted\"} 0\n");
}

static void one_that_is_open_has_no_end_yet(void **state)
{
    CLEANUP_TEXT Text text = {0};
    DeploymentRecord open = record_of(KIND_DEPLOY, DEPLOYMENT_OPEN);
    const ServingRecord nothing = {0};
    const DeploymentCounts counts = {0};
    const TextfileFacts facts = {
        .app = "shop", .last = &open, .serving = &nothing, .counts = &counts};

    (void)state;
    textfile_format(&facts, &text);
    assert_non_null(strstr(text_chars(&text), "state=\"open\"} 1\n"));
    assert_non_null(strstr(text_chars(&text), "last_deployment_success{app=\"shop\"} 0\n"));
    assert_null(strstr(text_chars(&text), "_end_timestamp"));
    assert_null(strstr(text_chars(&text), "last_deployment_duration"));
    assert_null(strstr(text_chars(&text), "serving"));
}

/* Labels: \\, \" and \n; see the format's own description. A clock may be set back. */
static void what_would_end_a_label_is_escaped(void **state)
{
    CLEANUP_TEXT Text text = {0};
    DeploymentRecord odd = record_of(KIND_DEPLOY, DEPLOYMENT_DONE);
    const ServingRecord nothing = {0};
    const DeploymentCounts counts = {0};
    const TextfileFacts facts = {
        .app = "shop", .last = &odd, .serving = &nothing, .counts = &counts};

    (void)state;
    (void)snprintf(odd.version, sizeof odd.version, "a\"b\\c\nd");
    odd.ended_ms = odd.started_ms - 1;
    textfile_format(&facts, &text);
    assert_non_null(strstr(text_chars(&text), "release=\"a\\\"b\\\\c\\nd\",from"));
    assert_non_null(strstr(text_chars(&text), "duration_seconds{app=\"shop\"} 0.000\n"));
}

static void before_the_first_deployment_there_is_nothing_to_tell(void **state)
{
    CLEANUP(free) char *path = text_formatted("%s/godeploy_shop.prom", app_scene->root);

    (void)state;
    assert_done(textfile_write(&app_scene->app, app_scene->root, &app_scene->err));
    assert_false(file_exists(path));
}

static void a_folder_that_is_missing_is_named(void **state)
{
    CLEANUP(free) char *missing = text_formatted("%s/none", app_scene->root);

    (void)state;
    fill_journal();
    assert_fails(textfile_write(&app_scene->app, missing, &app_scene->err), ERR_FILE,
                 "none/godeploy_shop.prom");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_deployment_that_failed_is_told_with_what_serves),
        SCENE_TEST(one_that_is_open_has_no_end_yet),
        SCENE_TEST(what_would_end_a_label_is_escaped),
        SCENE_TEST(before_the_first_deployment_there_is_nothing_to_tell),
        SCENE_TEST(a_folder_that_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
