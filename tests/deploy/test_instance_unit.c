/* What systemd is told of an instance. That it does what is told, the tests in a container show
 * (tests/e2e/container_systemd_test.go). */
#include "deploy/runner/instance_unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const command[] = {"./shop", "--listen", "127.0.0.1:18081", "50% $HOME", NULL};
static const char *const environment[] = {"PORT=18081",   "HOME=/root",       "USER=root",
                                          "LOGNAME=root", "PASSWORD=a \"b\"", NULL};

static Settings usual_settings(void)
{
    return (Settings){.service = {.confinement = {.no_new_privileges = true,
                                                  .private_tmp = true,
                                                  .protect_system = PROTECT_SYSTEM_FULL}}};
}

static InstanceSpec usual_spec(const Settings *settings)
{
    return (InstanceSpec){
        .place = {.app = "shop", .slot = "blue", .run_folder = "/r/shop/run"},
        .release = "2.0.0",
        .instance = "abc",
        .command = command,
        .environment = environment,
        .folder = "/r/shop/releases/2.0.0",
        .stop_timeout_ms = 5000,
        .restart_delay_ms = 60000,
        .restart_times = 3,
        .restart_reset_ms = 86400000,
        .settings = settings
    };
}

static bool write_release(const InstanceSpec *spec, bool of_user, Text *out, Error *err)
{
    const InstanceUnit unit = {
        .spec = spec, .environment_file = "/r/shop/run/blue.environment", .of_user = of_user};

    return instance_unit_write_release(&unit, out, err);
}

/* The line as a whole, so that "no" is not found in "none". */
static bool has_line(const Text *text, const char *line)
{
    CLEANUP(free) char *whole = text_formatted("\n%s\n", line);

    assert_non_null(whole);
    return strstr(text_chars(text), whole) != NULL;
}

static void every_setting_of_an_instance_is_in_its_unit(void **state)
{
    static const char *const lines[] = {
        "ExecStart=", /* the template's is forgotten */
        "ExecStart=\"/r/shop/releases/2.0.0/shop\" \"--listen\" \"127.0.0.1:18081\" "
        "\"50%% $$HOME\"",
        "WorkingDirectory=/r/shop/releases/2.0.0",
        "EnvironmentFile=/r/shop/run/blue.environment",
        "RestartSec=60000ms",
        "TimeoutStopSec=5000ms",
        "KillMode=control-group",
        "LogExtraFields=GODEPLOY_INSTANCE=abc",
        "NoNewPrivileges=yes",
        "ProtectSystem=full",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
    };
    const Settings settings = usual_settings();
    const InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    assert_true(write_release(&spec, false, &text, &err));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_true(has_line(&text, lines[i]));
}

static bool write_ladder(const InstanceSpec *spec, bool of_user, Text *out)
{
    const InstanceUnit unit = {.spec = spec,
                               .ladder_file = "/r 1/shop/run/blue.ladder",
                               .supervise = "/opt/go deploy/godeploy-supervise",
                               .of_user = of_user};
    Error err = {0};

    return instance_unit_write_ladder(&unit, out, &err);
}

/* As root, whatever the account of the instance: "+". And without its variables: LD_PRELOAD. */
static void each_restart_is_asked_for_with_the_rights_of_the_manager(void **state)
{
    static const char asks[] = "/usr/bin/env\" \"-i\" \"/opt/go deploy/godeploy-supervise\" "
                               "\"--ladder\" \"godeploy-shop@blue.service\" "
                               "\"/r 1/shop/run/blue.ladder\" \"3\" \"86400000\"\n";
    const Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text of_root = {0};
    CLEANUP_TEXT Text of_user = {0};
    CLEANUP_TEXT Text endless = {0};

    (void)state;
    assert_true(write_ladder(&spec, false, &of_root));
    assert_true(write_ladder(&spec, true, &of_user));
    spec.restart_times = 1000000; /* more than are counted: systemd's own limit is left */
    assert_true(write_ladder(&spec, true, &endless));
    assert_non_null(strstr(text_chars(&of_root), "\nExecStopPost=\"+"));
    assert_true(text_ends_with(text_chars(&of_root), asks));
    assert_non_null(strstr(text_chars(&of_user), "\nExecStopPost=\"/"));
    assert_true(text_ends_with(text_chars(&of_user), asks));
    assert_true(text_ends_with(text_chars(&endless), "\nStartLimitBurst=1000011\n"));
}

