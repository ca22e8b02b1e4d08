/* Tests deploy/instance.c: what an instance is started with, and whose port it is. */
#include "base/platform.h"
#include "deploy/instance_environment.h"
#include "tests/deploy/fake_host.h"
#include "tests/support/environment.h"

static const Instance green_2 = {.version = "2.0.0", .slot = SLOT_GREEN, .id = "i-2.0.0"};

static void add(TextList *list, const char *item)
{
    assert_true(text_list_add(list, item, &app_scene->err));
}

/* The value of `name`, NULL if it is not there; it must not be there twice. */
static const char *variable(const TextList *environment, const char *name)
{
    const char *value = NULL;
    size_t length = strlen(name);

    for (size_t i = 0; i < environment->count; i++)
        if (strncmp(environment->items[i], name, length) == 0 &&
            environment->items[i][length] == '=') {
            assert_null(value);
            value = environment->items[i] + length + 1;
        }
    return value;
}

static void environment_of(TextList *out)
{
    assert_done(instance_environment(&app_scene->app, &green_2, out, &app_scene->err));
    assert_null(out->items[out->count]);
}

/* ---- words ---- */

static void placeholders_name_the_instance_and_its_place(void **state)
{
    CLEANUP_TEXT_LIST TextList patterns = {0};
    CLEANUP_TEXT_LIST TextList out = {0};
    CLEANUP(free) char *folder = text_formatted("%s/releases/2.0.0/x", app_scene->app.folder);

    (void)state;
    add(&patterns, "{port} {slot} {release} {instance} {app}");
    add(&patterns, "{url}/healthz");
    add(&patterns, "{folder}/x");
    assert_done(instance_expand(&app_scene->app, &green_2, &patterns, &out, &app_scene->err));
    assert_int_equal(out.count, 3);
    assert_string_equal(out.items[0], "18082 green 2.0.0 i-2.0.0 shop");
    assert_string_equal(out.items[1], "http://127.0.0.1:18082/healthz");
    assert_string_equal(out.items[2], folder);
}

static void the_url_is_https_where_the_check_is(void **state)
{
    CLEANUP_TEXT_LIST TextList patterns = {0};
    CLEANUP_TEXT_LIST TextList out = {0};

    (void)state;
    add(&patterns, "{url}");
    app_scene->settings.check.kind = CHECK_HTTPS;
    assert_done(instance_expand(&app_scene->app, &green_2, &patterns, &out, &app_scene->err));
    assert_string_equal(out.items[0], "https://127.0.0.1:18082");
}

/* ---- its environment ---- */

static void an_instance_is_told_who_it_is(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    environment_of(&environment);
    assert_string_equal(variable(&environment, "PORT"), "18082");
    assert_string_equal(variable(&environment, "GODEPLOY_APP"), "shop");
    assert_string_equal(variable(&environment, "GODEPLOY_RELEASE"), "2.0.0");
    assert_string_equal(variable(&environment, "GODEPLOY_SLOT"), "green");
    assert_string_equal(variable(&environment, "GODEPLOY_INSTANCE"), "i-2.0.0");
}

static void a_secret_of_our_own_environment_is_not_handed_on(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    assert_true(environment_set("CI_TOKEN", "secret"));
    assert_true(environment_set("SSL_CERT_FILE", "a.pem"));
    environment_of(&environment);
    assert_null(variable(&environment, "CI_TOKEN"));
    assert_string_equal(variable(&environment, "SSL_CERT_FILE"), "a.pem");
    assert_non_null(variable(&environment, "PATH"));
}

static void the_settings_replace_what_was_kept_and_may_use_placeholders(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    assert_true(environment_set("GODEPLOY_TEST_TOKEN", "secret"));
    add(&app_scene->settings.service.environment, "TZ=UTC");
    add(&app_scene->settings.service.environment, "LISTEN=127.0.0.1:{port}");
    add(&app_scene->settings.service.environment, "TOKEN={env:GODEPLOY_TEST_TOKEN}");
    add(&app_scene->settings.service.environment, "EMPTY=");
    environment_of(&environment);
    assert_string_equal(variable(&environment, "TZ"), "UTC");
    assert_string_equal(variable(&environment, "LISTEN"), "127.0.0.1:18082");
    assert_string_equal(variable(&environment, "TOKEN"), "secret");
    assert_string_equal(variable(&environment, "EMPTY"), "");
}

/* Else two instances would want one port. */
static void no_setting_replaces_the_port(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    add(&app_scene->settings.service.environment, "PORT=80");
    environment_of(&environment);
    assert_string_equal(variable(&environment, "PORT"), "18082");
}

