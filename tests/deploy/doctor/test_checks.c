/* Tests the checks of deploy/doctor: where all is well they say so, and each thing that they can
 * say has a fixture here that makes it true. A code, or a check, without one fails a test. */
#include "tests/deploy/doctor/ward.h"
#include "tests/support/environment.h"

#define HOUR_MS INT64_C(3600000)

/* ---- how each is brought about ---- */

static void nothing(void)
{
}

static void trouble(bool *missing, ErrorCode code)
{
    *missing = true;
    (void)error_set(&ward.trouble, code, "it is broken");
}

static void settings_are_broken(void)
{
    trouble(&ward.no_settings, ERR_SETTINGS);
}

static void engine_is_unknown(void)
{
    static char name[] = "carrier-pigeon";

    app_scene->settings.traffic.engine = name;
}

static void root_is_read_only(void)
{
    ward.read_only = true;
}

static void files_are_anybodys(void)
{
    ward.hands = "anybody may write it";
}

static void somebody_works(void)
{
    assert_done(lock_take(&app_scene->app, "deploy 2.0.0", 0, &ward.lock, &app_scene->err));
}

static void somebody_works_for_hours(void)
{
    somebody_works();
    fake_clock.now_ms += 2 * HOUR_MS;
}

static void app_is_held(void)
{
    FreezeRecord freeze = {.by = "ada@host", .message = "audit", .since_ms = 1};

    assert_done(journal_save_freeze(app_scene->app.journal, &freeze, &app_scene->err));
}

static void journal_cannot_be_opened(void)
{
    trouble(&ward.no_app, ERR_JOURNAL);
}

/* Its last page is that of an index or table which nothing but the check reads here. */
static void journal_has_a_bad_page(void)
{
    enum { PAGE = 4096 };
    CLEANUP(free) char *path = app_path(&app_scene->app, "journal.db");
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    journal_close(app_scene->app.journal);
    app_scene->app.journal = NULL;
    assert_done(file_read_all(path, 1 << 20, &bytes, &length, &app_scene->err));
    assert_true(length >= 2 * PAGE);
    memset(bytes + length - PAGE, 0xa5, PAGE);
    assert_done(file_write_atomic(path, bytes, length, 0600, &app_scene->err));
    assert_done(journal_open(path, JOURNAL_LOOK, &app_scene->app.journal, &app_scene->err));
}

static void deployment_was_cut(void)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
}

static void app_is_in_maintenance(void)
{
    const PauseRecord pause = {.by = "ada@host", .maintenance = true, .since_ms = 1};

    assert_done(journal_save_pause(app_scene->app.journal, &pause, &app_scene->err));
    app_scene->view.gate = ROUTE_MAINTENANCE;
}

static void journal_knows_of_no_release(void)
{
    const ServingRecord nothing = {.slot = SLOT_NONE};

    assert_done(journal_save_serving(app_scene->app.journal, &nothing, &app_scene->err));
}

static void config_push_was_cut(void)
{
    ConfigRecord config = {.sequence = 1, .trying = 2, .since_ms = 1};

    assert_done(journal_save_config(app_scene->app.journal, &config, &app_scene->err));
}

static void engine_does_not_answer(void)
{
    app_scene->broken = "show";
}

static void engine_is_down(void)
{
    app_scene->view = (EngineView){.active = ROUTE_NO_SLOT};
}

static void route_is_wrong(void)
{
    app_scene->view.active = SLOT_GREEN;
}

static void gate_is_shut(void)
{
    app_scene->view.gate = ROUTE_HELD;
}

/* The doctor's engine is called so, and its program is looked for in a folder without it. */
static void programs_are_missing(void)
{
    app_scene->engine.name = "embedded";
    assert_true(environment_set("GODEPLOY_LIBEXEC", app_scene->root));
}

static void instance_is_down(void)
{
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
}

static void instance_is_orphaned(void)
{
    app_scene->instances[SLOT_BLUE].state = INSTANCE_ORPHANED;
}

static void old_instance_still_runs(void)
{
    scene_run(SLOT_GREEN, "0.9.0", "i-0.9.0");
}

