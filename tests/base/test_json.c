#include "base/json.h"
#include "tests/base/scratch.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static Json *parsed(const char *text)
{
    Json *json = NULL;
    Error err = {0};

    assert_true(json_parse(text, strlen(text), &json, &err));
    return json;
}

static void what_is_no_exact_json_is_refused(void **state)
{
    static const char *const refused[] = {
        "",
        " ",
        "{",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":1} x",
        "{}{}",
        "{\"a\":1,}",
        "[1,]",
        "{a:1}",
        "{'a':1}",
        "01",
        "+1",
        "NaN",
        "Infinity",
        "99999999999999999999",
        "1e999",
        "\"\\u0000\"",
        "{\"a\\u0000b\":1}",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\\ud800\"",
        "\"\n\"",
        "// comment\n1",
        "\xef\xbb\xbf{}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        Json *json = NULL;
        Error err = {0};

        assert_false(json_parse(refused[i], strlen(refused[i]), &json, &err));
        assert_null(json);
        assert_int_equal(err.code, ERR_JSON);
        assert_true(text_printable(err.message));
    }
}

static void a_raw_nul_byte_is_refused_wherever_it_stands(void **state)
{
    static const char inside[] = "{\"a\":\"x\0y\"}", behind[] = "{}\0", before[] = "\0{}";
    Json *json = NULL;
    Error err = {0};

    (void)state;
    assert_false(json_parse(inside, sizeof inside - 1, &json, &err));
    assert_false(json_parse(behind, sizeof behind - 1, &json, &err));
    assert_false(json_parse(before, sizeof before - 1, &json, &err));
    assert_null(json);
}

static void only_the_given_bytes_are_read(void **state)
{
    Json *json = NULL;
    Error err = {0};

    (void)state;
    assert_true(json_parse("[1]garbage", 3, &json, &err));
    assert_int_equal(json_count(json), 1);
    json_free(json);
}

static void nesting_without_end_is_refused(void **state)
{
    enum { DEPTH = 1000000 };
    CLEANUP(free) char *deep = malloc(DEPTH);
    Json *json = NULL;
    Error err = {0};

    (void)state;
    assert_non_null(deep);
    memset(deep, '[', DEPTH);
    assert_false(json_parse(deep, DEPTH, &json, &err));
    assert_int_equal(err.code, ERR_JSON);
}

static void keys_keep_the_order_they_were_put_in(void **state)
{
    CLEANUP(json_free) Json *object = json_new_object();
    Json *list = json_new_array();
    CLEANUP(free) char *line = NULL;

    (void)state;
    assert_true(json_push_text(list, "x"));
    assert_true(json_push(list, json_new_object()));
    assert_true(json_put_text(object, "zebra", "a\"b\n"));
    assert_true(json_put_integer(object, "apple", INT64_MIN));
    assert_true(json_put_real(object, "mango", 0.1));
    assert_true(json_put_bool(object, "kiwi", true));
    assert_true(json_put_text(object, "none", NULL));
    assert_true(json_put(object, "list", list));
    line = json_line(object);
    assert_string_equal(line,
                        "{\"zebra\":\"a\\\"b\\n\",\"apple\":-9223372036854775808,\"mango\":0.1,"
                        "\"kiwi\":true,\"none\":null,\"list\":[\"x\",{}]}");
    assert_string_equal(json_key(object, 0), "zebra");
    assert_string_equal(json_key(object, 5), "list");
    assert_null(json_key(object, 6));
}

static void what_was_written_reads_back_the_same(void **state)
{
    static const char text[] = "{\"a\":[1,-2,2.5,true,false,null,\"gr\xc3\xbc\xc3\x9f\"],\"b\":{}}";
    CLEANUP(json_free) Json *json = parsed(text);
    CLEANUP(json_free) Json *copy = json_copy_of(json);
    CLEANUP(free) char *line = json_line(copy);
    CLEANUP(free) char *pretty = json_pretty(copy);
    CLEANUP(json_free) Json *again = parsed(pretty);
    CLEANUP(free) char *line_again = json_line(again);

    (void)state;
    assert_string_equal(line, text);
    assert_string_equal(line_again, text);
    assert_non_null(strchr(pretty, '\n'));
}

static void a_broken_part_breaks_the_whole(void **state)
{
    CLEANUP(json_free) Json *outermost = json_new_object();
    Json *object = json_new_object(), *array = json_new_array();

    (void)state;
    assert_false(json_put(object, "missing", NULL));
    assert_null(json_line(object));
    assert_false(json_push(array, NULL));
    assert_null(json_line(array));
    assert_true(json_push(array, object));
    assert_true(json_put(outermost, "array", array));
    assert_true(json_put_integer(outermost, "fine", 1));
    assert_null(json_line(outermost));
    assert_null(json_pretty(outermost));
}

static void null_is_accepted_and_fails(void **state)
{
    CLEANUP(json_free) Json *object = json_new_object();

    (void)state;
    assert_false(json_put_integer(NULL, "a", 1));
    assert_false(json_put_text(NULL, "a", "b"));
    assert_false(json_push_text(NULL, "b"));
    assert_false(json_put_integer(object, NULL, 1));
    assert_null(json_line(object));
    assert_null(json_line(NULL));
    assert_null(json_new_text(NULL));
    json_free(NULL);
}

