/* Tests deploy/release/programs.c: what each demand means, told by content. */
#include "base/file/file.h"
#include "base/text.h"
#include "deploy/release/programs.h"
#include "tests/deploy/fake_authenticode.h"
#include "tests/support/temporary_folder.h"
#include "verify/authenticode/second_judge.h"

enum { MOST_FILES = 6 };

/* Windows, as a test wants it. */
static struct {
    int asked;
    bool disagrees, revocation;
    char path[512], seen[128]; /* the file that it was shown, and what was in it */
} fake_windows;

bool second_judge_exists(void)
{
    return true;
}

bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err)
{
    CLEANUP(free) char *content = NULL;
    size_t length = 0;

    fake_windows.asked++;
    fake_windows.revocation = revocation;
    (void)snprintf(fake_windows.path, sizeof fake_windows.path, "%s", path);
    if (!file_read_all(path, sizeof fake_windows.seen, &content, &length, err))
        return false;
    (void)snprintf(fake_windows.seen, sizeof fake_windows.seen, "%s", content);
    *out = (SecondVerdict){.trusted = !fake_windows.disagrees};
    (void)snprintf(out->reason, sizeof out->reason, "Windows said 0x800b0109");
    return true;
}

typedef struct Named {
    const char *name;
    const char *content;
} Named;

/* A file in memory as a source. */
typedef struct Bytes {
    const char *content;
    size_t at;
} Bytes;

static bool bytes_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    Bytes *bytes = context;
    size_t rest = strlen(bytes->content) - bytes->at;

    (void)err;
    *got = size < rest ? size : rest;
    memcpy(buffer, bytes->content + bytes->at, *got);
    bytes->at += *got;
    return true;
}

static bool bytes_rewind(void *context, Error *err)
{
    Bytes *bytes = context;

    (void)err;
    bytes->at = 0;
    return true;
}

static bool judge(Programs *programs, const Named *file, Error *err)
{
    Bytes bytes = {.content = file->content};
    const AuthenticodeSource source = {.read = bytes_read,
                                       .rewind = bytes_rewind,
                                       .context = &bytes,
                                       .size_bytes = strlen(file->content)};

    return programs_judge(programs, file->name, &source, err);
}

static Settings demanding(ProgramDemand demand, const char *listed)
{
    Settings settings = {0};
    Error err = {0};

    settings.verify.authenticode.require = demand;
    if (listed)
        assert_true(text_list_add(&settings.verify.authenticode.files, listed, &err));
    return settings;
}

typedef struct Case {
    const char *what;
    ProgramDemand demand;
    const char *listed; /* verify.authenticode.files; NULL: none */
    Named files[MOST_FILES];
    const char *refusal; /* words of the error; NULL: accepted */
    int demanded;
    int refused;
    int verdicts; /* that are recorded */
} Case;

#define GOOD_EXE                                                                                   \
    {                                                                                              \
        "shop.exe", "MZ exe valid Example"                                                         \
    }
#define GOOD_DLL                                                                                   \
    {                                                                                              \
        "a.dll", "MZ dll valid Example"                                                            \
    }
#define BARE_DLL                                                                                   \
    {                                                                                              \
        "b.dll", "MZ dll unsigned"                                                                 \
    }
#define TEXT                                                                                       \
    {                                                                                              \
        "readme", "text"                                                                           \
    }
