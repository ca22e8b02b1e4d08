/* The questions that HTTP asks of a piece of bytes. */
#include "proxy/server/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static Span span(const char *text)
{
    return (Span){text, strlen(text)};
}

/* RFC 9110 section 5.6.2, looked up character by character. */
static void a_token_is_made_of_token_characters_alone(void **state)
{
    static const char characters[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    (void)state;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        bool wanted = c != 0 && strchr(characters, c) != NULL;

        if (span_is_token((Span){&byte, 1}) != wanted)
            fail_msg("character %d: expected %d", c, wanted);
    }
    assert_true(span_is_token(span(characters)));
    assert_false(span_is_token(span("")));
    assert_false(span_is_token(span("a b")));
}

static void a_tab_is_no_control_character_here(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;

        assert_int_equal(span_holds_control((Span){&byte, 1}),
                         (c < 0x20 && c != '\t') || c == 0x7f);
    }
}

static void letters_compare_without_case_and_nothing_else_does(void **state)
{
    (void)state;
    assert_true(span_is(span("ChUnKeD"), "chunked"));
    assert_false(span_is(span("chunke"), "chunked"));
    assert_false(span_is(span("chunkedd"), "chunked"));
    assert_false(span_is(span("\x40"), "\x60")); /* as far apart as A and a */
    assert_true(span_starts_with(span("HTTP://x"), "http://"));
    assert_false(span_starts_with(span("http:/"), "http://"));
    assert_true(span_equal(span("A-b"), span("a-B")));
}

static void the_elements_of_a_list_come_one_after_the_other(void **state)
{
    static const char *const wanted[] = {"a", "b c", "d"};
    Span rest = span(" ,a ,\t b c,, ,d,");
    Span element;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(span_next_element(&rest, &element));
        assert_true(span_is(element, wanted[i]));
    }
    assert_false(span_next_element(&rest, &element));
}

static void trimming_takes_blanks_and_tabs_from_both_ends(void **state)
{
    (void)state;
    assert_true(span_is(span_trim(span(" \t a b\t ")), "a b"));
    assert_int_equal(span_trim(span(" \t ")).length, 0);
    assert_true(span_begins_with_blank(span("\ta")));
    assert_false(span_begins_with_blank(span("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_made_of_token_characters_alone),
        cmocka_unit_test(a_tab_is_no_control_character_here),
        cmocka_unit_test(letters_compare_without_case_and_nothing_else_does),
        cmocka_unit_test(the_elements_of_a_list_come_one_after_the_other),
        cmocka_unit_test(trimming_takes_blanks_and_tabs_from_both_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