static void instance_falls_again_and_again(void)
{
    app_scene->instances[SLOT_BLUE].restarts = 2;
}

static void instance_may_not_start(void)
{
    app_scene->hindered = "its unit is masked";
}

static void stranger_has_the_side_port(void)
{
    fake_host.stranger = STRANGER;
}

static void public_port_is_taken(void)
{
    app_scene->view.known = false;
    fake_host.cannot_bind = "another program listens there";
}

static void variable_of_the_service_is_not_set(void)
{
    TextList *environment = &app_scene->settings.service.environment;

    assert_done(text_list_add(environment, "TOKEN={env:GODEPLOY_TEST_NOBODY}", &app_scene->err));
}

static void variable_of_the_webhook_is_not_set(void)
{
    static char url[] = "{env:GODEPLOY_TEST_NOBODY}";

    app_scene->settings.notify.webhook.url = url;
}

static void folder_for_metrics_is_missing(void)
{
    static char folder[] = "/nowhere/metrics";

    app_scene->settings.report.textfile = folder;
}

static void ports_are_lent(void)
{
    ward.lent = true;
}

static void few_files_may_be_open(void)
{
    app_scene->engine.name = "embedded";
    ward.open_files = 1024;
}

static void disk_is_full(void)
{
    ward.room.free_bytes = 5; /* a release takes 10, and its archive as much */
}

static void disk_is_nearly_full(void)
{
    ward.room.free_bytes = 1000; /* release.max_size is 1 MiB */
}

static void many_releases_are_to_be_kept(void)
{
    ward.room.free_bytes = 2 << 20;
    app_scene->settings.release.keep = 1000000;
}

static void inodes_are_used_up(void)
{
    ward.room.free_entries = 50; /* release.max_entries is 100 */
}

static void clock_is_years_behind(void)
{
    fake_clock.now_ms = manifest_earliest_clock_ms() - TEST_YEAR_MS;
}

static void clock_went_back(void)
{
    deployment_was_cut();
    fake_clock.now_ms -= HOUR_MS;
}

static void release_comes_from_the_future(void)
{
    ward_describe(fake_clock.now_ms + HOUR_MS, 0);
}

static void source_is(const char *source)
{
    free(app_scene->settings.release.source);
    app_scene->settings.release.source = scene_text(source);
}

static void source_folder_is_missing(void)
{
    source_is("/nowhere/at/all/{version}.zip");
}

static void server_is_met(HttpMeetingEnd end, const char *reason)
{
    source_is("https://releases.example.com/{version}.zip?token=secret");
    ward.meeting.end = end;
    (void)snprintf(ward.meeting.reason, sizeof ward.meeting.reason, "%s", reason);
}

static void server_has_no_address(void)
{
    server_is_met(HTTP_UNKNOWN_HOST, "Could not resolve host: releases.example.com");
}

static void server_is_away(void)
{
    server_is_met(HTTP_NOT_REACHED, "Connection refused");
}

static void server_is_not_trusted(void)
{
    server_is_met(HTTP_NOT_TRUSTED, "certificate has expired");
}

static void certificate_of_the_server_ends(void)
{
    server_is_met(HTTP_MET, "");
    ward.meeting.certificate_ends_ms = fake_clock.now_ms + 10 * TEST_DAY_MS;
}

static void server_speaks_in_clear(void)
{
    server_is_met(HTTP_MET, "");
    ward.meeting.tls = false;
}

static void key_file_is_missing(void)
{
    assert_done(
        text_list_add(&app_scene->settings.verify.rsa.keys, "/nowhere/key.pem", &app_scene->err));
}

static void key_is_weak(void)
{
    ward_trust_key("weak.pem", weak_key);
}

static void key_is_short(void)
{
    ward_trust_key("short.pem", short_key);
}

static void key_is_old(void)
{
    fake_clock.now_ms += 4 * TEST_YEAR_MS;
}

