/* Tests verify/manifest.c, manifest_parse.c, manifest_rules.c and manifest_format.c. The form is
 * that of design.md section 9; refusals: verify-rules section 5. */
#include "tests/verify/box.h"

#include "base/clock.h"
#include "tests/verify/mutate.h"
#include "verify/manifest.h"

#define SHA "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define HEAD                                                                                       \
    "{\"schema\":\"godeploy-release/1\",\"name\":\"shop\",\"version\":\"2.4.0\",\"os\":\"linux\"," \
    "\"arch\":\"amd64\",\"created\":\"2026-11-23T00:00:00Z\""
#define FILE_OF(path)   "{\"path\":\"" path "\",\"size\":1,\"sha256\":\"" SHA "\",\"mode\":\"0644\"}"
#define FILES(list)     ",\"files\":[" list "]}"
#define WITH_FILE(file) HEAD FILES(file)
#define GOOD                                                                                       \
    HEAD ",\"expires\":\"2036-11-23T00:00:00Z\",\"command\":[\"./shop\",\"--listen\",\"\"]" FILES( \
        FILE_OF("shop") "," FILE_OF("assets/a.css"))

static bool parse(const char *text, Manifest **out, Error *err)
{
    return manifest_parse(text, strlen(text), out, err);
}

static void every_field_is_read(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    char time[CLOCK_ISO_SIZE], hex[DIGEST_HEX_SIZE];
    Error err = {0};

    (void)state;
    if (!parse(GOOD, &manifest, &err))
        fail_msg("%s", err.message);
    assert_string_equal(manifest->name, "shop");
    assert_string_equal(manifest->version, "2.4.0");
    assert_string_equal(manifest->os, "linux");
    assert_string_equal(manifest->arch, "amd64");
    assert_string_equal(clock_format_iso(manifest->created_ms, time), "2026-11-23T00:00:00.000Z");
    assert_string_equal(clock_format_iso(manifest->expires_ms, time), "2036-11-23T00:00:00.000Z");
    assert_string_equal(manifest->command[0], "./shop");
    assert_string_equal(manifest->command[2], "");
    assert_null(manifest->command[3]);
    assert_int_equal(manifest->file_count, 2);
    assert_string_equal(manifest->files[0].path, "assets/a.css"); /* sorted */
    assert_int_equal(manifest->files[0].size_bytes, 1);
    assert_int_equal(manifest->files[0].mode, 0644);
    assert_string_equal(digest_to_hex(&manifest->files[0].digest, hex), SHA);
}

static void expiry_and_command_may_be_missing(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Error err = {0};

    (void)state;
    if (!parse(WITH_FILE(FILE_OF("x")), &manifest, &err))
        fail_msg("%s", err.message);
    assert_int_equal(manifest->expires_ms, 0);
    assert_null(manifest->command);
}

typedef struct RefusedText {
    const char *text;
    const char *why;
} RefusedText;

