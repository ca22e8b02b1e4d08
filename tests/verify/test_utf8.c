/* Tests verify/utf8.c. Source: RFC 3629 section 4; the refusals of broken text are in
 * test_entry_name.c. */
#include "tests/verify/box.h"

#include "verify/utf8.h"

static void every_character_survives_encoding_and_decoding(void **state)
{
    (void)state;
    for (uint32_t character = 0; character <= 0x10ffff; character++) {
        char bytes[4];
        uint32_t decoded = 0;
        size_t length = 0;

        if (character == 0xd800) /* surrogates are no characters */
            character = 0xe000;
        length = utf8_put(character, bytes);
        if (utf8_decode(bytes, length, &decoded) != length || decoded != character)
            fail_msg("U+%04X", (unsigned)character);
    }
}

static void lengths_change_where_the_standard_says(void **state)
{
    char bytes[4];

    (void)state;
    assert_int_equal(utf8_put(0x7f, bytes), 1);
    assert_int_equal(utf8_put(0x80, bytes), 2);
    assert_int_equal(utf8_put(0x7ff, bytes), 2);
    assert_int_equal(utf8_put(0x800, bytes), 3);
    assert_int_equal(utf8_put(0xffff, bytes), 3);
    assert_int_equal(utf8_put(0x10000, bytes), 4);
}

static void a_character_that_is_cut_off_is_none(void **state)
{
    static const char rocket[] = "\xf0\x9f\x9a\x80";
    uint32_t character = 0;

    (void)state;
    for (size_t length = 0; length < 4; length++)
        assert_int_equal(utf8_decode(rocket, length, &character), 0);
    assert_int_equal(utf8_decode(rocket, 4, &character), 4);
    assert_int_equal(character, 0x1f680);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_encoding_and_decoding),
        cmocka_unit_test(lengths_change_where_the_standard_says),
        cmocka_unit_test(a_character_that_is_cut_off_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