#define CASE(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const Case cases[] = {
    CASE("all signed", PROGRAMS_ALL, NULL, {GOOD_EXE,                     GOOD_DLL, TEXT},
       NULL, 2, 0, 2),
    CASE("an unsigned DLL among signed ones", PROGRAMS_ALL, NULL, {GOOD_EXE,                        BARE_DLL, TEXT},
         "b.dll: reason of unsigned (unsigned)", 2, 1, 2),
    CASE("two refused: the first and how many others", PROGRAMS_ALL, NULL,
         {BARE_DLL,                     {"x", "MZ exe invalid"}, GOOD_EXE},
       "; and 1 other of the 3", 3, 2, 3),
    CASE("a program under another name", PROGRAMS_ALL, NULL,
         {GOOD_EXE,                        {"native.node", "MZ dll unsigned"}},
       "native.node", 2, 1, 2),
    CASE("text that calls itself a program", PROGRAMS_ALL, NULL, {GOOD_EXE,                     {"tool.EXE", "text"}},
         "tool.EXE: it should be a Windows program, and its content is none (not-pe)", 2, 1, 2),
    CASE("text that calls itself a DLL", PROGRAMS_ALL, NULL, {GOOD_EXE,                    {"x/y.dll", "text"}},
         "x/y.dll: it should be", 2, 1, 2),
    CASE("a name that is only the suffix", PROGRAMS_ALL, NULL, {GOOD_EXE,                     {".exe", "text"}},
       NULL,
         1, 0, 1),
    CASE("no program at all", PROGRAMS_ALL, NULL, {TEXT                           },
         "none of its 1 files is a Windows program", 0, 0, 0),
    CASE("no file at all", PROGRAMS_ALL, NULL, {{NULL, NULL}},
       "none of its 0 files", 0, 0, 0),
    CASE("a library need not be signed", PROGRAMS_EXECUTABLES, NULL, {GOOD_EXE,                     BARE_DLL},
       NULL, 1,
         0, 2),
    CASE("an executable must", PROGRAMS_EXECUTABLES, NULL, {GOOD_EXE,                            {"tool", "MZ exe unsigned"}},
         "tool: reason of unsigned", 2, 1, 2),
    CASE("a library by name only", PROGRAMS_EXECUTABLES, NULL,
         {GOOD_EXE,{"a.dll", "MZ exe unsigned"}},
       "a.dll", 2, 1, 2),
    CASE("only libraries", PROGRAMS_EXECUTABLES, NULL, {GOOD_DLL                        },
         "verify.authenticode.require is "
         "executables",
         0, 0, 1),
    CASE("a text named .dll is nobody's business", PROGRAMS_EXECUTABLES, NULL,
         {GOOD_EXE,                 {"a.dll", "text"}},
       NULL, 1, 0, 1),
    CASE("a text named .exe is", PROGRAMS_EXECUTABLES, NULL, {GOOD_EXE,                     {"a.exe", "text"}},
       "a.exe",
         2, 1, 2),
    CASE("listed and signed", PROGRAMS_LISTED, "shop.exe", {GOOD_EXE,                            BARE_DLL},
       NULL, 1, 0, 2),
    CASE("listed and missing", PROGRAMS_LISTED, "Shop.exe", {GOOD_EXE},
         "verify.authenticode.files lists Shop.exe, and no file of that name is there", 0, 0, 1),
    CASE("listed and no program", PROGRAMS_LISTED, "readme", {GOOD_EXE,                     TEXT},
       "readme: it should",
         1, 1, 2),
    CASE("listed and unsigned", PROGRAMS_LISTED, "*.dll", {GOOD_DLL,                            BARE_DLL},
       "b.dll", 2, 1, 2),
    CASE("a star does not cross folders", PROGRAMS_LISTED, "bin/*.dll",
         {{"bin/sub/a.dll", "MZ dll valid E"}   },
       "lists bin/*.dll", 0, 0, 1),
    CASE("a star in the middle", PROGRAMS_LISTED, "b*n/a*.d*l",
         {{"bin/ab.dll", "MZ dll valid E"},{"bin/ba.dll", "MZ dll unsigned"}},
       NULL, 1, 0, 2),
    CASE("a star stands for nothing too", PROGRAMS_LISTED, "a*.dll*", {GOOD_DLL                    },
       NULL, 1, 0, 1),
};

static void assert_case(const Case *c)
{
    Settings settings = demanding(c->demand, c->listed);
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP(json_free) Json *detail = NULL;
    Error err = {0};
    bool good = false;

    assert_true(programs_new(&settings, &programs, &err));
    for (size_t i = 0; i < MOST_FILES && c->files[i].name; i++)
        assert_true(judge(programs, &c->files[i], &err));
    good = programs_finish(programs, &err);
    detail = programs_detail(programs);
    if (good != !c->refusal || (!good && !strstr(err.message, c->refusal)))
        fail_msg("%s: %s: %s", c->what, good ? "accepted" : "refused", err.message);
    assert_true(good || err.code == ERR_SIGNATURE);
    assert_true(json_get_bool(detail, "ok", !good) == good);
    if (json_get_integer(detail, "demanded", -1) != c->demanded ||
        json_get_integer(detail, "refused", -1) != c->refused ||
        (int)json_count(json_get(detail, "verdicts")) != c->verdicts)
        fail_msg("%s: %s", c->what, json_line(detail));
    text_list_free(&settings.verify.authenticode.files);
}

static void each_demand_is_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_case(&cases[i]);
}

static void who_signed_is_said(void **state)
{
    static const Named files[] = {
        {"a", "MZ exe valid Example Ltd"},
        {"b", "MZ exe valid Other"      },
        {"c", "MZ exe valid Other"      },
        {"d", "MZ exe valid Third"      },
        {"e", "MZ exe valid Fourth"     },
    };
    Settings settings = demanding(PROGRAMS_ALL, NULL);
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP_TEXT Text summary = {0};
    Error err = {0};

    (void)state;
    assert_true(programs_new(&settings, &programs, &err));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_true(judge(programs, &files[i], &err));
    assert_true(programs_finish(programs, &err));
    programs_summary(programs, &summary);
    assert_string_equal(text_chars(&summary),
                        "5 programs signed by Example Ltd, Other, Third and others");
}