static const RefusedText refused_texts[] = {
    {"",                                                                                    "not valid"                                     },
    {"{",                                                                                   "not valid"                                     },
    {"[]",                                                                                  "\"schema\" is missing"                         },
    {"{}",                                                                                  "\"schema\" is missing"                         },
    {"{\"schema\":1}",                                                                      "\"schema\" is missing or no text"              },
    {"{\"schema\":\"godeploy-release/2\"}",                                                 "its schema is \"godeploy-release/2\", expected"},
    {"{\"schema\":\"godeploy-config/1\"}",                                                  "its schema is \"godeploy-config/1\", expected" },
    {GOOD "x",                                                                              "not valid"                                     },
    {GOOD GOOD,                                                                             "not valid"                                     },
 /* a key twice, an unknown key, a missing one, a wrong kind */
    {HEAD ",\"name\":\"other\"" FILES(FILE_OF("x")),                                        "not valid"                                     },
    {HEAD ",\"extra\":1" FILES(FILE_OF("x")),                                               "unknown key \"extra\""                         },
    {HEAD ",\"Name\":\"x\"" FILES(FILE_OF("x")),                                            "unknown key \"Name\""                          },
    {HEAD ",\"a\\u001b[2J\":1" FILES(FILE_OF("x")),                                         "unknown key \"a\\x1b[2J\""                     },
    {"{\"schema\":\"godeploy-release/1\"}",                                                 "\"name\" is missing"                           },
    {HEAD "}",                                                                              "\"files\" is no list"                          },
    {HEAD ",\"files\":{}}",                                                                 "\"files\" is no list"                          },
    {HEAD FILES(""),                                                                        "\"files\" is no list of 1"                     },
    {HEAD FILES("1"),                                                                       "entry 1 of \"files\": it is no JSON object"    },
    {HEAD FILES(FILE_OF("x") ",{}"),                                                        "entry 2 of \"files\": \"path\" is missing"     },
    {HEAD ",\"expires\":1" FILES(FILE_OF("x")),                                             "\"expires\" is missing or no text"             },
    {HEAD ",\"expires\":null" FILES(FILE_OF("x")),                                          "\"expires\" is missing or no text"             },
    {HEAD ",\"expires\":\"soon\"" FILES(FILE_OF("x")),                                      "expected a time of RFC 3339"                   },
    {HEAD ",\"expires\":\"2026-11-23T00:00:00Z\"" FILES(FILE_OF("x")),
     "expires is not after created"                                                                                                         },
    {HEAD ",\"expires\":\"1970-01-01T00:00:00Z\"" FILES(FILE_OF("x")),                      "expires is before 1970"                        },
    {HEAD ",\"command\":\"./x\"" FILES(FILE_OF("x")),                                       "\"command\" is no list"                        },
    {HEAD ",\"command\":[1]" FILES(FILE_OF("x")),                                           "part 1 of \"command\" is no text"              },
    {HEAD ",\"command\":[]" FILES(FILE_OF("x")),                                            "command names no program"                      },
    {HEAD ",\"command\":[\"\"]" FILES(FILE_OF("x")),                                        "command names no program"                      },
 /* sizes, digests, modes */
    {WITH_FILE("{\"path\":\"x\",\"size\":-1,\"sha256\":\"" SHA "\",\"mode\":\"0644\"}"),
     "\"size\""                                                                                                                             },
    {WITH_FILE("{\"path\":\"x\",\"size\":1.0,\"sha256\":\"" SHA "\",\"mode\":\"0644\"}"),
     "\"size\""                                                                                                                             },
    {WITH_FILE("{\"path\":\"x\",\"size\":\"1\",\"sha256\":\"" SHA "\",\"mode\":\"0644\"}"),
     "\"size\""                                                                                                                             },
    {WITH_FILE("{\"path\":\"x\",\"sha256\":\"" SHA "\",\"mode\":\"0644\"}"),                "\"size\""                                      },
    {WITH_FILE("{\"path\":\"x\",\"size\":99999999999999999999,\"sha256\":\"" SHA
               "\",\"mode\":\"0644\"}"),
     "not valid"                                                                                                                            },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"ca97\",\"mode\":\"0644\"}"),        "\"sha256\""                                    },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"mode\":\"0644\"}"),                            "\"sha256\" is missing"                         },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"" SHA "\",\"mode\":420}"),          "\"mode\""                                      },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"" SHA "\",\"mode\":\"644\"}"),      "\"mode\""                                      },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"" SHA "\",\"mode\":\"0648\"}"),     "\"mode\""                                      },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"" SHA "\",\"mode\":\"4755\"}"),
     "is not between 0000 and 0777"                                                                                                         },
    {WITH_FILE("{\"path\":\"x\",\"size\":1,\"sha256\":\"" SHA
               "\",\"mode\":\"0644\",\"link\":\"y\"}"),
     "unknown key \"link\""                                                                                                                 },
};

static void every_text_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_texts / sizeof refused_texts[0]; i++) {
        CLEANUP(manifest_free) Manifest *manifest = NULL;
        Error err = {0};

        if (parse(refused_texts[i].text, &manifest, &err))
            fail_msg("accepted: row %zu, %s", i, refused_texts[i].text);
        if (err.code != ERR_MANIFEST || !strstr(err.message, refused_texts[i].why))
            fail_msg("row %zu, expected \"%s\": %s", i, refused_texts[i].why, err.message);
        assert_true(text_printable(err.message));
        assert_null(manifest);
    }
}

/* Two paths of one manifest, as JSON writes them. */
typedef struct RefusedPaths {
    const char *first, *second;
    const char *why;
} RefusedPaths;

static const RefusedPaths refused_paths[] = {
    {"../x",      "y",            "leads elsewhere"                                   },
    {"y",         "/x",           "is absolute"                                       },
    {"a\\\\b",    "y",            "backslash"                                         },
    {"nul.txt",   "y",            "device"                                            },
    {"xx:y",      "y",            "colon"                                             },
    {"a\\u0000b", "y",            "not valid"                                         },
    {"a\\nb",     "y",            "control character"                                 },
    {"",          "y",            "is empty"                                          },
    {"\xff",      "y",            "not valid"                                         },
    {"x",         "x",            "\"x\" is listed twice"                             },
    {"a/X.txt",   "A/x.TXT",      "\"a/x.txt\" is listed twice"                       },
    {"\xc3\x84",  "\xc3\xa4",     "is listed twice"                                   },
    {"a",         "a/b",          "\"a\" is listed as a file, and others lie below it"},
    {"A/b/c",     "a/B",          "\"a/b\" is listed as a file"                       },
    {"x",         "release.json", "which is itself"                                   },
    {"x",         "Release.JSON", "which is itself"                                   },
};

