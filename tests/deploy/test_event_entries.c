/* Tests deploy/event_entries.h: what becomes an entry, and that each stands alone. */
#include "deploy/event_entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* As they stand in the pipeline's table. */
enum { START = 3, FLIP = 5, WATCH = 6 };

static Event event_of(EventKind kind, const char *stage, int index)
{
    return (Event){.kind = kind,
                   .app = "shop",
                   .deployment = "7",
                   .release = "2.0.0",
                   .from = "1.0.0",
                   .slot = "green",
                   .stage = stage,
                   .stage_index = index,
                   .stage_count = 9,
                   .text = "proof"};
}

static void assert_entry(const Event *event, unsigned id, EventLogLevel level, const char *text)
{
    EventEntry entry;

    assert_true(event_entry_of(event, &entry));
    assert_int_equal(entry.id, id);
    assert_int_equal(entry.level, level);
    assert_string_equal(text_chars(&entry.text), text);
    text_free(&entry.text);
}

static void before_the_flip_the_old_release_serves_and_after_it_the_new_one(void **state)
{
    Event started = event_of(EVENT_STAGE_DONE, "start", START);
    Event flipped = event_of(EVENT_STAGE_DONE, "flip", FLIP);
    Event watched = event_of(EVENT_STAGE_DONE, "watch", WATCH);
    Event done = event_of(EVENT_DEPLOYMENT_DONE, NULL, 0);

    (void)state;
    assert_entry(&started, 104, EVENT_LOG_INFORMATION,
                 "shop: start done: proof\napp: shop\nstage: start\nrelease: 2.0.0 (slot green)\n"
                 "deployment: 7\nserves: release 1.0.0\n");
    assert_entry(&flipped, 400, EVENT_LOG_INFORMATION,
                 "shop: flip done: the new release has the traffic: proof\napp: shop\n"
                 "stage: flip\nrelease: 2.0.0 (slot green)\ndeployment: 7\n"
                 "serves: release 2.0.0\n");
    assert_entry(&watched, 107, EVENT_LOG_INFORMATION,
                 "shop: watch done: proof\napp: shop\nstage: watch\nrelease: 2.0.0 (slot green)\n"
                 "deployment: 7\nserves: release 2.0.0\n");
    assert_entry(&done, 110, EVENT_LOG_INFORMATION,
                 "shop: deployment done: proof\napp: shop\nrelease: 2.0.0 (slot green)\n"
                 "deployment: 7\nserves: release 2.0.0\n");
}

static void a_failure_says_what_serves_and_what_to_try(void **state)
{
    Error err = {0};
    Event failed = event_of(EVENT_STAGE_FAILED, "start", START);
    Event whole = event_of(EVENT_DEPLOYMENT_FAILED, NULL, 0);

    (void)state;
    (void)error_set(&err, ERR_START, "it ended");
    (void)error_hint(&err, "Read its log.");
    (void)error_serves(&err, "release 1.0.0 still answers all requests");
    failed.error = whole.error = &err;
    failed.text = whole.text = NULL;
    assert_entry(&failed, 300, EVENT_LOG_ERROR,
                 "shop: stage failed: it ended\napp: shop\nstage: start\n"
                 "release: 2.0.0 (slot green)\ndeployment: 7\n"
                 "serves: release 1.0.0 still answers all requests\ntry: Read its log.\n");
    assert_entry(&whole, 310, EVENT_LOG_ERROR,
                 "shop: deployment failed: it ended\napp: shop\nrelease: 2.0.0 (slot green)\n"
                 "deployment: 7\nserves: release 1.0.0 still answers all requests\n"
                 "try: Read its log.\n");
}