static void a_release_on_trial_is_not_restarted_and_a_good_one_is(void **state)
{
    const Settings settings = usual_settings();
    const InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text trial = {0};
    CLEANUP_TEXT Text good = {0};
    Error err = {0};

    (void)state;
    assert_true(write_release(&spec, false, &trial, &err));
    instance_unit_write_good(&good);
    assert_true(has_line(&trial, "Restart=no"));
    assert_true(has_line(&good, "Restart=always"));
}

static void what_is_switched_off_is_off(void **state)
{
    char all[] = "all";
    char *names[] = {all, NULL};
    const Settings settings = {
        .service = {.confinement = {.capabilities = {.items = names, .count = 1}}}};
    const InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    assert_true(write_release(&spec, false, &text, &err));
    assert_true(has_line(&text, "NoNewPrivileges=no"));
    assert_true(has_line(&text, "ProtectSystem=no"));
    assert_true(has_line(&text, "PrivateTmp=no"));
    assert_null(strstr(text_chars(&text), "CapabilityBoundingSet"));
    assert_null(strstr(text_chars(&text), "MemoryMax"));
    assert_null(strstr(text_chars(&text), "CPUQuota"));
    assert_null(strstr(text_chars(&text), "TasksMax"));
    assert_null(strstr(text_chars(&text), "LimitNOFILE"));
    assert_null(strstr(text_chars(&text), "User="));
}

static void limits_are_told_in_the_units_of_systemd(void **state)
{
    char shop[] = "shop";
    Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    settings.service.confinement.memory = 268435456;
    settings.service.confinement.cpu_ppm = 1500000;
    settings.service.confinement.files = 4096;
    settings.service.confinement.tasks = 64;
    settings.service.account = shop;
    assert_true(write_release(&spec, false, &text, &err));
    assert_true(has_line(&text, "MemoryMax=268435456"));
    assert_true(has_line(&text, "CPUQuota=150%"));
    assert_true(has_line(&text, "LimitNOFILE=4096"));
    assert_true(has_line(&text, "TasksMax=64"));
    assert_true(has_line(&text, "User=shop"));
}

static void an_account_may_be_made_up_by_systemd(void **state)
{
    char dynamic[] = "dynamic";
    Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    settings.service.account = dynamic;
    assert_true(write_release(&spec, false, &text, &err));
    assert_true(has_line(&text, "DynamicUser=yes"));
    assert_true(has_line(&text, "StateDirectory=godeploy-shop")); /* else it could write nowhere */
    assert_null(strstr(text_chars(&text), "User=dynamic"));
}