static void every_pair_of_paths_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_paths / sizeof refused_paths[0]; i++) {
        const RefusedPaths *row = &refused_paths[i];
        CLEANUP(manifest_free) Manifest *manifest = NULL;
        CLEANUP(free)
        char *text =
            text_formatted(HEAD FILES(FILE_OF("%s") "," FILE_OF("%s")), row->first, row->second);
        Error err = {0};

        if (!text || parse(text, &manifest, &err))
            fail_msg("accepted: %s and %s", row->first, row->second);
        assert_says(&err, ERR_MANIFEST, row->why);
        assert_true(text_printable(err.message));
    }
}

typedef struct RefusedValue {
    const char *from, *to; /* in GOOD, once */
    const char *why;
} RefusedValue;

static const RefusedValue refused_values[] = {
    {"\"shop\",\"version\"", "\"\",\"version\"",      "name is empty"                        },
    {"\"shop\",\"version\"", "\"a\\tb\",\"version\"", "control character"                    },
    {"\"2.4.0\"",            "\"../2\"",              "version \"../2\" has a character"     },
    {"\"2.4.0\"",            "\"\"",                  "version \"\" is empty"                },
    {"\"2.4.0\"",            "\"-rf\"",               "starts with a dot or a dash"          },
    {"\"linux\"",            "\"Linux\"",             "os \"Linux\" is not a lower-case name"},
    {"\"linux\"",            "\"\"",                  "os \"\" is not"                       },
    {"\"amd64\"",            "\"x86/64\"",            "arch \"x86/64\" is not"               },
    {"2026-11-23T00:00:00Z", "2026-13-23T00:00:00Z",  "expected a time of RFC 3339"          },
    {"2026-11-23T00:00:00Z", "1969-11-23T00:00:00Z",  "created is before 1970"               },
    {"godeploy-release/1",   "godeploy-release/1 ",   "its schema is \"godeploy-release/1 \""},
};

static void every_value_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_values / sizeof refused_values[0]; i++) {
        const RefusedValue *row = &refused_values[i];
        const char *at = strstr(GOOD, row->from);
        CLEANUP(manifest_free) Manifest *manifest = NULL;
        CLEANUP(free) char *text = NULL;
        Error err = {0};

        assert_non_null(at);
        text = text_formatted("%.*s%s%s", (int)(at - GOOD), GOOD, row->to, at + strlen(row->from));
        if (!text || parse(text, &manifest, &err))
            fail_msg("accepted: row %zu", i);
        assert_says(&err, ERR_MANIFEST, row->why);
    }
}

static void more_than_16_mebibytes_are_not_looked_at(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Error err = {0};

    (void)state;
    assert_false(manifest_parse("", (size_t)MANIFEST_LIMIT + 1, &manifest, &err));
    assert_says(&err, ERR_MANIFEST, "has 16777217 bytes, expected at most 16777216");
}

static void a_file_is_found_by_its_exact_path(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Error err = {0};

    (void)state;
    assert_true(parse(GOOD, &manifest, &err));
    assert_ptr_equal(manifest_find(manifest, "shop"), &manifest->files[1]);
    assert_ptr_equal(manifest_find(manifest, "assets/a.css"), &manifest->files[0]);
    assert_null(manifest_find(manifest, "Shop"));
    assert_null(manifest_find(manifest, "assets"));
    assert_null(manifest_find(manifest, ""));
}

#define YEAR_2027 1798761600000
#define EXPIRY    2111011200000 /* of GOOD */
#define YEAR_2037 2114380800000

/* The name, version, os and arch that are expected, when, and how GOOD fares. */
typedef struct ExpectationCase {
    const char *name, *version, *os, *arch;
    int64_t now_ms;
    ErrorCode code;
    const char *why;
} ExpectationCase;

