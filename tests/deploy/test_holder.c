/* Which runner has what is in a slot. Two runners of the test's own take the place of this
 * system's. */
#include "deploy/runner/holder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct FakeRunner {
    InstanceCondition there;
    bool remembers;
    bool broken;
    int looks;
} FakeRunner;

static FakeRunner old_fake, new_fake;
static const InstancePlace blue = {.app = "shop", .slot = "blue"};

static bool look_at(FakeRunner *fake, InstanceState *out, Error *err)
{
    fake->looks++;
    *out = (InstanceState){.state = fake->there};
    return !fake->broken || error_set(err, ERR_SYSTEM, "nobody answers");
}

static bool look_old(const InstancePlace *place, InstanceState *out, Error *err)
{
    (void)place;
    return look_at(&old_fake, out, err);
}

static bool look_new(const InstancePlace *place, InstanceState *out, Error *err)
{
    (void)place;
    return look_at(&new_fake, out, err);
}

static bool old_remembers(const InstancePlace *place)
{
    (void)place;
    return old_fake.remembers;
}

static bool new_remembers(const InstancePlace *place)
{
    (void)place;
    return new_fake.remembers;
}

static bool old_forgets(const InstancePlace *place, Error *err)
{
    (void)place;
    old_fake.remembers = false;
    return !old_fake.broken || error_set(err, ERR_FILE, "the disk is full");
}

static bool new_forgets(const InstancePlace *place, Error *err)
{
    (void)place;
    (void)err;
    new_fake.remembers = false;
    return true;
}

static const Runner old_runner = {
    .name = "old", .look = look_old, .remembers = old_remembers, .forget = old_forgets};
static const Runner new_runner = {
    .name = "new", .look = look_new, .remembers = new_remembers, .forget = new_forgets};
static const Runner silent = {.name = "silent"}; /* hands no slot on, and is never asked */

const Runner *const *runners_here(void)
{
    static const Runner *const runners[] = {&old_runner, &silent, &new_runner, NULL};

    return runners;
}

const Runner *runner_auto(void)
{
    return &new_runner;
}

static int nothing_anywhere(void **state)
{
    (void)state;
    old_fake = (FakeRunner){.there = INSTANCE_ABSENT};
    new_fake = (FakeRunner){.there = INSTANCE_ABSENT};
    return 0;
}

static const Runner *holder(void)
{
    const Runner *found = NULL;
    Error err = {0};

    assert_true(holder_find(&new_runner, &blue, &found, &err));
    return found;
}

static void where_there_was_one_runner_nobody_is_asked(void **state)
{
    (void)state;
    assert_ptr_equal(holder(), &new_runner);
    new_fake = (FakeRunner){.there = INSTANCE_RUNNING, .remembers = true};
    assert_ptr_equal(holder(), &new_runner);
    assert_int_equal(old_fake.looks + new_fake.looks, 0);
}

static void what_runs_comes_before_what_ended_and_the_settings_before_others(void **state)
{
    static const struct {
        InstanceCondition of_new, of_old;
        const Runner *holder;
    } cases[] = {
        {INSTANCE_ABSENT,  INSTANCE_RUNNING,  &old_runner},
        {INSTANCE_ABSENT,  INSTANCE_ORPHANED, &old_runner},
        {INSTANCE_STOPPED, INSTANCE_WAITING,  &old_runner},
        {INSTANCE_STOPPED, INSTANCE_GAVE_UP,  &old_runner},
        {INSTANCE_ABSENT,  INSTANCE_STOPPED,  &old_runner}, /* whose log can be read */
        {INSTANCE_STOPPED, INSTANCE_STOPPED,  &new_runner},
        {INSTANCE_ABSENT,  INSTANCE_ABSENT,   &new_runner},
        {INSTANCE_RUNNING, INSTANCE_STOPPED,  &new_runner},
        {INSTANCE_RUNNING, INSTANCE_STARTING, &new_runner},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        new_fake = (FakeRunner){.there = cases[i].of_new, .remembers = true};
        old_fake = (FakeRunner){.there = cases[i].of_old, .remembers = true};
        assert_ptr_equal(holder(), cases[i].holder);
    }
}

static void one_that_cannot_be_asked_is_an_error_and_no_guess(void **state)
{
    const Runner *found = &new_runner;
    Error err = {0};

    (void)state;
    old_fake = (FakeRunner){.remembers = true, .broken = true};
    assert_false(holder_find(&new_runner, &blue, &found, &err));
    assert_int_equal(err.code, ERR_SYSTEM);
}

static void a_slot_that_is_passed_on_is_forgotten_by_all_but_the_next(void **state)
{
    Error err = {0};

    (void)state;
    old_fake.remembers = new_fake.remembers = true;
    assert_true(holder_pass_on(&new_runner, &blue, &err));
    assert_false(old_fake.remembers);
    assert_true(new_fake.remembers);

    old_fake = (FakeRunner){.remembers = true, .broken = true};
    assert_false(holder_pass_on(&new_runner, &blue, &err));
    assert_string_equal(err.message, "taking slot blue over from runner old: the disk is full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(where_there_was_one_runner_nobody_is_asked, nothing_anywhere),
        cmocka_unit_test_setup(what_runs_comes_before_what_ended_and_the_settings_before_others,
                               nothing_anywhere),
        cmocka_unit_test_setup(one_that_cannot_be_asked_is_an_error_and_no_guess, nothing_anywhere),
        cmocka_unit_test_setup(a_slot_that_is_passed_on_is_forgotten_by_all_but_the_next,
                               nothing_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
