#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void a_text_grows_past_any_first_guess(void **state)
{
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    for (int i = 0; i < 10000; i++)
        text_appendf(&text, "%04d,", i);
    assert_true(text_ok(&text, &err));
    assert_int_equal(text.length, 50000);
    assert_int_equal(strlen(text_chars(&text)), 50000);
    assert_true(text_starts_with(text_chars(&text), "0000,0001,"));
    assert_true(text_ends_with(text_chars(&text), "9998,9999,"));
}

static void a_number_is_appended_in_decimal(void **state)
{
    CLEANUP_TEXT Text text = {0};

    (void)state;
    text_reserve(&text, 100);
    text_append_number(&text, 0);
    text_append(&text, " ");
    text_append_number(&text, 1203);
    text_append(&text, " ");
    text_append_number(&text, UINT64_MAX);
    assert_string_equal(text.bytes, "0 1203 18446744073709551615");
}

static void an_empty_text_is_never_null(void **state)
{
    Text text = {0};
    char *taken = NULL;

    (void)state;
    assert_string_equal(text_chars(&text), "");
    taken = text_take(&text);
    assert_non_null(taken);
    assert_string_equal(taken, "");
    assert_null(text.bytes);
    free(taken);
}

static void a_text_that_cannot_grow_says_so_once_and_for_all(void **state)
{
    CLEANUP_TEXT Text text = {0};
    Error err = {0};

    (void)state;
    text_append(&text, "before");
    text_append_bytes(&text, "x", SIZE_MAX - 3);
    text_append(&text, "after");
    assert_false(text_ok(&text, &err));
    assert_int_equal(err.code, ERR_MEMORY);
    assert_null(text_take(&text));
}

static void a_cleared_text_starts_anew(void **state)
{
    CLEANUP_TEXT Text text = {0};

    (void)state;
    text_append(&text, "old");
    text_clear(&text);
    text_append(&text, "new");
    assert_string_equal(text_chars(&text), "new");
}

static void bytes_may_contain_a_nul(void **state)
{
    CLEANUP_TEXT Text text = {0};

    (void)state;
    text_append_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text_chars(&text), "a\0b", 4);
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(text_equal_ignoring_case("Content-Length", "cONTENT-lENGTH"));
    assert_true(text_equal_ignoring_case("", ""));
    assert_false(text_equal_ignoring_case("host", "hosts"));
    assert_false(text_equal_ignoring_case("hosts", "host"));
    assert_false(text_equal_ignoring_case("@[", "`{")); /* 32 apart, and no letters */
    assert_false(text_equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
    assert_true(text_starts_with_ignoring_case("FILE:///x", "file:"));
    assert_true(text_starts_with_ignoring_case("x", ""));
    assert_false(text_starts_with_ignoring_case("fil", "file:"));
}

static void a_number_is_digits_and_nothing_else(void **state)
{
    static const char *const refused[] = {"",
                                          "-1",
                                          "+1",
                                          " 1",
                                          "1 ",
                                          "1a",
                                          "0x10",
                                          "1.0",
                                          "18446744073709551616",
                                          "99999999999999999999999"};
    uint64_t number = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(text_parse_number(refused[i], UINT64_MAX, &number));
    assert_int_equal(number, 7);
    assert_true(text_parse_number("18446744073709551615", UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_true(text_parse_number("007", 7, &number));
    assert_int_equal(number, 7);
    assert_true(text_parse_number("0", 0, &number));
    assert_int_equal(number, 0);
    assert_false(text_parse_number("8", 7, &number));
    assert_false(text_parse_number("5", 3, &number));
    assert_false(text_parse_number("65536", 65535, &number));
}

static void durations_have_a_unit_or_are_seconds(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"500ms",                 500      },
        {"30s",                   30000    },
        {"5m",                    300000   },
        {"2h",                    7200000  },
        {"1d",                    86400000 },
        {"30",                    30000    },
        {"0",                     0        },
        {"0ms",                   0        },
        {"9223372036854775807ms", INT64_MAX},
    };
    int64_t ms = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(text_parse_duration_ms(cases[i].text, &ms));
        assert_true(ms == cases[i].ms);
    }
}