static void key_is_denied(void)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;
    CLEANUP(free) char *path = ward_path("short.pem");

    ward_trust_key("short.pem", short_key);
    assert_done(public_key_load(path, &key, &app_scene->err));
    assert_done(
        text_list_add(&app_scene->settings.verify.rsa.deny, public_key_id(key), &app_scene->err));
}

static void authority_is_no_certificate(void)
{
    assert_done(text_list_add(&app_scene->settings.verify.authenticode.ca,
                              app_scene->settings.verify.rsa.keys.items[0], &app_scene->err));
}

static void authority_ends_at(int64_t end_ms)
{
    CLEANUP(free) char *path = ward_path("ca.pem");
    CLEANUP_IDENTITY Identity root = identity_make(
        &(CertificatePlan){.role = ROLE_ROOT, .name = "Shop Root", .not_after_ms = end_ms}, NULL);

    certificate_write(path, &root);
    assert_done(text_list_add(&app_scene->settings.verify.authenticode.ca, path, &app_scene->err));
}

static void authority_has_ended(void)
{
    authority_ends_at(fake_clock.now_ms - TEST_DAY_MS);
}

static void revocation_list_is_due(void)
{
    CLEANUP(free) char *path = ward_path("list.pem");
    CLEANUP_IDENTITY Identity root = identity_make(&(CertificatePlan){.role = ROLE_ROOT}, NULL);

    revocation_list_write(
        path,
        &(RevocationListPlan){.issuer = &root, .next_update_ms = fake_clock.now_ms + TEST_DAY_MS});
    assert_done(text_list_add(&app_scene->settings.verify.authenticode.crl, path, &app_scene->err));
}

static void release_folder_is_gone(void)
{
    CLEANUP(free) char *folder = app_path(&app_scene->app, "releases/0.9.0");

    scene_release("0.9.0", RELEASE_GOOD, 50);
    assert_done(folder_remove_tree(folder, &app_scene->err));
}

static void release_expires(void)
{
    ward_describe(fake_clock.now_ms - TEST_DAY_MS, fake_clock.now_ms + TEST_DAY_MS);
}

static void key_of_the_release_is_denied(void)
{
    ReleaseRecord release = scene_find_release("1.0.0");

    (void)snprintf(release.key_id, sizeof release.key_id, "0123456789abcdef");
    assert_done(journal_save_release(app_scene->app.journal, &release, &app_scene->err));
    assert_done(
        text_list_add(&app_scene->settings.verify.rsa.deny, release.key_id, &app_scene->err));
}

static void folder_is_there(const char *name)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, name);

    assert_done(folder_create(path, &app_scene->err));
}

static void unpacking_was_cut(void)
{
    folder_is_there("releases/.2.0.0.partial");
}

static void download_lies_about(void)
{
    folder_is_there("incoming/0123456789abcdef");
}

static void writing_was_cut(void)
{
    ward_write("shop/run/.godeploy-abcdef", "half");
}

static void archive_was_refused(void)
{
    folder_is_there("quarantine");
}

static void process_was_left_behind(void)
{
    ward.stray_pid = STRANGER;
}

typedef struct Fixture {
    const char *check;
    void (*bring_about)(void);
    const char *words; /* that are said */
} Fixture;

#define FIXTURE(code, check, how, words) [DOCTOR_##code] = {check, how, words},

