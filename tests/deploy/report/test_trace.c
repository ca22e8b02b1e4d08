/* Tests deploy/report/trace.h. The request as a whole is compared end to end. */
#include "tests/deploy/report/story_scene.h"

#include "base/json.h"
#include "deploy/report/trace.h"

#include <stdlib.h>

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

/* The first is the example of W3C Trace Context; the rest, its sections 2.2.2 to 2.2.4 and 4. */
static void a_parent_is_taken_only_as_the_standard_has_it(void **state)
{
    static const struct {
        const char *value;
        bool taken, sampled;
    } cases[] = {
        {"00-" TRACE "-" PARENT "-01",                              true,  true },
        {"00-" TRACE "-" PARENT "-00",                              true,  false},
        {"00-" TRACE "-" PARENT "-03",                              true,  true },
        {"cc-" TRACE "-" PARENT "-01-what-the-future-will-be-like", true,  true },
        {"cc-" TRACE "-" PARENT "-01",                              true,  true },
        {"cc-" TRACE "-" PARENT "-01.what",                         false, false},
        {"00-" TRACE "-" PARENT "-01-more",                         false, false},
        {"ff-" TRACE "-" PARENT "-01",                              false, false},
        {"00-00000000000000000000000000000000-" PARENT "-01",       false, false},
        {"00-" TRACE "-0000000000000000-01",                        false, false},
        {"00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",       false, false},
        {"00-" TRACE "-" PARENT "-0x",                              false, false},
        {"00_" TRACE "-" PARENT "-01",                              false, false},
        {"00-" TRACE "-" PARENT,                                    false, false},
        {"",                                                        false, false},
        {NULL,                                                      false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TraceParent parent = {0};

        assert_int_equal(trace_parse_parent(cases[i].value, &parent), cases[i].taken);
        if (!cases[i].taken)
            continue;
        assert_string_equal(parent.trace, TRACE);
        assert_string_equal(parent.parent, PARENT);
        assert_int_equal(parent.sampled, cases[i].sampled);
    }
}

static Json *spans_of(const Story *story, Json **request)
{
    const TraceParent parent = {.trace = TRACE, .parent = PARENT, .sampled = true};
    CLEANUP(free) char *body = NULL;
    Error err = {0};
    const Json *at = NULL;

    assert_true(trace_body(story, &parent, &body, &err));
    assert_true(json_parse(body, strlen(body), request, &err));
    at = json_item(json_get(json_item(json_get(*request, "resourceSpans"), 0), "scopeSpans"), 0);
    return json_copy_of(json_get(at, "spans"));
}

/* Each command sends its own; they meet by their ids. */
static void stages_of_two_commands_meet_below_one_span(void **state)
{
    Story first = {0}, second = story_of_success(false);
    CLEANUP(json_free) Json *one = NULL;
    CLEANUP(json_free) Json *other = NULL;
    CLEANUP(json_free) Json *early = NULL;
    CLEANUP(json_free) Json *late = NULL;
    const Json *whole = NULL;

    (void)state;
    tell_at(&first, 1, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    tell_at(&first, 2, (Event){.kind = EVENT_STAGE_DONE, .stage = "fetch"});
    early = spans_of(&first, &one);
    late = spans_of(&second, &other);
    assert_int_equal(json_count(early), 1);
    assert_int_equal(json_count(late), 2);
    whole = json_item(late, 1);
    assert_string_equal(json_get_text(whole, "parentSpanId"), PARENT);
    assert_string_equal(json_get_text(json_item(early, 0), "parentSpanId"),
                        json_get_text(whole, "spanId"));
    assert_string_equal(json_get_text(json_item(late, 0), "parentSpanId"),
                        json_get_text(whole, "spanId"));
    assert_string_not_equal(json_get_text(json_item(late, 0), "spanId"),
                            json_get_text(json_item(early, 0), "spanId"));
    assert_string_equal(json_get_text(whole, "startTimeUnixNano"), "1795435200000000000");
    assert_string_equal(json_get_text(whole, "endTimeUnixNano"), "1795435200040000000");
}

/* OpenTelemetry: a span that was ended is not changed, so that none may be sent twice. */
static void what_failed_and_is_open_has_no_whole_yet(void **state)
{
    Story open = story_of_failure("x"), resumed = story_of_success(false);
    CLEANUP(json_free) Json *one = NULL;
    CLEANUP(json_free) Json *other = NULL;
    CLEANUP(json_free) Json *early = NULL;
    CLEANUP(json_free) Json *late = NULL;

    (void)state;
    open.is_open = true;
    early = spans_of(&open, &one);
    late = spans_of(&resumed, &other);
    assert_int_equal(json_count(early), 3); /* flip, watch, undo flip */
    assert_string_equal(json_get_text(json_item(early, 2), "name"), "undo flip");
    assert_string_equal(json_get_text(json_item(late, 1), "name"), "deploy shop");
    assert_string_equal(json_get_text(json_item(early, 0), "parentSpanId"),
                        json_get_text(json_item(late, 1), "spanId"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_is_taken_only_as_the_standard_has_it),
        cmocka_unit_test(stages_of_two_commands_meet_below_one_span),
        cmocka_unit_test(what_failed_and_is_open_has_no_whole_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