static const ExpectationCase expectation_cases[] = {
    {"shop", "2.4.0", "linux",   "amd64", YEAR_2027,  ERR_NONE,     ""                                           },
    {NULL,   NULL,    NULL,      NULL,    YEAR_2027,  ERR_NONE,     ""                                           },
    {"blog", NULL,    NULL,      NULL,    YEAR_2027,  ERR_MANIFEST,
     "name of the release is shop, expected blog"                                                                },
    {"Shop", NULL,    NULL,      NULL,    YEAR_2027,  ERR_MANIFEST, "is shop, expected Shop"                     },
    {"shop", "2.4.1", NULL,      NULL,    YEAR_2027,  ERR_MANIFEST, "is 2.4.0, expected 2.4.1"                   },
    {"shop", NULL,    "windows", NULL,    YEAR_2027,  ERR_MANIFEST, "is linux, expected windows"                 },
    {"shop", NULL,    "linux",   "arm64", YEAR_2027,  ERR_MANIFEST, "is amd64, expected arm64"                   },
    {"shop", NULL,    NULL,      NULL,    YEAR_2037,  ERR_EXPIRED,  "and it is 2037-01-01T00:00:00.000Z"         },
    {"shop", NULL,    NULL,      NULL,    EXPIRY,     ERR_EXPIRED,  "expired at 2036-11-23T00:00:00.000Z"        },
    {"shop", NULL,    NULL,      NULL,    EXPIRY - 1, ERR_NONE,     ""                                           },
    {"shop", NULL,    NULL,      NULL,    0,          ERR_EXPIRED,  "cannot be judged: the clock says 1970-01-01"},
};

static void what_is_not_expected_is_refused_with_both_values(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Error err = {0};

    (void)state;
    assert_true(parse(GOOD, &manifest, &err));
    for (size_t i = 0; i < sizeof expectation_cases / sizeof expectation_cases[0]; i++) {
        const ExpectationCase *row = &expectation_cases[i];
        const ManifestExpectation expected = {row->name, row->version, row->os, row->arch,
                                              row->now_ms};
        Error found = {0};

        if (manifest_check(manifest, &expected, &found) != (row->code == ERR_NONE))
            fail_msg("row %zu: %s", i, found.message);
        assert_says(&found, row->code, row->why);
    }
}

static void a_clock_before_the_build_judges_no_expiry(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    ManifestExpectation expected = {.now_ms = manifest_earliest_clock_ms()};
    Error err = {0};

    (void)state;
    assert_true(parse(GOOD, &manifest, &err));
    assert_true(manifest_check(manifest, &expected, &err));
    expected.now_ms--;
    assert_false(manifest_check(manifest, &expected, &err));
    assert_says(&err, ERR_EXPIRED, "cannot be judged");
}

static void without_an_expiry_the_clock_does_not_matter(void **state)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    const ManifestExpectation expected = {.name = "shop", .now_ms = 0};
    Error err = {0};

    (void)state;
    assert_true(parse(WITH_FILE(FILE_OF("x")), &manifest, &err));
    assert_true(manifest_check(manifest, &expected, &err));
}

static void the_earliest_clock_is_a_day_between_2026_and_now(void **state)
{
    (void)state;
    assert_true(manifest_earliest_clock_ms() % 86400000 == 0);
    assert_true(manifest_earliest_clock_ms() <= clock_wall_ms());
    assert_true(manifest_earliest_clock_ms() > 0);
}

static Manifest sample(const ManifestFile *files, size_t count)
{
    return (Manifest){.name = "shop",
                      .version = "1.0.0",
                      .os = "linux",
                      .arch = "amd64",
                      .created_ms = 1795392000000,
                      .files = files,
                      .file_count = count};
}

static void the_order_of_the_files_does_not_change_the_bytes(void **state)
{
    const ManifestFile one[] = {
        {.path = "b",      .mode = 0755, .size_bytes = 3},
        {.path = "a/c"}
    };
    const ManifestFile two[] = {one[1], one[0]};
    const Manifest first = sample(one, 2), second = sample(two, 2);
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) char *same = NULL;
    Error err = {0};

    (void)state;
    assert_true(manifest_format(&first, &text, &err));
    assert_true(manifest_format(&second, &same, &err));
    assert_string_equal(text, same);
    assert_true(strstr(text, "\"a/c\"") < strstr(text, "\"b\""));
    assert_true(text_starts_with(text, "{"));
    assert_true(strstr(text, "schema") < strstr(text, "name"));
}

static void what_is_formatted_is_read_back_whole(void **state)
{
    CLEANUP(manifest_free) Manifest *first = NULL;
    CLEANUP(manifest_free) Manifest *second = NULL;
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) char *again = NULL;
    Error err = {0};

    (void)state;
    assert_true(parse(GOOD, &first, &err));
    assert_true(manifest_format(first, &text, &err));
    if (!parse(text, &second, &err))
        fail_msg("%s", err.message);
    assert_int_equal(second->expires_ms, first->expires_ms);
    assert_int_equal(second->created_ms, first->created_ms);
    assert_string_equal(second->command[1], "--listen");
    assert_string_equal(second->files[1].path, "shop");
    assert_true(manifest_format(second, &again, &err));
    assert_string_equal(text, again);
}

