/* Tests verify/entry_name.c and verify/entry_fold.c. Cases: verify-rules section 5 (archive),
 * Microsoft's "Naming Files, Paths, and Namespaces", RFC 3629 section 4 for UTF-8. */
#include "tests/verify/box.h"

#include "verify/entry_name.h"

typedef struct RefusedName {
    const char *name;
    size_t length; /* 0: that of the text */
    const char *why;
} RefusedName;

static const RefusedName refused_names[] = {
    {"",                     0, "is empty"                  },
    {"/etc/passwd",          0, "is absolute"               },
    {"//server/share/x",     0, "network share"             },
    {"\\\\server\\share",    0, "backslash"                 },
    {"a\\b",                 0, "backslash"                 },
    {"..\\x",                0, "backslash"                 },
    {"C:/x",                 0, "drive"                     },
    {"c:x",                  0, "drive"                     },
    {"..",                   0, "leads elsewhere"           },
    {"../x",                 0, "leads elsewhere"           },
    {"a/../b",               0, "leads elsewhere"           },
    {"a/..",                 0, "leads elsewhere"           },
    {".",                    0, "leads elsewhere"           },
    {"./x",                  0, "leads elsewhere"           },
    {"a/./b",                0, "leads elsewhere"           },
    {"a//b",                 0, "empty segment"             },
    {"a/",                   0, "empty segment"             },
    {"file:stream",          0, "colon"                     },
    {"file::$DATA",          0, "colon"                     },
    {"dir/x:y",              0, "colon"                     },
    {"a<b",                  0, "Windows does not allow"    },
    {"a>b",                  0, "Windows does not allow"    },
    {"a\"b",                 0, "Windows does not allow"    },
    {"a|b",                  0, "Windows does not allow"    },
    {"what?",                0, "Windows does not allow"    },
    {"*.go",                 0, "Windows does not allow"    },
    {"dir*/x",               0, "Windows does not allow"    },
    {"a\0b",                 3, "control character"         },
    {"\0",                   1, "control character"         },
    {"a\nb",                 0, "control character"         },
    {"a\x1b[2Jb",            0, "control character"         },
    {"a\x7f",                0, "control character"         },
    {"a\xc2\x85",            0, "control character"         },
    {"exe\xe2\x80\xaetxt",   0, "control character"         },
    {"exe\xe2\x81\xa7txt",   0, "control character"         },
    {"x.",                   0, "ends with a dot or a space"},
    {"x ",                   0, "ends with a dot or a space"},
    {"dir./x",               0, "ends with a dot or a space"},
    {"dir /x",               0, "ends with a dot or a space"},
    {"...",                  0, "ends with a dot or a space"},
    {"CON",                  0, "device"                    },
    {"con",                  0, "device"                    },
    {"Prn",                  0, "device"                    },
    {"AUX",                  0, "device"                    },
    {"nul",                  0, "device"                    },
    {"nul.txt",              0, "device"                    },
    {"NUL .txt",             0, "device"                    },
    {"a/nul.tar.gz",         0, "device"                    },
    {"aux/x",                0, "device"                    },
    {"COM1",                 0, "device"                    },
    {"com9.log",             0, "device"                    },
    {"LPT1",                 0, "device"                    },
    {"lpt9",                 0, "device"                    },
    {"COM\xc2\xb9",          0, "device"                    },
    {"com\xc2\xb2.x",        0, "device"                    },
    {"LPT\xc2\xb3",          0, "device"                    },
    {"CONIN$",               0, "device"                    },
    {"conout$",              0, "device"                    },
    {"\xff",                 0, "not UTF-8"                 },
    {"a\xc3",                0, "not UTF-8"                 },
    {"\xc0\xaf",             0, "not UTF-8"                 }, /* overlong slash */
    {"\xe0\x80\xaf",         0, "not UTF-8"                 }, /* and longer */
    {"\xf0\x80\x80\xaf",     0, "not UTF-8"                 }, /* and longer */
    {"\xc1\xbf",             0, "not UTF-8"                 },
    {"\xed\xa0\x80",         0, "not UTF-8"                 }, /* surrogate */
    {"\xf4\x90\x80\x80",     0, "not UTF-8"                 }, /* past U+10FFFF */
    {"\xf8\x88\x80\x80\x80", 0, "not UTF-8"                 }, /* five bytes */
    {"\x80",                 0, "not UTF-8"                 },
};