/* A row a line, however long. */
/* clang-format off */
static const Fixture fixtures[DOCTOR_CODE_COUNT] = {
    FIXTURE(WELL, "settings", nothing, "godeploy.yaml is sound")
    FIXTURE(NOT_LOOKED_AT, "rights", settings_are_broken, "the settings cannot be read")
    FIXTURE(LOOK_FAILED, "journal", engine_does_not_answer, "show is broken")
    FIXTURE(SETTINGS_REFUSED, "settings", settings_are_broken, "it is broken")
    FIXTURE(SETTINGS_UNMET, "settings", engine_is_unknown, "carrier-pigeon")
    FIXTURE(VARIABLE_UNSET, "variables", variable_of_the_service_is_not_set, "service.environment takes {env:GODEPLOY_TEST_NOBODY}, and GODEPLOY_TEST_NOBODY is not set")
    FIXTURE(REPORT_VARIABLE_UNSET, "variables", variable_of_the_webhook_is_not_set, "notify.webhook.url takes {env:GODEPLOY_TEST_NOBODY}")
    FIXTURE(TEXTFILE_FOLDER, "reports", folder_for_metrics_is_missing, "/nowhere/metrics is no folder")
    FIXTURE(ROOT_NOT_WRITABLE, "rights", root_is_read_only, "may not write to")
    FIXTURE(STRANGE_HANDS, "rights", files_are_anybodys, "godeploy.yaml: anybody may write it")
    FIXTURE(LOCK_HELD, "lock", somebody_works, "deploy 2.0.0")
    FIXTURE(LOCK_HELD_LONG, "lock", somebody_works_for_hours, "2 h")
    FIXTURE(APP_HELD, "lock", app_is_held, "ada@host")
    FIXTURE(JOURNAL_UNREADABLE, "journal", journal_cannot_be_opened, "it is broken")
    FIXTURE(JOURNAL_DAMAGED, "journal", journal_has_a_bad_page, "is damaged")
    FIXTURE(JOURNAL_LOST, "journal", journal_knows_of_no_release, "release 1.0.0 answers from slot blue")
    FIXTURE(APP_PAUSED, "state", app_is_in_maintenance, "maintenance by ada@host")
    FIXTURE(DEPLOYMENT_OPEN, "state", deployment_was_cut, "stands before fetch")
    FIXTURE(CONFIG_UNPROVEN, "state", config_push_was_cut, "configuration 2")
    FIXTURE(ENGINE_UNUSABLE, "engine", engine_does_not_answer, "show is broken")
    FIXTURE(ENGINE_DOWN, "engine", engine_is_down, "does not run")
    FIXTURE(ROUTE_WRONG, "engine", route_is_wrong, "routes to green")
    FIXTURE(GATE_WRONG, "engine", gate_is_shut, "nobody has paused the app")
    FIXTURE(PROGRAM_MISSING, "engine", programs_are_missing, "godeploy-proxy")
    FIXTURE(INSTANCE_DOWN, "runner", instance_is_down, "does not run")
    FIXTURE(INSTANCE_UNSUPERVISED, "runner", instance_is_orphaned, "without its supervisor")
    FIXTURE(INSTANCE_LEFT_OVER, "runner", old_instance_still_runs, "still runs in slot green")
    FIXTURE(INSTANCE_RESTARTED, "runner", instance_falls_again_and_again, "restarted 2 times")
    FIXTURE(RUNNER_HINDERED, "runner", instance_may_not_start, "its unit is masked")
    FIXTURE(SIDE_PORT_TAKEN, "ports", stranger_has_the_side_port, "18082 of slot green is taken by process 1 (stranger)")
    FIXTURE(PUBLIC_PORT_TAKEN, "ports", public_port_is_taken, "127.0.0.1:8080: another program listens there")
    FIXTURE(PORT_LENT, "ports", ports_are_lent, "port 18081 of traffic.slots is lent")
    FIXTURE(OPEN_FILES_FEW, "limits", few_files_may_be_open, "1024 files")
    FIXTURE(DISK_FULL, "disk", disk_is_full, "needs about 20 B")
    FIXTURE(DISK_LOW, "disk", disk_is_nearly_full, "release.max_size allows needs 1.0 MiB")
    FIXTURE(DISK_BELOW_KEEP, "disk", many_releases_are_to_be_kept, "999999 more releases")
    FIXTURE(INODES_LOW, "disk", inodes_are_used_up, "50 more files")
    FIXTURE(CLOCK_BEFORE_BUILD, "clock", clock_is_years_behind, "was built on")
    FIXTURE(CLOCK_BEFORE_JOURNAL, "clock", clock_went_back, "deployment 1 began on")
    FIXTURE(CLOCK_BEFORE_RELEASE, "clock", release_comes_from_the_future, "release 1.0.0 was made on")
    FIXTURE(SOURCE_MISSING, "source", source_folder_is_missing, "/nowhere/at/all, which is not there")
    FIXTURE(SOURCE_UNKNOWN_HOST, "source", server_has_no_address, "Could not resolve host")
    FIXTURE(SOURCE_NOT_REACHED, "source", server_is_away, "Connection refused")
    FIXTURE(SOURCE_NOT_TRUSTED, "source", server_is_not_trusted, "certificate has expired")
    FIXTURE(SOURCE_ENDS, "source", certificate_of_the_server_ends, "releases.example.com:443 ends on")
    FIXTURE(SOURCE_IN_CLEAR, "source", server_speaks_in_clear, "without TLS")
    FIXTURE(KEYS_REFUSED, "keys", key_file_is_missing, "/nowhere/key.pem")
    FIXTURE(KEY_WEAK, "keys", key_is_weak, "exponent")
    FIXTURE(KEY_SHORT, "keys", key_is_short, "2048 bits")
    FIXTURE(KEY_OLD, "keys", key_is_old, "in use since")
    FIXTURE(KEY_DENIED, "keys", key_is_denied, "deny list")
    FIXTURE(AUTHORITIES_REFUSED, "authorities", authority_is_no_certificate, "PUBLIC KEY")
    FIXTURE(AUTHORITY_ENDED, "authorities", authority_has_ended, "Shop Root ended on")
    FIXTURE(AUTHORITY_ENDS, "authorities", revocation_list_is_due, "ends on")
    FIXTURE(RELEASE_MISSING, "releases", release_folder_is_gone, "release 0.9.0 is missing")
    FIXTURE(RELEASE_EXPIRES, "releases", release_expires, "expires on")
    FIXTURE(RELEASE_KEY_DENIED, "releases", key_of_the_release_is_denied, "0123456789abcdef")
    FIXTURE(RELEASE_STRAY, "releases", unpacking_was_cut, ".2.0.0.partial")
    FIXTURE(DOWNLOAD_STRAY, "releases", download_lies_about, "incoming/0123456789abcdef")
    FIXTURE(FILE_STRAY, "releases", writing_was_cut, ".godeploy-abcdef")
    FIXTURE(QUARANTINED, "releases", archive_was_refused, "quarantine")
    FIXTURE(PROCESS_STRAY, "processes", process_was_left_behind, "process 1 (stranger)")
    FIXTURE(VIRTUALISED, "elevation", writes_are_redirected, "UAC virtualisation")
    FIXTURE(NOT_ELEVATED, "elevation", process_is_not_elevated, "not deploy with engine portproxy")
    FIXTURE(DRIVE_MISSING, "root", drive_is_missing, "drive Q:")
    FIXTURE(DRIVE_OF_SESSION, "root", drive_is_a_subst, "stands for C:\\srv in this logon session (SUBST)")
    FIXTURE(ROOT_ON_SHARE, "root", root_is_a_share, "SQLite")
    FIXTURE(VERSIONS_SHORT, "root", versions_must_be_short, "leaves a version 12 characters")
    FIXTURE(LONG_PATHS_OFF, "long-paths", long_paths_are_off, "260 characters")
    FIXTURE(IPV6_OFF, "localhost", ipv6_is_off, "DisabledComponents 0xff")
    FIXTURE(LOCALHOST_IPV6, "localhost", localhost_is_ipv6, "is ::1 first")
    FIXTURE(PORTPROXY_WRONG, "portproxy", portproxy_is_dead, "iphlpsvc does not run")
    FIXTURE(PORT_KEPT, "kept-ports", side_port_is_kept, "port 18082 of slot green back (error 10013) though nobody listens on it: it lies in the excluded range 18000 to 18099")
    FIXTURE(WAITING_MANY, "kept-ports", many_connections_wait, "9000 closed connections to port 18081")
    FIXTURE(FIREWALL_CLOSED, "firewall", firewall_says_nothing, "0.0.0.0:8080, where godeploy-proxy.exe listens")
    FIXTURE(FIREWALL_PARTLY, "firewall", firewall_lets_some_in, "lets only some clients in at public address 0.0.0.0:8080")
    FIXTURE(FIREWALL_BLOCKS, "firewall", firewall_blocks, "blocks connections to public address 0.0.0.0:8080")
    FIXTURE(HANDLES_MANY, "handles", many_handles_are_held, "holds 60000 handles: 59900 File, 60 Event")
    FIXTURE(MARKED, "mark", a_file_is_marked, "shop.exe of release 1.0.0")
    FIXTURE(RARE_BLOCKED, "antivirus", rare_programs_are_blocked, "new or rare")
    FIXTURE(DEADLINE_SHORT, "antivirus", defender_scans_and_time_is_short, "allows (10 s)")
    FIXTURE(EXPORTER_FOLDER, "exporter", exporter_has_no_folder, "/nowhere/textfile_inputs")
    FIXTURE(GO_MISSING, "go", go_is_wanted, "PATH leads to no go.exe")
    FIXTURE(GO_SEVERAL, "go", go_is_twice_there, "C:\\Go1.19\\bin\\go.exe is not")
};
/* clang-format on */