static void the_manager_of_a_user_is_not_asked_for_what_only_root_has(void **state)
{
    char shop[] = "shop";
    Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    assert_true(write_release(&spec, true, &text, &err));
    assert_null(strstr(text_chars(&text), "ProtectSystem"));
    assert_null(strstr(text_chars(&text), "CapabilityBoundingSet"));
    settings.service.account = shop;
    assert_false(write_release(&spec, true, &text, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_non_null(strstr(err.message, "service.account"));
}

static void a_program_is_told_by_its_whole_path_or_found_by_systemd(void **state)
{
    static const struct {
        const char *program;
        const char *line;
    } cases[] = {
        {"./shop",      "ExecStart=\"/r/shop/releases/2.0.0/shop\""    },
        {"bin/shop",    "ExecStart=\"/r/shop/releases/2.0.0/bin/shop\""},
        {"/opt/x/java", "ExecStart=\"/opt/x/java\""                    },
        {"java",        "ExecStart=\"java\""                           },
    };
    const Settings settings = usual_settings();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const words[] = {cases[i].program, NULL};
        InstanceSpec spec = usual_spec(&settings);
        CLEANUP_TEXT Text text = {0};
        Error err = {0};

        spec.command = words;
        assert_true(write_release(&spec, false, &text, &err));
        assert_true(has_line(&text, cases[i].line));
    }
}

static void a_release_below_tmp_is_not_hidden_from_itself(void **state)
{
    char dynamic[] = "dynamic";
    Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    spec.folder = "/tmp/r/shop/releases/2.0.0";
    assert_false(write_release(&spec, false, &text, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_non_null(strstr(err.message, "private_tmp"));
    settings.service.confinement.private_tmp = false;
    assert_true(write_release(&spec, false, &text, &err));
    settings.service.account = dynamic; /* has a /tmp of its own, whatever it is told */
    assert_false(write_release(&spec, false, &text, &err));
    assert_non_null(strstr(err.message, "service.account: dynamic"));
}

static void a_name_that_systemd_would_take_for_an_order_is_refused(void **state)
{
    static const char *const programs[] = {"-shop", "@shop", ":shop", "+shop", "!shop", "|shop"};
    const Settings settings = usual_settings();

    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const char *const words[] = {programs[i], NULL};
        InstanceSpec spec = usual_spec(&settings);
        CLEANUP_TEXT Text text = {0};
        Error err = {0};

        spec.command = words;
        assert_false(write_release(&spec, false, &text, &err));
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_non_null(strstr(err.message, programs[i]));
    }
}

static void the_variables_of_the_account_are_its_own(void **state)
{
    char shop[] = "shop";
    Settings settings = usual_settings();
    InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text ours = {0};
    CLEANUP_TEXT Text theirs = {0};
    Error err = {0};

    (void)state;
    assert_true(instance_unit_write_environment(&spec, &ours, &err));
    assert_string_equal(text_chars(&ours), "PORT=\"18081\"\nHOME=\"/root\"\nUSER=\"root\"\n"
                                           "LOGNAME=\"root\"\nPASSWORD=\"a \\\"b\\\"\"\n");
    settings.service.account = shop;
    assert_true(instance_unit_write_environment(&spec, &theirs, &err));
    assert_string_equal(text_chars(&theirs), "PORT=\"18081\"\nPASSWORD=\"a \\\"b\\\"\"\n");
}

static void no_secret_stands_in_a_unit_that_everybody_may_read(void **state)
{
    const Settings settings = usual_settings();
    const InstanceSpec spec = usual_spec(&settings);
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    assert_true(write_release(&spec, false, &text, &err));
    assert_null(strstr(text_chars(&text), "PASSWORD"));
}

static void the_template_starts_at_boot_and_holds_no_release(void **state)
{
    const Settings settings = usual_settings();
    const InstanceSpec spec = usual_spec(&settings);
    const InstanceUnit unit = {.spec = &spec, .environment_file = "/r/e"};
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    assert_true(instance_unit_write_template(&unit, &text, &err));
    assert_true(has_line(&text, "WantedBy=multi-user.target"));
    assert_null(strstr(text_chars(&text), "2.0.0"));
}

static void units_are_named_after_app_and_slot(void **state)
{
    const InstancePlace place = {.app = "shop-api", .slot = "green"};
    CLEANUP(free) char *name = instance_unit_name(&place);
    CLEANUP(free) char *template = instance_unit_template(&place);
    CLEANUP(free) char *release = instance_unit_release(&place);

    (void)state;
    assert_string_equal(name, "godeploy-shop-api@green.service");
    assert_string_equal(template, "godeploy-shop-api@.service");
    assert_string_equal(release, "godeploy-shop-api@green.service.d/50-release.conf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_of_an_instance_is_in_its_unit),
        cmocka_unit_test(each_restart_is_asked_for_with_the_rights_of_the_manager),
        cmocka_unit_test(a_release_on_trial_is_not_restarted_and_a_good_one_is),
        cmocka_unit_test(what_is_switched_off_is_off),
        cmocka_unit_test(limits_are_told_in_the_units_of_systemd),
        cmocka_unit_test(an_account_may_be_made_up_by_systemd),
        cmocka_unit_test(the_manager_of_a_user_is_not_asked_for_what_only_root_has),
        cmocka_unit_test(a_program_is_told_by_its_whole_path_or_found_by_systemd),
        cmocka_unit_test(a_name_that_systemd_would_take_for_an_order_is_refused),
        cmocka_unit_test(a_release_below_tmp_is_not_hidden_from_itself),
        cmocka_unit_test(the_variables_of_the_account_are_its_own),
        cmocka_unit_test(no_secret_stands_in_a_unit_that_everybody_may_read),
        cmocka_unit_test(the_template_starts_at_boot_and_holds_no_release),
        cmocka_unit_test(units_are_named_after_app_and_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