static void a_number_that_json_cannot_say_breaks_the_value(void **state)
{
    CLEANUP(json_free) Json *object = json_new_object();

    (void)state;
    assert_false(json_put_real(object, "not", NAN));
    assert_null(json_line(object));
}

static void text_that_is_not_utf8_is_mended_not_lost(void **state)
{
    CLEANUP(json_free) Json *object = json_new_object();
    CLEANUP(free) char *line = NULL;

    (void)state;
    assert_true(json_put_text(object, "log", "gr\xfc\xc3\x9f \xe2\x82 \xff"));
    line = json_line(object);
    assert_string_equal(line, "{\"log\":\"gr\xef\xbf\xbd\xc3\x9f \xef\xbf\xbd\xef\xbf\xbd "
                              "\xef\xbf\xbd\"}");
}

static void getters_want_the_right_kind(void **state)
{
    CLEANUP(json_free)
    Json *json =
        parsed("{\"t\":\"x\",\"i\":7,\"r\":1.5,\"b\":true,\"n\":null,\"a\":[1,2],\"o\":{\"k\":1}}");

    (void)state;
    assert_string_equal(json_get_text(json, "t"), "x");
    assert_null(json_get_text(json, "i"));
    assert_null(json_get_text(json, "n"));
    assert_null(json_get_text(json, "missing"));
    assert_int_equal(json_get_integer(json, "i", -1), 7);
    assert_int_equal(json_get_integer(json, "r", -1), -1);
    assert_int_equal(json_get_integer(json, "t", -1), -1);
    assert_true(json_get_real(json, "r", 0) > 1.4 && json_get_real(json, "r", 0) < 1.6);
    assert_true(json_get_real(json, "i", 0) > 6.9);
    assert_true(json_get_real(json, "t", -1) < 0);
    assert_true(json_get_bool(json, "b", false));
    assert_true(json_get_bool(json, "i", true));
    assert_false(json_get_bool(json, "missing", false));
    assert_int_equal(json_count(json_get(json, "a")), 2);
    assert_int_equal(json_count(json_get(json, "o")), 1);
    assert_int_equal(json_count(json_get(json, "t")), 0);
    assert_int_equal(json_as_integer(json_item(json_get(json, "a"), 1), 0), 2);
    assert_null(json_item(json_get(json, "a"), 2));
    assert_null(json_item(json, 0));
}

static void every_kind_has_its_name_and_null_has_none_of_them(void **state)
{
    CLEANUP(json_free) Json *json = parsed("[null,true,false,1,1.0,\"\",[],{}]");
    static const JsonKind kinds[] = {JSON_KIND_NULL,    JSON_KIND_BOOL,  JSON_KIND_BOOL,
                                     JSON_KIND_INTEGER, JSON_KIND_REAL,  JSON_KIND_TEXT,
                                     JSON_KIND_ARRAY,   JSON_KIND_OBJECT};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(json_kind(json_item(json, i)), kinds[i]);
    assert_int_equal(json_kind(NULL), JSON_KIND_NULL);
    assert_null(json_get(NULL, "a"));
    assert_null(json_as_text(NULL));
    assert_null(json_key(NULL, 0));
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_as_integer(NULL, 3), 3);
}

static void a_copy_is_independent(void **state)
{
    CLEANUP(json_free) Json *json = parsed("{\"inner\":{\"a\":1}}");
    CLEANUP(json_free) Json *copy = json_copy_of(json);

    (void)state;
    assert_true(json_put_integer(copy, "more", 2));
    assert_int_equal(json_count(json), 1);
    assert_int_equal(json_count(copy), 2);
}

static void a_file_is_read_within_its_limit_and_named_when_wrong(void **state)
{
    const char *path = scratch_path(state, "x.json");
    Json *json = NULL;
    Error err = {0};

    assert_true(file_write_atomic(path, "{\"a\":1}", 7, 0600, &err));
    assert_false(json_read_file(path, 6, &json, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_true(json_read_file(path, 7, &json, &err));
    assert_int_equal(json_get_integer(json, "a", 0), 1);
    json_free(json);
    assert_true(file_write_atomic(path, "{\"a\":1", 6, 0600, &err));
    assert_false(json_read_file(path, 100, &json, &err));
    assert_int_equal(err.code, ERR_JSON);
    assert_non_null(strstr(err.message, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_exact_json_is_refused),
        cmocka_unit_test(a_raw_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(keys_keep_the_order_they_were_put_in),
        cmocka_unit_test(what_was_written_reads_back_the_same),
        cmocka_unit_test(a_broken_part_breaks_the_whole),
        cmocka_unit_test(null_is_accepted_and_fails),
        cmocka_unit_test(a_number_that_json_cannot_say_breaks_the_value),
        cmocka_unit_test(text_that_is_not_utf8_is_mended_not_lost),
        cmocka_unit_test(getters_want_the_right_kind),
        cmocka_unit_test(every_kind_has_its_name_and_null_has_none_of_them),
        cmocka_unit_test(a_copy_is_independent),
        SCRATCH_TEST(a_file_is_read_within_its_limit_and_named_when_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
