/* Tests deploy/report/page.h. */
#include "deploy/report/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *page_of(const char *document)
{
    CLEANUP(json_free) Json *json = NULL;
    Text page = {0};
    Error err = {0};

    assert_true(json_parse(document, strlen(document), &json, &err));
    page_format("shop", json, &page);
    return text_take(&page);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        count++;
    return count;
}

/* Wherever text from outside may stand: an error message, a name in an archive, a source. */
static void nothing_that_comes_from_outside_becomes_markup(void **state)
{
#define EVIL "</td></pre><script src=//x>\\\"' onload=y &lt;\\u0001"
    CLEANUP(free)
    char *page =
        page_of("{\"kind\":\"" EVIL "\",\"state\":\"" EVIL "\",\"version\":\"" EVIL
                "\",\"from\":\"" EVIL "\",\"message\":\"" EVIL "\",\"source\":\"" EVIL
                "\",\"steps\":[{\"stage\":\"" EVIL "\",\"state\":\"" EVIL "\",\"started\":\"" EVIL
                "\",\"ms\":1,\"text\":\"" EVIL "\",\"detail\":{\"" EVIL "\":[\"" EVIL "\",{\"" EVIL
                "\":\"" EVIL "\"}]}}],\"events\":[{\"time\":\"" EVIL "\",\"stage\":\"" EVIL
                "\",\"kind\":\"" EVIL "\",\"text\":\"" EVIL "\"}]}");

    (void)state;
    assert_int_equal(count_of(page, "<script"), 0);
    assert_int_equal(count_of(page, "</pre>"), 1);
    assert_int_equal(count_of(page, "\" onload"), 0);
    assert_int_equal(count_of(page, "<td>"), count_of(page, "</td>"));
    assert_null(strchr(page, '\x01'));
    assert_true(count_of(page, "&#60;script src=//x&#62;&#34;&#39; onload=y &#38;lt;") > 15);
#undef EVIL
}

/* It is read offline, years later, by whoever got the file. */
static void it_loads_nothing(void **state)
{
    static const char *const loaders[] = {"src=", "href=", "url(", "@import", "<link", "<script"};
    CLEANUP(free) char *page = page_of("{\"kind\":\"deploy\",\"steps\":[],\"events\":[]}");

    (void)state;
    for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++)
        assert_null(strstr(page, loaders[i]));
    assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\">"));
}

/* 820 units for two seconds, behind 90 for the names. */
static void a_bar_stands_where_its_stage_ran(void **state)
{
    CLEANUP(free)
    char *page = page_of(
        "{\"kind\":\"deploy\",\"steps\":["
        "{\"stage\":\"fetch\",\"state\":\"done\",\"started\":\"2026-11-23T12:00:00Z\",\"ms\":1000},"
        "{\"stage\":\"check\",\"state\":\"failed\",\"started\":\"2026-11-23T12:00:01.5Z\","
        "\"ms\":500},"
        "{\"stage\":\"flip\",\"state\":\"intended\",\"started\":\"2026-11-23T12:00:02Z\","
        "\"ms\":-1}]}");

    (void)state;
    assert_non_null(strstr(page, "<rect class=\"done\" x=\"90\" y=\"0\" width=\"410\""));
    assert_non_null(strstr(page, "<rect class=\"failed\" x=\"705\" y=\"26\" width=\"205\""));
    assert_non_null(strstr(page, "<rect class=\"intended\" x=\"910\" y=\"52\" width=\"3\""));
}

static void what_a_stage_found_is_shown_at_any_depth(void **state)
{
    CLEANUP(free)
    char *page =
        page_of("{\"steps\":[{\"stage\":\"watch\",\"detail\":{\"p95\":{\"new_us\":[7,true]},"
                "\"deep\":[[[[[[[[[[1]]]]]]]]]]}}]}");

    (void)state;
    assert_non_null(strstr(page, "<th>new_us</th><td><div>7</div>\n<div>true</div>\n"));
    assert_non_null(strstr(page, "<th>deep</th>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_comes_from_outside_becomes_markup),
        cmocka_unit_test(it_loads_nothing),
        cmocka_unit_test(a_bar_stands_where_its_stage_ran),
        cmocka_unit_test(what_a_stage_found_is_shown_at_any_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