/* ---- what is asked of all of them ---- */

static void prove(DoctorCode code)
{
    const Fixture *fixture = &fixtures[code];
    const Symptom *symptom = ward_find(code);
    DoctorLevel level = doctor_code_level(code);

    if (!symptom || !text_equal(symptom->check, fixture->check) ||
        !strstr(symptom->text, fixture->words)) {
        ward_print();
        fail_msg("%s of %s should say \"%s\"", doctor_code_name(code), fixture->check,
                 fixture->words);
    }
    if ((level >= LEVEL_WARNING || symptom->fix[0] != '\0') && code != DOCTOR_LOOK_FAILED)
        assert_true(text_ends_with(symptom->fix, "."));
    if (level == LEVEL_STATE)
        assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_STATE);
    else if (level == LEVEL_PROBLEM)
        assert_int_not_equal(diagnosis_outcome(&ward.diagnosis), ERR_NONE);
    assert_log(""); /* whatever is ill: nothing is started, stopped or routed */
}

static void everything_that_can_be_said_is_said_of_its_fixture(void **state)
{
    for (int code = 0; code < DOCTOR_CODE_COUNT; code++) {
        if (!fixtures[code].bring_about)
            fail_msg("%s has no fixture", doctor_code_name((DoctorCode)code));
        ward_setup(state);
        fixtures[code].bring_about();
        ward_examine();
        assert_true(environment_unset("GODEPLOY_LIBEXEC"));
        prove((DoctorCode)code);
        ward_teardown(state);
    }
}