static void what_could_not_be_read_back_is_not_formatted(void **state)
{
    const ManifestFile evil[] = {{.path = "../x"}};
    const ManifestFile twice[] = {{.path = "x"}, {.path = "X"}};
    const ManifestFile setuid[] = {
        {.path = "x", .mode = 04755}
    };
    const ManifestFile good[] = {{.path = "x"}};
    Manifest manifest = sample(evil, 1);
    CLEANUP(free) char *text = NULL;
    Error err = {0};

    (void)state;
    assert_false(manifest_format(&manifest, &text, &err));
    assert_says(&err, ERR_MANIFEST, "leads elsewhere");
    manifest = sample(twice, 2);
    assert_false(manifest_format(&manifest, &text, &err));
    assert_says(&err, ERR_MANIFEST, "listed twice");
    manifest = sample(setuid, 1);
    assert_false(manifest_format(&manifest, &text, &err));
    assert_says(&err, ERR_MANIFEST, "mode of \"x\"");
    manifest = sample(good, 0);
    assert_false(manifest_format(&manifest, &text, &err));
    assert_says(&err, ERR_MANIFEST, "files is empty");
    manifest = sample(good, 1);
    manifest.version = "a/b";
    assert_false(manifest_format(&manifest, &text, &err));
    assert_says(&err, ERR_MANIFEST, "version");
    assert_null(text);
}

static void a_manifest_is_read_from_its_file(void **state)
{
    CLEANUP_BOX Box box = box_open();
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Error err = {0};

    (void)state;
    assert_true(manifest_read_file(box_write_text(&box, "release.json", GOOD), &manifest, &err));
    manifest_free(TAKE(manifest));
    assert_false(manifest_read_file(box_write_text(&box, "bad.json", "{}"), &manifest, &err));
    assert_says(&err, ERR_MANIFEST, "bad.json");
    assert_false(manifest_read_file(box_path(&box, "none.json"), &manifest, &err));
    assert_says(&err, ERR_FILE, "none.json");
}

/* What is accepted keeps all rules, so it can be written and read again. */
static void assert_sound(const Manifest *manifest)
{
    CLEANUP(manifest_free) Manifest *again = NULL;
    CLEANUP(free) char *text = NULL;
    Error err = {0};

    if (!manifest_format(manifest, &text, &err) || !parse(text, &again, &err))
        fail_msg("%s", err.message);
    assert_int_equal(again->file_count, manifest->file_count);
}

static void no_mutation_makes_a_manifest_that_breaks_a_rule(void **state)
{
    Mutator mutator = {0xd1342543de82ef95};

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[sizeof GOOD + 8] = GOOD;
        size_t length = sizeof GOOD - 1;
        CLEANUP(manifest_free) Manifest *manifest = NULL;
        CLEANUP(free) char *exact = NULL;
        Error err = {0};

        for (uint64_t n = 1 + mutate_number(&mutator, 4); n > 0; n--)
            mutate_once(&mutator, bytes, &length);
        exact = malloc(length > 0 ? length : 1); /* so that a sanitizer sees one byte too many */
        assert_non_null(exact);
        memcpy(exact, bytes, length);
        if (manifest_parse(exact, length, &manifest, &err))
            assert_sound(manifest);
        else
            assert_int_equal(err.code, ERR_MANIFEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(expiry_and_command_may_be_missing),
        cmocka_unit_test(every_text_that_breaks_a_rule_is_refused),
        cmocka_unit_test(every_pair_of_paths_that_breaks_a_rule_is_refused),
        cmocka_unit_test(every_value_that_breaks_a_rule_is_refused),
        cmocka_unit_test(more_than_16_mebibytes_are_not_looked_at),
        cmocka_unit_test(a_file_is_found_by_its_exact_path),
        cmocka_unit_test(what_is_not_expected_is_refused_with_both_values),
        cmocka_unit_test(a_clock_before_the_build_judges_no_expiry),
        cmocka_unit_test(without_an_expiry_the_clock_does_not_matter),
        cmocka_unit_test(the_earliest_clock_is_a_day_between_2026_and_now),
        cmocka_unit_test(the_order_of_the_files_does_not_change_the_bytes),
        cmocka_unit_test(what_is_formatted_is_read_back_whole),
        cmocka_unit_test(what_could_not_be_read_back_is_not_formatted),
        cmocka_unit_test(a_manifest_is_read_from_its_file),
        cmocka_unit_test(no_mutation_makes_a_manifest_that_breaks_a_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
