/* Tests deploy/release/source.c: where files are fetched from, and what of it may be shown. */
#include "base/platform.h"
#include "deploy/release/source.h"
#include "tests/deploy/app_scene.h"

/* The settings of the scene stand in /etc/godeploy. */
static void set(char **setting, const char *value)
{
    free(*setting);
    *setting = scene_text(value);
}

static int source_setup(void **state)
{
    if (scene_setup(state) != 0)
        return -1;
    set(&app_scene->settings.folder, "/etc/godeploy");
    return 0;
}

#define SOURCE_TEST(test) cmocka_unit_test_setup_teardown(test, source_setup, scene_teardown)

static void assert_resolved(const char *given, const char *version, const char *archive,
                            const char *signature, const char *checksums)
{
    CLEANUP_SOURCE Source source = {0};

    assert_done(source_resolve(&app_scene->settings, given, version, &source, &app_scene->err));
    assert_string_equal(source.archive, archive);
    assert_string_equal(source.signature, signature);
    if (checksums)
        assert_string_equal(source.checksums, checksums);
    else
        assert_null(source.checksums);
}

static void the_pattern_of_the_settings_gets_version_and_platform(void **state)
{
    Platform here = platform_here();
    CLEANUP(free)
    char *archive = text_formatted("https://h/shop/2.0.0/%s_%s.zip", here.os, here.arch);
    CLEANUP(free) char *signature = text_formatted("%s.sig", archive);

    (void)state;
    set(&app_scene->settings.release.source, "https://h/{app}/{version}/{os}_{arch}.zip");
    assert_resolved(NULL, "2.0.0", archive, signature, NULL);
}

static void a_path_in_the_settings_is_relative_to_them(void **state)
{
    (void)state;
    assert_resolved(NULL, "2.0.0", "file:///etc/godeploy/shop-2.0.0.zip",
                    "file:///etc/godeploy/shop-2.0.0.zip.sig", NULL);
}

static void a_path_may_hold_any_character(void **state)
{
    CLEANUP(free) char *root = NULL; /* with its drive on Windows */
    CLEANUP(free) char *path = NULL;
    CLEANUP(free) char *archive = NULL;
    CLEANUP(free) char *signature = NULL;

    (void)state;
    assert_done(path_absolute("/", &root, &app_scene->err));
    path = text_formatted("%sa b/#1?%%\xc3\xa4.zip", root);
    archive = text_formatted("file://%s%sa%%20b/%%231%%3F%%25%%C3%%A4.zip",
                             root[0] == '/' ? "" : "/", root);
    signature = text_formatted("%s.sig", archive);
    assert_resolved(path, "", archive, signature, NULL);
}

static void the_signature_goes_in_front_of_a_query(void **state)
{
    (void)state;
    assert_resolved("https://h/a.zip?token=x", "", "https://h/a.zip?token=x",
                    "https://h/a.zip.sig?token=x", NULL);
}

static void a_signature_elsewhere_is_taken_as_it_is_written(void **state)
{
    (void)state;
    set(&app_scene->settings.release.signature, "https://sigs/{version}.sig");
    assert_resolved("https://h/a.zip?token=x", "2.0.0", "https://h/a.zip?token=x",
                    "https://sigs/2.0.0.sig", NULL);
}

static void checksums_lie_beside_the_archive_and_are_what_is_signed(void **state)
{
    (void)state;
    app_scene->settings.verify.checksums = scene_text("sums_{version}.txt");
    assert_resolved("https://h/d/a.zip?token=x/y", "2.0.0", "https://h/d/a.zip?token=x/y",
                    "https://h/d/sums_2.0.0.txt.sig", "https://h/d/sums_2.0.0.txt");
}

static void a_pattern_that_needs_a_version_asks_for_it(void **state)
{
    CLEANUP_SOURCE Source source = {0};

    (void)state;
    assert_fails(source_resolve(&app_scene->settings, NULL, "", &source, &app_scene->err),
                 ERR_USAGE, "needs a version and none was given");
    assert_null(source.archive);
}

/* "" would make the name of another file out of it. */
static void no_pattern_takes_an_unknown_version_for_an_empty_one(void **state)
{
    CLEANUP_SOURCE Source source = {0};

    (void)state;
    app_scene->settings.verify.checksums = scene_text("sums_{version}.txt");
    assert_fails(
        source_resolve(&app_scene->settings, "https://h/a.zip", "", &source, &app_scene->err),
        ERR_USAGE, "verify.checksums needs a version and none was given");
}

static void the_name_of_an_archive_is_the_last_part_of_its_path(void **state)
{
    static const char *const cases[][2] = {
        {"https://h/d/a.zip?x=/y", "a.zip"  },
        {"file:///d/a.zip",        "a.zip"  },
        {"https://h/d/a.zip#c/d",  "a.zip"  },
        {"https://h/d/",           ""       },
        {"file:///d/a%20b.zip",    "a b.zip"},
        {"https://h/a%2.zip",      "a%2.zip"},
        {"https://h/a%",           "a%"     },
        {"https://h/a%00b",        "a%00b"  },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free) char *name = source_file_name(cases[i][0]);

        assert_string_equal(name, cases[i][1]);
    }
}

static void what_is_shown_holds_no_secret(void **state)
{
    static const char *const cases[][2] = {
        {"https://h/a.zip?token=secret#x",  "https://h/a.zip"              },
        {"https://me:secret@h/a.zip",       "https://h/a.zip"              },
        {"https://me:sec@ret@h/a.zip",      "https://h/a.zip"              }, /* RFC 3986 wants %40 */
        {"https://h/u@example.com/a.zip?q", "https://h/u@example.com/a.zip"},
        {"https://token@h",                 "https://h"                    },
        {"file:///d/a%40b.zip",             "file:///d/a%40b.zip"          },
        {"dist/a@b?c.zip",                  "dist/a@b?c.zip"               },
    };
    char shown[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        source_write_public(cases[i][0], shown, sizeof shown);
        assert_string_equal(shown, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(the_pattern_of_the_settings_gets_version_and_platform),
        SOURCE_TEST(a_path_in_the_settings_is_relative_to_them),
        SOURCE_TEST(a_path_may_hold_any_character),
        SOURCE_TEST(the_signature_goes_in_front_of_a_query),
        SOURCE_TEST(a_signature_elsewhere_is_taken_as_it_is_written),
        SOURCE_TEST(checksums_lie_beside_the_archive_and_are_what_is_signed),
        SOURCE_TEST(a_pattern_that_needs_a_version_asks_for_it),
        SOURCE_TEST(no_pattern_takes_an_unknown_version_for_an_empty_one),
        SOURCE_TEST(the_name_of_an_archive_is_the_last_part_of_its_path),
        SOURCE_TEST(what_is_shown_holds_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