static void a_duration_that_overflows_or_makes_no_sense_is_refused(void **state)
{
    static const char *const refused[] = {"",
                                          "s",
                                          "ms",
                                          "-5s",
                                          "5 s",
                                          "5sec",
                                          "1.5s",
                                          "5S",
                                          "5ss",
                                          "9223372036854775808ms",
                                          "9223372036854776s",
                                          "106751991168d",
                                          "99999999999999999999999d"};
    int64_t ms = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(text_parse_duration_ms(refused[i], &ms));
    assert_int_equal(ms, 42);
}

static void sizes_know_both_powers(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } cases[] = {
        {"123",         123                     },
        {"123B",        123                     },
        {"64KiB",       65536                   },
        {"500MiB",      524288000               },
        {"5GiB",        UINT64_C(5368709120)    },
        {"1TiB",        UINT64_C(1099511627776) },
        {"10MB",        10000000                },
        {"2kB",         2000                    },
        {"16777215TiB", UINT64_C(16777215) << 40},
    };
    uint64_t bytes = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(text_parse_size_bytes(cases[i].text, &bytes));
        assert_true(bytes == cases[i].bytes);
    }
}

static void a_size_that_overflows_or_makes_no_sense_is_refused(void **state)
{
    static const char *const refused[] = {"",
                                          "MiB",
                                          "5 MiB",
                                          "-1",
                                          "5mib",
                                          "5M",
                                          "1.5GiB",
                                          "16777216TiB",
                                          "18446744073709551616",
                                          "18446744074GB"};
    uint64_t bytes = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(text_parse_size_bytes(refused[i], &bytes));
    assert_int_equal(bytes, 42);
}

static void shares_are_per_cent_or_fractions(void **state)
{
    static const struct {
        const char *text;
        int64_t ppm;
    } cases[] = {
        {"2.5%",        25000  },
        {"0.025",       25000  },
        {"1%",          10000  },
        {"100%",        1000000},
        {"1",           1000000},
        {"0",           0      },
        {"0.0001%",     1      },
        {"0.000001",    1      },
        {"150%",        1500000},
        {"2.50000000%", 25000  },
    };
    int64_t ppm = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(text_parse_share_ppm(cases[i].text, &ppm));
        assert_true(ppm == cases[i].ppm);
    }
}

static void a_share_that_is_doubtful_is_refused(void **state)
{
    static const char *const refused[] = {
        "",         "%",         "5",   "1.5", "-1%", ".5",   "1.%",      "1.",
        "0.00001%", "0.0000001", "1 %", "1%%", "nan", "1e-2", "1000001%", "18446744073709551615%"};
    int64_t ppm = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_false(text_parse_share_ppm(refused[i], &ppm));
    assert_int_equal(ppm, 42);
}

static void people_read_shares_exactly(void **state)
{
    static const struct {
        int64_t ppm;
        const char *text;
    } shares[] = {
        {0,       "0%"      },
        {50000,   "5%"      },
        {5000,    "0.5%"    },
        {12500,   "1.25%"   },
        {333333,  "33.3333%"},
        {1,       "0.0001%" },
        {1000000, "100%"    },
    };
    char out[TEXT_QUANTITY_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        assert_string_equal(text_share(shares[i].ppm, out), shares[i].text);
}

static void one_thing_has_no_plural(void **state)
{
    (void)state;
    assert_string_equal(text_plural(1), "");
    assert_string_equal(text_plural(0), "s");
    assert_string_equal(text_plural(2), "s");
}

static void people_read_durations_and_sizes(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } times[] = {
        {340,      "340 ms"    },
        {0,        "0 ms"      },
        {-5,       "0 ms"      },
        {999,      "999 ms"    },
        {1200,     "1.2 s"     },
        {59999,    "59.9 s"    },
        {60000,    "1 min 0 s" },
        {200000,   "3 min 20 s"},
        {3600000,  "1 h 0 min" },
        {90000000, "1 d 1 h"   },
    };
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {
        {0,          "0 B"     },
        {1023,       "1023 B"  },
        {1024,       "1.0 KiB" },
        {20971520,   "20.0 MiB"},
        {1048575,    "1.0 MiB" },
        {UINT64_MAX, "16.0 EiB"},
    };
    char out[TEXT_QUANTITY_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++)
        assert_string_equal(text_duration(times[i].ms, out), times[i].text);
    for (size_t i = 0; i < COUNT(sizes); i++)
        assert_string_equal(text_size(sizes[i].bytes, out), sizes[i].text);
    assert_true(strlen(text_duration(INT64_MAX, out)) < TEXT_QUANTITY_SIZE);
}