static const char *const allowed_names[] = {
    "shop-api",
    "bin/shop-api.exe",
    "a/b/c.txt",
    ".env",
    "dir/.hidden",
    "..x",
    "a..b",
    "x.y.z",
    "with space",
    " leading",
    "console",
    "com",
    "com0",
    "com10",
    "lpt",
    "nulx",
    "xnul",
    "null/txt",
    "[id].js",
    "a'b",
    "\xc3\xa4\xc3\xb6.txt",
    "\xe6\x97\xa5\xe6\x9c\xac",
    "\xf0\x9f\x9a\x80.md",
    "COM\xc3\xa9",
};

static void every_name_that_could_lead_elsewhere_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_names / sizeof refused_names[0]; i++) {
        const RefusedName *row = &refused_names[i];
        Error err = {0};

        if (entry_name_check(row->name, row->length ? row->length : strlen(row->name), &err))
            fail_msg("accepted: row %zu, %s", i, row->name);
        if (!strstr(err.message, row->why))
            fail_msg("row %zu, expected \"%s\": %s", i, row->why, err.message);
        assert_int_equal(err.code, ERR_REFUSED);
        assert_true(text_printable(err.message));
    }
}

static void ordinary_names_are_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof allowed_names / sizeof allowed_names[0]; i++) {
        Error err = {0};

        if (!entry_name_check(allowed_names[i], strlen(allowed_names[i]), &err))
            fail_msg("%s", err.message);
    }
}

/* `segments` times "a", with slashes between. */
static size_t deep_name(char *out, size_t segments)
{
    for (size_t i = 0; i < segments; i++) {
        out[2 * i] = 'a';
        out[2 * i + 1] = '/';
    }
    return 2 * segments - 1;
}

static void the_limits_hold_to_the_byte(void **state)
{
    char name[ENTRY_NAME_MOST + 2];
    Error err = {0};

    (void)state;
    memset(name, 'a', sizeof name);
    assert_true(entry_name_check(name, ENTRY_SEGMENT_MOST, &err));
    assert_false(entry_name_check(name, ENTRY_SEGMENT_MOST + 1, &err));
    assert_says(&err, ERR_REFUSED, "255 bytes");
    for (size_t i = 200; i < sizeof name; i += 200)
        name[i] = '/';
    assert_true(entry_name_check(name, ENTRY_NAME_MOST, &err));
    assert_false(entry_name_check(name, ENTRY_NAME_MOST + 1, &err));
    assert_says(&err, ERR_REFUSED, "1024 bytes");
    assert_true(entry_name_check(name, deep_name(name, ENTRY_DEPTH_MOST), &err));
    assert_false(entry_name_check(name, deep_name(name, ENTRY_DEPTH_MOST + 1), &err));
    assert_says(&err, ERR_REFUSED, "64 segments");
}

static void a_name_without_nul_is_read_no_further_than_its_length(void **state)
{
    Error err = {0};

    (void)state;
    assert_true(entry_name_check("good/../evil", 4, &err));
    assert_true(entry_name_check("nulx", 4, &err));
    assert_false(entry_name_check("nulx", 3, &err));
}

static void what_is_shown_of_a_name_is_printable_and_short(void **state)
{
    char shown[ENTRY_PRINTABLE_SIZE];
    char bad[500];

    (void)state;
    assert_string_equal(entry_name_printable("a\x1b[0m\xff", 6, shown), "a\\x1b[0m\\xff");
    assert_string_equal(entry_name_printable("", 0, shown), "");
    memset(bad, 0x1b, sizeof bad);
    entry_name_printable(bad, sizeof bad, shown);
    assert_true(strlen(shown) < sizeof shown);
    assert_true(text_ends_with(shown, "..."));
    memset(bad, 'a', sizeof bad);
    entry_name_printable(bad, sizeof bad, shown);
    assert_true(text_ends_with(shown, "aaa..."));
}

