/* Tests verify/base64.c. Vectors: RFC 4648 section 10; what else is refused: section 3.5 (pad bits)
 * and 3.3 (characters outside the alphabet). */
#include "tests/verify/box.h"

#include "verify/base64.h"

static void bytes_have_the_text_of_the_specification_and_back(void **state)
{
    static const char *const vectors[][2] = {
        {"f",      "Zg=="    },
        {"fo",     "Zm8="    },
        {"foo",    "Zm9v"    },
        {"foob",   "Zm9vYg=="},
        {"fooba",  "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        CLEANUP_TEXT Text text = {0};
        CLEANUP(free) uint8_t *bytes = NULL;
        size_t length = 0;
        Error err = {0};

        base64_append(&text, (const uint8_t *)vectors[i][0], strlen(vectors[i][0]));
        assert_string_equal(text_chars(&text), vectors[i][1]);
        assert_true(base64_decode(vectors[i][1], strlen(vectors[i][1]), &bytes, &length, &err));
        assert_int_equal(length, strlen(vectors[i][0]));
        assert_memory_equal(bytes, vectors[i][0], length);
    }
}

static void any_other_spelling_of_the_same_bytes_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",       "Zg",    "Zg=",       "Zh==",     "Zm9",      " Zm9v",
        "Zm9v\n", "Zm 9v", "Zm9vZg==x", "Zg==Zg==", "Zm9vYmE*", "====",
        "=Zm9",   "Z===",  "Zm-_",      "Zm9v    ", "    Zm9v", "Zm9v\n\n\n\n"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        Error err = {0};

        if (base64_decode(wrong[i], strlen(wrong[i]), &bytes, &length, &err))
            fail_msg("accepted: \"%s\"", wrong[i]);
        assert_int_equal(err.code, ERR_REFUSED);
        assert_null(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_the_text_of_the_specification_and_back),
        cmocka_unit_test(any_other_spelling_of_the_same_bytes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