static void the_nearest_word_is_near(void **state)
{
    static const char *const words[] = {"release", "verify", "traffic", "check", "drain", "app"};
    static const struct {
        const char *word;
        const char *nearest;
    } cases[] = {
        {"relaese",     "release"},
        {"verfy",       "verify" },
        {"trafic",      "traffic"},
        {"chekc",       "check"  },
        {"ap",          "app"    },
        {"drain",       "drain"  },
        {"banana",      NULL     },
        {"",            NULL     },
        {"x",           NULL     },
        {"application", NULL     },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *nearest = text_nearest(cases[i].word, words, COUNT(words));

        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
}

static void a_word_of_any_length_is_compared_safely(void **state)
{
    char longest[64], too_long[2000];
    const char *candidates[] = {too_long, longest};

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_ptr_equal(text_nearest(longest, candidates, 2), longest);
    assert_null(text_nearest(too_long, candidates, 2));
    assert_null(text_nearest("word", NULL, 0));
}

static const Placeholder known[] = {
    {"version", "2.4.0"},
    {"port",    "18081"},
    {"os",      NULL   },
    {"empty",   ""     }
};

static void placeholders_are_replaced(void **state)
{
    static const struct {
        const char *pattern;
        const char *expanded;
    } cases[] = {
        {"x_{version}.zip", "x_2.4.0.zip"},
        {"{version}{port}", "2.4.018081" },
        {"",                ""           },
        {"plain",           "plain"      },
        {"{{version}",      "{version}"  },
        {"{{{version}",     "{2.4.0"     },
        {"{{{{",            "{{"         },
        {"a}b",             "a}b"        },
        {"[{empty}]",       "[]"         },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *out = NULL;
        Error err = {0};

        assert_true(text_expand(cases[i].pattern, known, COUNT(known), &out, &err));
        assert_string_equal(out, cases[i].expanded);
    }
}

static void a_value_is_not_expanded_again(void **state)
{
    static const Placeholder sly[] = {
        {"a", "{b}"   },
        {"b", "secret"}
    };
    CLEANUP(free) char *out = NULL;
    Error err = {0};

    (void)state;
    assert_true(text_expand("{a}", sly, 2, &out, &err));
    assert_string_equal(out, "{b}");
}

static void a_placeholder_nobody_knows_is_named(void **state)
{
    static const struct {
        const char *pattern;
        const char *message;
    } cases[] = {
        {"a_{verison}.zip", "no value is called {verison} in \"a_{verison}.zip\""},
        {"{}",              "no value is called {} in \"{}\""                    },
        {"{Version}",       "no value is called {Version} in \"{Version}\""      },
        {"{os}",            "{os} has no value here, but \"{os}\" uses it"       },
        {"x{version",       "a { is not closed in \"x{version\""                 },
        {"{",               "a { is not closed in \"{\""                         },
        {"{a{version}",     "a { is not closed in \"{a{version}\""               },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *out = NULL;
        Error err = {0};

        assert_false(text_expand(cases[i].pattern, known, COUNT(known), &out, &err));
        assert_null(out);
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_string_equal(err.message, cases[i].message);
    }
}

static void the_hint_lists_what_is_known(void **state)
{
    char *out = NULL;
    Error err = {0};

    (void)state;
    assert_false(text_expand("{x}", known, COUNT(known), &out, &err));
    assert_non_null(strstr(err.hint, "{version}, {port}, {os}, {empty}"));
}

static void hexadecimal_goes_both_ways(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x0f, 0xa5, 0xff};
    uint8_t back[4] = {0};
    char hex[9];

    (void)state;
    text_from_bytes(bytes, sizeof bytes, hex);
    assert_string_equal(hex, "000fa5ff");
    assert_true(text_to_bytes("000FA5ff", back, sizeof back));
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_false(text_to_bytes("000fa5f", back, sizeof back));
    assert_false(text_to_bytes("000fa5ff0", back, sizeof back));
    assert_false(text_to_bytes("000fa5fg", back, sizeof back));
    assert_false(text_to_bytes("", back, sizeof back));
    assert_true(text_to_bytes("", back, 0));
}