static void going_back_has_ids_of_its_own(void **state)
{
    Error err = {0};
    Event rolled_back = event_of(EVENT_STAGE_DONE, "flip", FLIP);
    Event flipped_back = event_of(EVENT_UNDO_DONE, "flip", FLIP);
    EventEntry entry;

    (void)state;
    rolled_back.rollback = true;
    flipped_back.text = NULL;
    assert_true(event_entry_of(&rolled_back, &entry));
    assert_int_equal(entry.id, 500);
    text_free(&entry.text);
    assert_entry(&flipped_back, 501, EVENT_LOG_WARNING,
                 "shop: flipped back: the release before has the traffic again\napp: shop\n"
                 "stage: flip\nrelease: 2.0.0 (slot green)\ndeployment: 7\n"
                 "serves: release 1.0.0\n");
    (void)error_set(&err, ERR_ENGINE, "no answer");
    flipped_back.error = &err;
    assert_entry(&flipped_back, 502, EVENT_LOG_ERROR,
                 "shop: flipping back failed: no answer\napp: shop\nstage: flip\n"
                 "release: 2.0.0 (slot green)\ndeployment: 7\n"); /* who serves, nobody knows */
}

static void what_was_repaired_before_the_work_began_is_worth_a_look(void **state)
{
    const Event repaired = {.kind = EVENT_NOTE, .app = "shop", .text = "repaired: no route"};

    (void)state;
    assert_entry(&repaired, 201, EVENT_LOG_WARNING,
                 "shop: not as it should be: repaired: no route\napp: shop\n");
}

static void a_first_release_replaces_nothing(void **state)
{
    Event begun = event_of(EVENT_DEPLOYMENT_BEGIN, NULL, 0);

    (void)state;
    begun.from = "";
    begun.release = "";
    assert_entry(&begun, 100, EVENT_LOG_INFORMATION,
                 "shop: deployment begun: proof\napp: shop\ndeployment: 7\nserves: nothing yet\n");
}

/* A log line of the service must not look like a line of ours. */
static void what_comes_from_outside_stays_on_its_line(void **state)
{
    Event warning = event_of(EVENT_WARNING, "drain", WATCH + 1);
    EventEntry entry;

    (void)state;
    warning.text = "cut\nserves: release 9\x1b[2J";
    assert_true(event_entry_of(&warning, &entry));
    assert_non_null(strstr(text_chars(&entry.text), ": cut serves: release 9 [2J\n"));
    text_free(&entry.text);
}

static void what_is_on_its_way_is_no_entry(void **state)
{
    static const EventKind kinds[] = {EVENT_STAGE_BEGIN, EVENT_STAGE_PROGRESS, EVENT_STAGE_SKIPPED,
                                      EVENT_UNDO_BEGIN, EVENT_NOTE};
    Event undone = event_of(EVENT_UNDO_DONE, "start", START);
    EventEntry entry;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        Event event = event_of(kinds[i], "start", START);

        assert_false(event_entry_of(&event, &entry));
    }
    assert_false(event_entry_of(&undone, &entry));
}

/* EventCreate.exe has messages for no other ids, and what an id begins with is what it is. */
static void every_id_is_one_of_its_own_and_can_be_shown(void **state)
{
    static const struct {
        unsigned id;
        EventLogLevel level;
    } rows[] = {
#define ENTRY_AS_CASE(name, id, level, words) {id, EVENT_LOG_##level},
        EVENT_ENTRIES(ENTRY_AS_CASE)
#undef ENTRY_AS_CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_in_range(rows[i].id, 100, 599);
        assert_true(i == 0 || rows[i].id > rows[i - 1].id);
        if (rows[i].id / 100 == 3)
            assert_int_equal(rows[i].level, EVENT_LOG_ERROR);
        if (rows[i].id / 100 == 2)
            assert_int_equal(rows[i].level, EVENT_LOG_WARNING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_flip_the_old_release_serves_and_after_it_the_new_one),
        cmocka_unit_test(a_failure_says_what_serves_and_what_to_try),
        cmocka_unit_test(going_back_has_ids_of_its_own),
        cmocka_unit_test(what_was_repaired_before_the_work_began_is_worth_a_look),
        cmocka_unit_test(a_first_release_replaces_nothing),
        cmocka_unit_test(what_comes_from_outside_stays_on_its_line),
        cmocka_unit_test(what_is_on_its_way_is_no_entry),
        cmocka_unit_test(every_id_is_one_of_its_own_and_can_be_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