typedef struct FoldPair {
    const char *a, *b;
    bool same;
} FoldPair;

static const FoldPair fold_pairs[] = {
    {"README.txt",   "readme.TXT",   true },
    {"Dir/File",     "dir/fILE",     true },
    {"a",            "b",            false},
    {"a_",           "a[",           false}, /* neighbours of the letters */
    {"\xc3\x84rger", "\xc3\xa4rger", true }, /* Latin-1 */
    {"\xc3\x97",     "\xc3\xb7",     false}, /* times and division are no letters */
    {"\xc5\xb8",     "\xc3\xbf",     true }, /* Y with diaeresis */
    {"\xc4\x8c",     "\xc4\x8d",     true }, /* C with caron */
    {"\xc5\xbd",     "\xc5\xbe",     true }, /* Z with caron: odd is upper */
    {"\xce\xa3",     "\xcf\x83",     true }, /* sigma */
    {"\xcf\x82",     "\xcf\x83",     true }, /* final sigma */
    {"\xce\x86",     "\xce\xac",     true }, /* alpha with tonos */
    {"\xc2\xb5",     "\xce\xbc",     true }, /* micro sign and mu */
    {"\xd0\x96",     "\xd0\xb6",     true }, /* Cyrillic zhe */
    {"\xd0\x81",     "\xd1\x91",     true }, /* Cyrillic io */
    {"\xe2\x84\xaa", "K",            true }, /* kelvin sign */
    {"\xc5\xbf",     "S",            true }, /* long s */
    {"\xe2\x84\xab", "\xc3\xa5",     true }, /* angstrom sign */
    {"\xef\xbc\xa1", "\xef\xbd\x81", true }, /* full-width A */
    {"\xe1\xba\x9e", "\xc3\x9f",     true }, /* capital sharp s */
    {"\xc3\x9f",     "ss",           false}, /* no file system expands it */
    {"\xff",         "\xfe",         false},
};

static void names_fold_as_case_insensitive_file_systems_fold_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fold_pairs / sizeof fold_pairs[0]; i++) {
        CLEANUP(free) char *a = entry_name_fold(fold_pairs[i].a);
        CLEANUP(free) char *b = entry_name_fold(fold_pairs[i].b);

        assert_true(a && b);
        if ((strcmp(a, b) == 0) != fold_pairs[i].same)
            fail_msg("row %zu: \"%s\" and \"%s\"", i, a, b);
    }
}

static void folding_twice_changes_nothing_more(void **state)
{
    (void)state;
    for (unsigned c = 0x80; c < 0x530; c++) {
        const char name[] = {(char)(0xc0 | (c >> 6)), (char)(0x80 | (c & 0x3f)), '\0'};
        CLEANUP(free) char *once = entry_name_fold(name);
        CLEANUP(free) char *twice = once ? entry_name_fold(once) : NULL;

        assert_true(once && twice);
        assert_string_equal(once, twice);
    }
}

static void bytes_that_are_no_text_stay_as_they_are(void **state)
{
    CLEANUP(free)
    char *folded = entry_name_fold("\xff"
                                   "A\xc3");
    CLEANUP(free) char *nothing = entry_name_fold("");

    (void)state;
    assert_string_equal(folded, "\xff"
                                "a\xc3");
    assert_string_equal(nothing, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_that_could_lead_elsewhere_is_refused),
        cmocka_unit_test(ordinary_names_are_allowed),
        cmocka_unit_test(the_limits_hold_to_the_byte),
        cmocka_unit_test(a_name_without_nul_is_read_no_further_than_its_length),
        cmocka_unit_test(what_is_shown_of_a_name_is_printable_and_short),
        cmocka_unit_test(names_fold_as_case_insensitive_file_systems_fold_them),
        cmocka_unit_test(folding_twice_changes_nothing_more),
        cmocka_unit_test(bytes_that_are_no_text_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