static void the_preset_pins_what_a_go_program_reads(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};
    unsigned threads = platform_here().processors;
    CLEANUP(free) char *processors = text_formatted("%u", threads < 8 ? threads : 8);

    (void)state;
    free(app_scene->settings.service.preset);
    app_scene->settings.service.preset = scene_text("go-production");
    environment_of(&environment);
    assert_string_equal(variable(&environment, "GOMAXPROCS"), processors);
    assert_string_equal(variable(&environment, "GOGC"), "50");
    assert_string_equal(variable(&environment, "GODEBUG"), "madvdontneed=1");
}

static void each_variable_of_the_preset_can_be_overridden(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    free(app_scene->settings.service.preset);
    app_scene->settings.service.preset = scene_text("go-production");
    add(&app_scene->settings.service.environment, "GOMAXPROCS=3");
    add(&app_scene->settings.service.environment, "GOGC=75");
    add(&app_scene->settings.service.environment, "GODEBUG=gctrace=1");
    environment_of(&environment);
    assert_string_equal(variable(&environment, "GOMAXPROCS"), "3");
    assert_string_equal(variable(&environment, "GOGC"), "75");
    assert_string_equal(variable(&environment, "GODEBUG"), "gctrace=1");
}

static void a_missing_variable_is_an_error_that_names_it(void **state)
{
    CLEANUP_TEXT_LIST TextList environment = {0};

    (void)state;
    add(&app_scene->settings.service.environment, "TOKEN={env:GODEPLOY_TEST_NOBODY}");
    assert_fails(instance_environment(&app_scene->app, &green_2, &environment, &app_scene->err),
                 ERR_SETTINGS, "GODEPLOY_TEST_NOBODY");
}

/* ---- starting ---- */

static bool start(bool *started)
{
    return instance_start(&app_scene->app, &green_2, 10000, started, &app_scene->err);
}

static void an_instance_is_started_once_it_listens_itself(void **state)
{
    bool started = false;

    (void)state;
    assert_done(start(&started));
    assert_true(started);
    assert_log("stop green, start green 2.0.0, ");
    assert_true(instance_runs(&app_scene->app, &green_2));
}

static void one_that_runs_already_is_left_alone(void **state)
{
    bool started = true;

    (void)state;
    scene_run(SLOT_GREEN, "2.0.0", "i-2.0.0");
    assert_done(start(&started));
    assert_false(started);
    assert_log("");
}

static void whoever_stands_in_the_slot_is_stopped_first(void **state)
{
    bool started = false;

    (void)state;
    scene_run(SLOT_GREEN, "0.9.0", "warm");
    assert_done(start(&started));
    assert_true(started);
    assert_log("stop green, start green 2.0.0, ");
}

static void a_port_that_a_stranger_holds_is_not_ours(void **state)
{
    bool started = false;

    (void)state;
    fake_host.stranger = 1;
    assert_fails(start(&started), ERR_START, "side port 18082 is taken by process 1");
    assert_log("stop green, ");
    fake_host.stranger = -1;
    assert_fails(start(&started), ERR_START, "another user's process listens on it");
    fake_host.stranger = 0;
    fake_host.cannot_bind = "permission denied";
    assert_fails(start(&started), ERR_START, "side port 18082 cannot be used: permission denied");
}

static void a_service_that_never_listens_is_stopped_at_the_deadline(void **state)
{
    bool started = false;
    int64_t begin = fake_clock.now_ms;

    (void)state;
    fake_host.deaf = true;
    assert_fails(start(&started), ERR_START,
                 "release 2.0.0 runs, but does not listen on side port 18082");
    assert_in_range(fake_clock.now_ms - begin, 10000, 10100);
    assert_log("stop green, start green 2.0.0, stop green, ");
}

static void a_service_that_listens_elsewhere_is_told_where(void **state)
{
    bool started = false;

    (void)state;
    fake_host.deaf = true;
    fake_host.elsewhere = 8080;
    assert_fails(start(&started), ERR_START,
                 "release 2.0.0 listens on port 8080 instead of its side port 18082");
    assert_non_null(strstr(app_scene->err.hint, "$PORT"));
}

static void a_runner_that_fails_leaves_nothing_to_stop(void **state)
{
    bool started = false;

    (void)state;
    app_scene->broken = "start green";
    assert_fails(start(&started), ERR_ENGINE, "start green is broken");
    assert_log("stop green, ");
}