static void only_harmless_text_is_printable(void **state)
{
    static const char *const good[] = {"", "plain ASCII ~", "Grüße", "日本語", "\U0001F680"};
    static const char *const bad[] = {"\x1b[2J",
                                      "a\rb",
                                      "a\nb",
                                      "tab\t",
                                      "\x7f",
                                      "\xc2\x9b"
                                      "31m",
                                      "\x9b"
                                      "31m",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x80",
                                      "\xc0\xaf",
                                      "\xed\xa0\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x80\xae",
                                      "\xe2\x81\xa6",
                                      "\xef\xbb\xbf",
                                      "\xf4\x90\x80\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_printable(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_printable(bad[i]));
}

static void utf8_may_hold_lines_but_no_broken_characters(void **state)
{
    static const char *const good[] = {"", "a\tb\r\n",
                                       "zur\xc3\xbc"
                                       "ck",
                                       "\xf0\x9f\x9a\x80"};
    static const char *const bad[] = {"zur\xfc"
                                      "ck",
                                      "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(text_is_utf8(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_is_utf8(bad[i]));
}

static void a_list_ends_with_null_at_every_length(void **state)
{
    CLEANUP_TEXT_LIST TextList list = {0};
    Error err = {0};

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        assert_true(text_list_add(&list, i % 2 ? "odd" : "even", &err));
        assert_int_equal(list.count, i + 1);
        assert_null(list.items[list.count]);
    }
    assert_string_equal(list.items[0], "even");
    assert_string_equal(list.items[299], "odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_past_any_first_guess),
        cmocka_unit_test(a_number_is_appended_in_decimal),
        cmocka_unit_test(an_empty_text_is_never_null),
        cmocka_unit_test(a_text_that_cannot_grow_says_so_once_and_for_all),
        cmocka_unit_test(a_cleared_text_starts_anew),
        cmocka_unit_test(bytes_may_contain_a_nul),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
        cmocka_unit_test(a_number_is_digits_and_nothing_else),
        cmocka_unit_test(durations_have_a_unit_or_are_seconds),
        cmocka_unit_test(a_duration_that_overflows_or_makes_no_sense_is_refused),
        cmocka_unit_test(sizes_know_both_powers),
        cmocka_unit_test(a_size_that_overflows_or_makes_no_sense_is_refused),
        cmocka_unit_test(shares_are_per_cent_or_fractions),
        cmocka_unit_test(a_share_that_is_doubtful_is_refused),
        cmocka_unit_test(people_read_durations_and_sizes),
        cmocka_unit_test(people_read_shares_exactly),
        cmocka_unit_test(one_thing_has_no_plural),
        cmocka_unit_test(the_nearest_word_is_near),
        cmocka_unit_test(a_word_of_any_length_is_compared_safely),
        cmocka_unit_test(placeholders_are_replaced),
        cmocka_unit_test(a_value_is_not_expanded_again),
        cmocka_unit_test(a_placeholder_nobody_knows_is_named),
        cmocka_unit_test(the_hint_lists_what_is_known),
        cmocka_unit_test(hexadecimal_goes_both_ways),
        cmocka_unit_test(only_harmless_text_is_printable),
        cmocka_unit_test(utf8_may_hold_lines_but_no_broken_characters),
        cmocka_unit_test(a_list_ends_with_null_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