static void assert_has_fixture(DoctorCheckList list)
{
    for (size_t i = 0; i < list.count; i++) {
        bool found = false;

        for (int code = DOCTOR_NOT_LOOKED_AT + 1; code < DOCTOR_CODE_COUNT; code++)
            found = found || text_equal(fixtures[code].check, list.rows[i].name);
        if (!found)
            fail_msg("the check %s has no fixture that makes it fail", list.rows[i].name);
    }
}

static void each_check_can_fail(void **state)
{
    (void)state;
    assert_has_fixture(checks_everywhere());
    assert_has_fixture(checks_of_this_system());
}

static void a_well_app_gets_a_line_for_each_check_and_no_more(void **state)
{
    ward_setup(state);
    ward_examine();
    for (size_t i = 0; i < ward.diagnosis.count; i++)
        if (ward.diagnosis.symptoms[i].code != DOCTOR_WELL) {
            ward_print();
            fail_msg("%s is not well", ward.diagnosis.symptoms[i].check);
        }
    assert_int_equal(ward.diagnosis.count,
                     checks_everywhere().count + checks_of_this_system().count);
    assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_NONE);
    ward_teardown(state);
}

static void a_warning_alone_is_no_failure(void **state)
{
    ward_setup(state);
    ports_are_lent();
    ward_examine();
    assert_true(diagnosis_count_of(&ward.diagnosis, LEVEL_WARNING) > 0);
    assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_NONE);
    ward_teardown(state);
}

static void what_must_be_mended_first_decides_the_outcome(void **state)
{
    ward_setup(state);
    disk_is_full();
    ward_examine();
    assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_AILING);
    ward.diagnosis.count = 0;
    route_is_wrong();
    ward_examine();
    assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_STATE);
    ward_teardown(state);
}

