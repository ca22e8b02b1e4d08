/* Tests of verify/authenticode/der_reader.c. Source of the cases: ITU-T X.690, 8.1.2 (identifier),
 * 8.1.3 (length) and 10.1 (DER: the shortest definite length). */
#include "verify/authenticode/der_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES_MOST = 16 };

typedef struct ReadCase {
    const char *name;
    uint8_t bytes[BYTES_MOST];
    size_t length;
    bool good;
    size_t content_length;
} ReadCase;

#define ROW(name, good, content, ...)                                                              \
    {                                                                                              \
        name, {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), good, content                       \
    }

static const ReadCase read_cases[] = {
    ROW("an empty sequence", true, 0, 0x30, 0x00),
    ROW("an octet", true, 1, 0x04, 0x01, 0xff),
    ROW("with something behind it", true, 1, 0x04, 0x01, 0xff, 0x05, 0x00),
    ROW("a tag alone", false, 0, 0x30),
    ROW("content cut off", false, 0, 0x04, 0x02, 0xff),
    ROW("indefinite length", false, 0, 0x30, 0x80, 0x00, 0x00),
    ROW("length in one octet more than needed", false, 0, 0x04, 0x81, 0x01, 0xff),
    ROW("length with a leading zero", false, 0, 0x04, 0x82, 0x00, 0x01, 0xff),
    ROW("length octets cut off", false, 0, 0x04, 0x82, 0x01),
    ROW("length octets that end the bytes", false, 0, 0x04, 0x81),
    ROW("longest length of four octets", false, 0, 0x04, 0x84, 0xff, 0xff, 0xff, 0xff),
    ROW("length in five octets", false, 0, 0x04, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00),
    ROW("length that means nothing (0xff)", false, 0, 0x04, 0xff, 0x00),
    ROW("tag number above 30", false, 0, 0x1f, 0x81, 0x01, 0x00),
};

static void an_element_is_read_only_if_it_is_der(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof read_cases / sizeof read_cases[0]; i++) {
        const ReadCase *row = &read_cases[i];
        DerReader reader = {row->bytes, row->length};
        DerElement element = {0};

        print_message("%s\n", row->name);
        assert_int_equal(der_read(&reader, &element), row->good);
        if (row->good) {
            assert_int_equal(element.content_length, row->content_length);
            assert_int_equal(element.whole_length + reader.left, row->length);
        } else {
            assert_ptr_equal(reader.at, row->bytes); /* the reader stays */
            assert_int_equal(reader.left, row->length);
        }
    }
}

static void nothing_is_read_of_nothing(void **state)
{
    DerReader reader = {NULL, 0};
    DerElement element;

    (void)state;
    assert_false(der_read(&reader, &element));
    assert_false(der_read_tag(&reader, DER_TAG_SEQUENCE, &element));
}

/* 128 bytes need the first long form, 256 the second octet; in its own memory, so that the address
 * sanitizer sees a byte too far. */
static void a_long_length_is_read_to_its_last_byte(void **state)
{
    static const struct {
        uint8_t head[4];
        size_t head_length, content;
    } cases[] = {
        {{0x04, 0x7f},             2, 127},
        {{0x04, 0x81, 0x80},       3, 128},
        {{0x04, 0x81, 0xff},       3, 255},
        {{0x04, 0x82, 0x01, 0x00}, 4, 256},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t length = cases[i].head_length + cases[i].content;
        uint8_t *bytes = calloc(1, length);
        DerReader reader = {bytes, length};
        DerElement element;

        assert_non_null(bytes);
        memcpy(bytes, cases[i].head, cases[i].head_length);
        assert_true(der_read(&reader, &element));
        assert_int_equal(element.content_length, cases[i].content);
        assert_int_equal(reader.left, 0);
        reader = (DerReader){bytes, length - 1};
        assert_false(der_read(&reader, &element));
        free(bytes);
    }
}

static void another_tag_than_the_one_wanted_is_left_alone(void **state)
{
    static const uint8_t bytes[] = {0x30, 0x03, 0x04, 0x01, 0xff};
    DerReader reader = {bytes, sizeof bytes};
    DerElement sequence, octet;

    (void)state;
    assert_false(der_read_tag(&reader, DER_TAG_SET, &sequence));
    assert_true(der_read_tag(&reader, DER_TAG_SEQUENCE, &sequence));
    reader = der_inside(&sequence);
    assert_false(der_read_tag(&reader, DER_TAG_OID, &octet));
    assert_true(der_read_tag(&reader, DER_TAG_OCTET_STRING, &octet));
    assert_int_equal(octet.content[0], 0xff);
}

/* ---- all the way down ---- */

static bool is_definite(const uint8_t *bytes, size_t length)
{
    DerReader reader = {bytes, length};
    DerElement element;

    assert_true(der_read(&reader, &element));
    return der_is_definite(&element);
}

typedef struct DeepCase {
    const char *name;
    uint8_t bytes[BYTES_MOST];
    size_t length;
    bool good;
} DeepCase;

#define DEEP(name, good, ...)                                                                      \
    {                                                                                              \
        name, {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), good                                \
    }

static const DeepCase deep_cases[] = {
    DEEP("empty", true, 0x30, 0x00),
    DEEP("two levels", true, 0x30, 0x06, 0x30, 0x02, 0x05, 0x00, 0x05, 0x00),
    DEEP("a primitive is not looked into", true, 0x04, 0x02, 0x30, 0x80),
    DEEP("indefinite inside", false, 0x30, 0x04, 0x30, 0x80, 0x00, 0x00),
    DEEP("indefinite inside of a field", false, 0x30, 0x04, 0xa0, 0x80, 0x00, 0x00),
    DEEP("longer than its parent", false, 0x30, 0x03, 0x04, 0x02, 0x00),
    DEEP("a lone byte inside", false, 0x30, 0x01, 0x05),
    DEEP("a longer length than needed inside is BER, but definite", true, 0x30, 0x04, 0x04, 0x81,
         0x01, 0x00),
};

static void an_indefinite_length_is_found_wherever_it_hides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deep_cases / sizeof deep_cases[0]; i++) {
        print_message("%s\n", deep_cases[i].name);
        assert_int_equal(is_definite(deep_cases[i].bytes, deep_cases[i].length),
                         deep_cases[i].good);
    }
}

/* `levels` sequences, one in the other; at most 63 of them have short lengths. */
static bool nested_is_definite(size_t levels)
{
    uint8_t bytes[512];
    size_t length = 0;

    for (size_t i = 0; i < levels; i++) { /* from the innermost out */
        const size_t head = length < 128 ? 2 : length < 256 ? 3 : 4;

        memmove(bytes + head, bytes, length);
        bytes[0] = 0x30;
        bytes[1] = (uint8_t)(head == 2 ? length : head == 3 ? 0x81 : 0x82);
        if (head == 3)
            bytes[2] = (uint8_t)length;
        if (head == 4) {
            bytes[2] = (uint8_t)(length >> 8);
            bytes[3] = (uint8_t)length;
        }
        length += head;
    }
    return is_definite(bytes, length);
}

static void more_levels_than_any_signature_has_are_refused(void **state)
{
    (void)state;
    assert_true(nested_is_definite(64));
    assert_false(nested_is_definite(65));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_read_only_if_it_is_der),
        cmocka_unit_test(nothing_is_read_of_nothing),
        cmocka_unit_test(a_long_length_is_read_to_its_last_byte),
        cmocka_unit_test(another_tag_than_the_one_wanted_is_left_alone),
        cmocka_unit_test(an_indefinite_length_is_found_wherever_it_hides),
        cmocka_unit_test(more_levels_than_any_signature_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