static void ctrl_c_while_it_starts_stops_it_again(void **state)
{
    bool started = false;

    (void)state;
    fake_host.deaf = true;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 500;
    assert_fails(start(&started), ERR_INTERRUPTED, "interrupted");
    assert_log("stop green, start green 2.0.0, stop green, ");
}

static void only_this_very_instance_counts_as_running(void **state)
{
    const Instance nowhere = {.version = "2.0.0", .slot = SLOT_NONE, .id = "i-2.0.0"};

    (void)state;
    assert_false(instance_runs(&app_scene->app, &green_2));
    scene_run(SLOT_GREEN, "2.0.0", "another");
    assert_false(instance_runs(&app_scene->app, &green_2));
    scene_run(SLOT_GREEN, "1.0.0", "i-2.0.0");
    assert_false(instance_runs(&app_scene->app, &green_2));
    scene_run(SLOT_GREEN, "2.0.0", "i-2.0.0");
    assert_true(instance_runs(&app_scene->app, &green_2));
    app_scene->instances[SLOT_GREEN].state = INSTANCE_ORPHANED;
    assert_true(instance_runs(&app_scene->app, &green_2));
    app_scene->instances[SLOT_GREEN].state = INSTANCE_WAITING;
    assert_false(instance_runs(&app_scene->app, &green_2));
    assert_false(instance_runs(&app_scene->app, &nowhere));
}

/* ---- its last lines ---- */

static void what_it_wrote_last_stands_in_the_error_once(void **state)
{
    CLEANUP(free) char *log = app_path(&app_scene->app, "logs/green.log");
    const char *first = NULL;

    (void)state;
    assert_done(file_write_atomic(log, "starting\nno database\n", 21, 0600, &app_scene->err));
    (void)error_set(&app_scene->err, ERR_UNHEALTHY, "it is ill");
    instance_show_last_lines(&app_scene->app, SLOT_GREEN, &app_scene->err);
    instance_show_last_lines(&app_scene->app, SLOT_GREEN, &app_scene->err);
    first = strstr(app_scene->err.message, "no database");
    assert_non_null(first);
    assert_null(strstr(first + 1, "no database"));
    assert_int_equal(app_scene->err.code, ERR_UNHEALTHY);
}

/* ---- its health ---- */

static void it_is_asked_on_its_side_port_for_its_own_version(void **state)
{
    CLEANUP_TEXT_LIST TextList exec = {0};
    ProbeCheck check;

    (void)state;
    app_scene->settings.check.identity_header = scene_text("X-Release");
    app_scene->settings.check.kind = CHECK_EXEC;
    add(&app_scene->settings.check.exec, "./check");
    add(&app_scene->settings.check.exec, "{port}");
    assert_done(instance_health_check(&app_scene->app, &green_2, &exec, &check, &app_scene->err));
    assert_int_equal(check.kind, PROBE_EXEC);
    assert_string_equal(check.address.host, "127.0.0.1");
    assert_int_equal(check.address.port, 18082);
    assert_string_equal(check.identity, "2.0.0");
    assert_string_equal(check.argv[1], "18082");
    assert_null(check.argv[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(placeholders_name_the_instance_and_its_place),
        HOST_TEST(the_url_is_https_where_the_check_is),
        HOST_TEST(an_instance_is_told_who_it_is),
        HOST_TEST(a_secret_of_our_own_environment_is_not_handed_on),
        HOST_TEST(the_settings_replace_what_was_kept_and_may_use_placeholders),
        HOST_TEST(no_setting_replaces_the_port),
        HOST_TEST(the_preset_pins_what_a_go_program_reads),
        HOST_TEST(each_variable_of_the_preset_can_be_overridden),
        HOST_TEST(a_missing_variable_is_an_error_that_names_it),
        HOST_TEST(an_instance_is_started_once_it_listens_itself),
        HOST_TEST(one_that_runs_already_is_left_alone),
        HOST_TEST(whoever_stands_in_the_slot_is_stopped_first),
        HOST_TEST(a_port_that_a_stranger_holds_is_not_ours),
        HOST_TEST(a_service_that_never_listens_is_stopped_at_the_deadline),
        HOST_TEST(a_service_that_listens_elsewhere_is_told_where),
        HOST_TEST(a_runner_that_fails_leaves_nothing_to_stop),
        HOST_TEST(ctrl_c_while_it_starts_stops_it_again),
        HOST_TEST(only_this_very_instance_counts_as_running),
        HOST_TEST(what_it_wrote_last_stands_in_the_error_once),
        HOST_TEST(it_is_asked_on_its_side_port_for_its_own_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