static void what_a_deployment_works_on_is_no_stray(void **state)
{
    ward_setup(state);
    unpacking_was_cut();
    download_lies_about();
    deployment_was_cut();
    ward_examine();
    assert_null(ward_find(DOCTOR_RELEASE_STRAY));
    assert_null(ward_find(DOCTOR_DOWNLOAD_STRAY));
    ward_teardown(state);
}

static void before_the_first_deployment_nothing_is_ill(void **state)
{
    Journal *journal = NULL;

    ward_setup(state);
    journal = app_scene->app.journal;
    app_scene->app.journal = NULL;
    instance_is_down();
    engine_is_down();
    ward_examine();
    assert_int_equal(diagnosis_count_of(&ward.diagnosis, LEVEL_OK), ward.diagnosis.count);
    assert_int_equal(diagnosis_outcome(&ward.diagnosis), ERR_NONE);
    app_scene->app.journal = journal;
    ward_teardown(state);
}

static void secrets_of_the_source_are_not_shown(void **state)
{
    ward_setup(state);
    server_is_away();
    ward_examine();
    for (size_t i = 0; i < ward.diagnosis.count; i++)
        assert_null(strstr(ward.diagnosis.symptoms[i].text, "token"));
    ward_teardown(state);
}

static void a_folder_may_be_named_by_path_or_url(void **state)
{
    static const struct {
        const char *source;
        bool found;
    } cases[] = {
        {"shop-{version}.zip",                   true },
        {"{version}/shop.zip",                   true },
        {"nowhere/shop-{version}.zip",           false},
        {"/nowhere/{app}/shop-{version}.zip",    false},
        {"file:///shop-{version}.zip",           true },
        {"file:///nowhere/at/all/{version}.zip", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ward_setup(state);
        source_is(cases[i].source);
        ward_examine();
        if (!ward_find(DOCTOR_SOURCE_MISSING) != cases[i].found)
            fail_msg("%s", cases[i].source);
        ward_teardown(state);
    }
}

static void a_mapped_drive_is_a_share_of_one_session(void **state)
{
    ward_setup(state);
    drive_is_mapped();
    ward_examine();
    assert_non_null(ward_find(DOCTOR_DRIVE_OF_SESSION));
    assert_non_null(ward_find(DOCTOR_ROOT_ON_SHARE));
    ward_teardown(state);
}

static void room_for_versions_is_told_where_it_is_little(void **state)
{
    static const struct {
        size_t characters;
        bool told;
    } cases[] = {
        {1,  true },
        {33, true },
        {34, false}, /* a pseudo-version of Go */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ward_setup(state);
        versions_may_have(cases[i].characters);
        ward_examine();
        if (!ward_find(DOCTOR_VERSIONS_SHORT) == cases[i].told)
            fail_msg("%zu characters", cases[i].characters);
        ward_teardown(state);
    }
}

static void names_of_codes_are_told_once(void **state)
{
    (void)state;
    for (int a = 0; a < DOCTOR_CODE_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(doctor_code_name((DoctorCode)a),
                                    doctor_code_name((DoctorCode)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_can_be_said_is_said_of_its_fixture),
        cmocka_unit_test(each_check_can_fail),
        cmocka_unit_test(a_well_app_gets_a_line_for_each_check_and_no_more),
        cmocka_unit_test(a_warning_alone_is_no_failure),
        cmocka_unit_test(what_must_be_mended_first_decides_the_outcome),
        cmocka_unit_test(what_a_deployment_works_on_is_no_stray),
        cmocka_unit_test(before_the_first_deployment_nothing_is_ill),
        cmocka_unit_test(secrets_of_the_source_are_not_shown),
        cmocka_unit_test(a_folder_may_be_named_by_path_or_url),
        cmocka_unit_test(a_mapped_drive_is_a_share_of_one_session),
        cmocka_unit_test(room_for_versions_is_told_where_it_is_little),
        cmocka_unit_test(names_of_codes_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
