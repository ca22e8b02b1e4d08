#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_was_being_done_stands_before_the_cause(void **state)
{
    Error err = {0};

    (void)state;
    assert_false(error_set(&err, ERR_ARCHIVE, "entry %d is too long", 7));
    assert_false(error_while(&err, "unpacking %s", "x.zip"));
    assert_false(error_while(&err, "deploying"));
    assert_string_equal(err.message, "deploying: unpacking x.zip: entry 7 is too long");
    assert_int_equal(err.code, ERR_ARCHIVE);
}

static void a_new_cause_forgets_the_old_one(void **state)
{
    Error err = {0};

    (void)state;
    (void)error_set(&err, ERR_FETCH, "old");
    (void)error_hint(&err, "Old.");
    (void)error_serves(&err, "release 1 serves");
    (void)error_set(&err, ERR_UNPACK, "new");
    assert_string_equal(err.message, "new");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.serves, "");
}

static void the_hint_nearest_to_the_cause_is_kept(void **state)
{
    Error err = {0};

    (void)state;
    (void)error_set(&err, ERR_FETCH, "x");
    assert_false(error_hint(&err, "First."));
    assert_false(error_hint(&err, "Second."));
    assert_string_equal(err.hint, "First.");
}

static void a_refusal_by_the_system_is_a_matter_of_permission(void **state)
{
    Error err = {0};

    (void)state;
    assert_false(error_set_errno(&err, ERR_FILE, EACCES, "opening %s", "f"));
    assert_int_equal(err.code, ERR_PERMISSION);
    assert_string_equal(err.message, "opening f: Permission denied");
    assert_false(error_set_errno(&err, ERR_UNPACK, EPERM, "opening f"));
    assert_int_equal(err.code, ERR_UNPACK); /* says more than "trouble" */
    assert_false(error_set_errno(&err, ERR_FILE, ENOENT, "opening f"));
    assert_int_equal(err.code, ERR_FILE);
}

static void a_full_disk_comes_with_a_hint(void **state)
{
    static const int numbers[] = {
        ENOSPC,
#ifdef EDQUOT /* not every system has quotas */
        EDQUOT,
#endif
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        Error err = {0};

        (void)error_set_errno(&err, ERR_FILE, numbers[i], "writing f");
        assert_int_equal(err.code, ERR_DISK_FULL);
        assert_non_null(strstr(err.hint, "Free some space"));
    }
}

static void only_trouble_gets_the_status_of_what_failed_as_a_whole(void **state)
{
    Error err = {0};

    (void)state;
    (void)error_set(&err, ERR_FILE, "disk full");
    assert_false(error_as(&err, ERR_UNPACK));
    assert_int_equal(err.code, ERR_UNPACK);
    assert_string_equal(err.message, "disk full");
    (void)error_set(&err, ERR_SIGNATURE, "forged");
    assert_false(error_as(&err, ERR_UNPACK));
    assert_int_equal(err.code, ERR_SIGNATURE);
}

static void a_message_of_any_length_fits(void **state)
{
    static char large[3 * ERROR_MESSAGE_SIZE];
    Error err = {0};

    (void)state;
    memset(large, 'x', sizeof large - 1);
    (void)error_set(&err, ERR_FILE, "%s", large);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    (void)error_while(&err, "%s", large);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    (void)error_hint(&err, "%s", large);
    assert_int_equal(strlen(err.hint), ERROR_HINT_SIZE - 1);
    (void)error_set_errno(&err, ERR_FILE, ENOSPC, "%s", large);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    (void)error_serves(&err, "%s", large);
    assert_int_equal(strlen(err.serves), ERROR_SERVES_SIZE - 1);
}

static void an_error_may_be_told_by_its_own_words(void **state)
{
    Error err = {0};

    (void)state;
    (void)error_set(&err, ERR_FILE, "cause");
    (void)error_while(&err, "again %s", err.message);
    assert_string_equal(err.message, "again cause: cause");
    (void)error_set(&err, ERR_FETCH, "quoted: %s", err.message);
    assert_string_equal(err.message, "quoted: again cause: cause");
    (void)error_set_errno(&err, ERR_FETCH, ENOENT, "quoted: %s", err.message);
    assert_non_null(strstr(err.message, "again cause: cause: "));
}

/* Scripts read these: a change here breaks them (design.md, section 10). */
static void exit_statuses_are_what_scripts_rely_on(void **state)
{
    static const struct {
        ErrorCode code;
        int status;
    } cases[] = {
        {ERR_NONE,         0  },
        {ERR_INTERNAL,     1  },
        {ERR_USAGE,        2  },
        {ERR_ORDER,        2  },
        {ERR_SETTINGS,     3  },
        {ERR_LOCKED,       4  },
        {ERR_FETCH,        5  },
        {ERR_REFUSED,      6  },
        {ERR_UNPACK,       7  },
        {ERR_START,        8  },
        {ERR_UNHEALTHY,    9  },
        {ERR_FLIP,         10 },
        {ERR_FLIPPED_BACK, 11 },
        {ERR_NO_RELEASE,   12 },
        {ERR_STATE,        13 },
        {ERR_ENGINE,       14 },
        {ERR_PERMISSION,   15 },
        {ERR_AILING,       16 },
        {ERR_WOULD_CHANGE, 17 },
        {ERR_INTERRUPTED,  130},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(error_exit_status(cases[i].code), cases[i].status);
    assert_string_equal(error_code_name(ERR_DIGEST_MISMATCH), "ERR_DIGEST_MISMATCH");
    assert_string_equal(error_code_words(ERR_FETCH), "fetch failed");
}

static void being_out_of_memory_can_be_told(void **state)
{
    Error err = {0};

    (void)state;
    assert_false(error_memory(&err));
    assert_int_equal(err.code, ERR_MEMORY);
    assert_string_equal(err.message, "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_being_done_stands_before_the_cause),
        cmocka_unit_test(a_new_cause_forgets_the_old_one),
        cmocka_unit_test(the_hint_nearest_to_the_cause_is_kept),
        cmocka_unit_test(a_refusal_by_the_system_is_a_matter_of_permission),
        cmocka_unit_test(a_full_disk_comes_with_a_hint),
        cmocka_unit_test(only_trouble_gets_the_status_of_what_failed_as_a_whole),
        cmocka_unit_test(a_message_of_any_length_fits),
        cmocka_unit_test(an_error_may_be_told_by_its_own_words),
        cmocka_unit_test(exit_statuses_are_what_scripts_rely_on),
        cmocka_unit_test(being_out_of_memory_can_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