static void a_verdict_holds_what_scripts_ask_for(void **state)
{
    static const Named file = {"bin/shop.exe", "MZ exe valid Example Ltd"};
    Settings settings = demanding(PROGRAMS_ALL, NULL);
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP(json_free) Json *detail = NULL;
    const Json *verdict = NULL;
    Error err = {0};

    (void)state;
    assert_true(programs_new(&settings, &programs, &err));
    assert_true(judge(programs, &file, &err));
    assert_true(programs_finish(programs, &err));
    detail = programs_detail(programs);
    verdict = json_item(json_get(detail, "verdicts"), 0);
    assert_string_equal(json_get_text(verdict, "path"), "bin/shop.exe");
    assert_string_equal(json_get_text(verdict, "status"), "valid");
    assert_string_equal(json_get_text(verdict, "code"), "ok");
    assert_string_equal(json_get_text(verdict, "publisher"), "Example Ltd");
    assert_true(json_get_bool(verdict, "demanded", false));
    assert_true(json_get_bool(verdict, "ok", false));
    assert_string_equal(json_get_text(detail, "require"), "all");
    assert_string_equal(json_get_text(detail, "reason"), "1 program signed by Example Ltd");
}

static void a_check_that_did_not_end_is_not_a_good_one(void **state)
{
    static const Named file = {"shop.exe", "MZ exe valid Example Ltd"};
    Settings settings = demanding(PROGRAMS_ALL, NULL);
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP(json_free) Json *detail = NULL;
    Error err = {0};

    (void)state;
    assert_true(programs_new(&settings, &programs, &err));
    assert_true(judge(programs, &file, &err));
    detail = programs_detail(programs);
    assert_false(json_get_bool(detail, "ok", true));
    assert_string_equal(json_get_text(detail, "code"), "unfinished");
}

static void a_policy_that_cannot_be_read_is_told(void **state)
{
    Settings settings = demanding(PROGRAMS_ALL, NULL);
    Programs *programs = NULL;
    Error err = {0};

    (void)state;
    fake_authenticode.policy_fails = "roots.pem is no certificate";
    assert_false(programs_new(&settings, &programs, &err));
    fake_authenticode.policy_fails = NULL;
    assert_int_equal(err.code, ERR_KEY);
    assert_string_equal(err.message,
                        "reading what verify.authenticode names: roots.pem is no certificate");
    assert_null(programs);
}

/* ---- verify.authenticode.also_windows ---- */

static void with_windows(bool disagrees, const Named *file, bool *good, Error *err)
{
    static char app[] = "shop";
    char root[TEMPORARY_FOLDER_SIZE];
    Settings settings = demanding(PROGRAMS_EXECUTABLES, NULL);
    CLEANUP(programs_free) Programs *programs = NULL;
    Error trouble = {0};

    assert_true(temporary_folder_make(root, "programs"));
    settings.root = root;
    settings.app = app;
    settings.verify.authenticode.also_windows = true;
    settings.verify.authenticode.windows_revocation = true;
    memset(&fake_windows, 0, sizeof fake_windows);
    fake_windows.disagrees = disagrees;
    assert_true(programs_new(&settings, &programs, &trouble));
    assert_true(judge(programs, file, &trouble));
    *good = programs_finish(programs, err);
    assert_false(file_exists(fake_windows.path)); /* whatever it said, the copy is gone */
    assert_true(folder_remove_tree(root, &trouble));
}

static void both_judges_must_agree(void **state)
{
    static const Named file = {"shop.exe", "MZ exe valid Example Ltd"};
    Error err = {0};
    bool good = false;

    (void)state;
    with_windows(false, &file, &good, &err);
    assert_true(good);
    assert_int_equal(fake_windows.asked, 1);
    assert_true(fake_windows.revocation);
    assert_string_equal(fake_windows.seen, file.content);
    with_windows(true, &file, &good, &err);
    assert_false(good);
    assert_int_equal(err.code, ERR_SIGNATURE);
    assert_string_equal(err.message, "shop.exe: its signature is good, and Windows said 0x800b0109 "
                                     "(windows-refuses)");
}

static void windows_cannot_make_good_what_we_refuse(void **state)
{
    static const Named bad = {"shop.exe", "MZ exe invalid"}, unasked = {"a.dll", "MZ dll valid E"};
    Error err = {0};
    bool good = true;

    (void)state;
    with_windows(false, &bad, &good, &err);
    assert_false(good);
    assert_int_equal(fake_windows.asked, 0);
    with_windows(true, &unasked, &good, &err); /* no library need be signed here */
    assert_int_equal(fake_windows.asked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_demand_is_what_it_says),
        cmocka_unit_test(who_signed_is_said),
        cmocka_unit_test(a_verdict_holds_what_scripts_ask_for),
        cmocka_unit_test(a_check_that_did_not_end_is_not_a_good_one),
        cmocka_unit_test(a_policy_that_cannot_be_read_is_told),
        cmocka_unit_test(both_judges_must_agree),
        cmocka_unit_test(windows_cannot_make_good_what_we_refuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
