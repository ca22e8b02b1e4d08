/* Tests verify/checksums.c. Form: what GoReleaser and GNU sha256sum write. */
#include "tests/verify/box.h"

#include "tests/support/find_bytes.h"
#include "tests/verify/mutate.h"
#include "verify/checksums.h"

#define A_HEX "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define B_HEX "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
#define GOOD  A_HEX "  shop_1.0.0_linux_amd64.tar.gz\n" B_HEX " *shop 2.zip\n"

static bool find(const char *text, const char *name, Digest *out, Error *err)
{
    return checksums_find(text, strlen(text), name, out, err);
}

static void the_digest_of_a_listed_name_is_found(void **state)
{
    char hex[DIGEST_HEX_SIZE];
    Digest digest;
    Error err = {0};

    (void)state;
    assert_true(find(GOOD, "shop_1.0.0_linux_amd64.tar.gz", &digest, &err));
    assert_string_equal(digest_to_hex(&digest, hex), A_HEX);
    assert_true(find(GOOD, "shop 2.zip", &digest, &err));
    assert_string_equal(digest_to_hex(&digest, hex), B_HEX);
}

typedef struct RefusedText {
    const char *text;
    const char *why;
} RefusedText;

static const RefusedText refused_texts[] = {
    {"",                                                                       "do not name x"                                              },
    {A_HEX "  y\n",                                                            "do not name x (they name 1 other files)"                    },
    {A_HEX "  X\n",                                                            "do not name x"                                              },
    {A_HEX "  ./x\n",                                                          "do not name x"                                              },
    {A_HEX "  x.sig\n",                                                        "do not name x"                                              },
    {A_HEX "  x \n",                                                           "do not name x"                                              },
    {A_HEX "  x\n" A_HEX "  x\n",                                              "line 2 of the checksums names the wanted file a second time"},
    {A_HEX "  x\n" B_HEX " *x\n",                                              "a second time"                                              },
    {A_HEX "  x",                                                              "cut off"                                                    },
    {A_HEX "  x\n" B_HEX "  y",                                                "line 2 of the checksums is cut off"                         },
    {A_HEX "  x\r\n",                                                          "CR LF"                                                      },
    {A_HEX "  x\n\n",                                                          "line 2 of the checksums is too short"                       },
    {"\n" A_HEX "  x\n",                                                       "line 1 of the checksums is too short"                       },
    {A_HEX "  \n",                                                             "too short"                                                  },
    {A_HEX " x y\n",                                                           "two spaces"                                                 },
    {A_HEX "\tx y\n",                                                          "two spaces"                                                 },
    {A_HEX "   x\n",                                                           "not printable"                                              },
    {A_HEX "  x\x1b[2J\n",                                                     "not printable"                                              },
    {"CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB  x\n",  "lower-case"                                                 },
    {"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48b  x\n",   "too short"                                                  },
    {"\\" A_HEX "  x\n",                                                       "lower-case"                                                 },
    {"SHA256 (x) = " A_HEX "\n",                                               "lower-case"                                                 },
    {"# a comment that is long enough to be a line of checksums, by length\n", "lower-case"                                                 },
    {A_HEX "  x\nrubbish\n",                                                   "line 2"                                                     },
};

static void every_text_that_is_not_exactly_right_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_texts / sizeof refused_texts[0]; i++) {
        Digest digest;
        Error err = {0};

        if (find(refused_texts[i].text, "x", &digest, &err))
            fail_msg("accepted: row %zu", i);
        assert_says(&err, ERR_REFUSED, refused_texts[i].why);
    }
}

static void a_nul_does_not_end_a_name(void **state)
{
    static const char text[] = A_HEX "  x\0y\n";
    Digest digest;
    Error err = {0};

    (void)state;
    assert_false(checksums_find(text, sizeof text - 1, "x", &digest, &err));
    assert_says(&err, ERR_REFUSED, "not printable");
}

static void more_than_a_mebibyte_is_refused(void **state)
{
    CLEANUP(free) char *text = calloc(1, CHECKSUMS_LIMIT + 1);
    Digest digest;
    Error err = {0};

    (void)state;
    assert_non_null(text);
    assert_false(checksums_find(text, CHECKSUMS_LIMIT + 1, "x", &digest, &err));
    assert_says(&err, ERR_REFUSED, "1048577 bytes, expected at most 1048576");
}

/* Whatever is answered stands in the text, as a whole line. */
static void assert_answer_is_written_there(const char *text, size_t length, const char *name)
{
    Digest digest;
    Error err = {0};
    char hex[DIGEST_HEX_SIZE];
    char line[256];

    if (!checksums_find(text, length, name, &digest, &err))
        return;
    digest_to_hex(&digest, hex);
    (void)snprintf(line, sizeof line, "%s  %s\n", hex, name);
    assert_non_null(find_bytes(text, length, line, strlen(line)));
}

static void no_mutation_makes_an_answer_that_is_not_written_there(void **state)
{
    Mutator mutator = {0x9e3779b97f4a7c15};

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[sizeof GOOD + 8] = GOOD;
        size_t length = sizeof GOOD - 1;
        CLEANUP(free) char *exact = NULL;

        for (uint64_t n = 1 + mutate_number(&mutator, 6); n > 0; n--)
            mutate_once(&mutator, bytes, &length);
        exact = malloc(length > 0 ? length : 1); /* so that a sanitizer sees one byte too many */
        assert_non_null(exact);
        memcpy(exact, bytes, length);
        assert_answer_is_written_there(exact, length, "shop_1.0.0_linux_amd64.tar.gz");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_of_a_listed_name_is_found),
        cmocka_unit_test(every_text_that_is_not_exactly_right_is_refused),
        cmocka_unit_test(a_nul_does_not_end_a_name),
        cmocka_unit_test(more_than_a_mebibyte_is_refused),
        cmocka_unit_test(no_mutation_makes_an_answer_that_is_not_written_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
