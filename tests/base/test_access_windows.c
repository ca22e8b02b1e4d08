/* Tests base/file/access_windows.h. Wine keeps no access lists, only what fits into permission
 * bits: that a service gets what it is allowed, and nobody else, is proven on Windows alone
 * (packaging/windows/acceptance.ps1). */
#include "base/file/access_windows.h"
#include "base/file/file.h"
#include "base/path.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* S-1-5-80-956008885-...: known from every Windows, as the owner of its system files; the second is
 * what `sc showsid` of Microsoft Learn, "Service SID", prints in another case of letters. */
static void the_sid_of_a_service_is_made_of_its_name(void **state)
{
    static const char *const names[] = {"TrustedInstaller", "trustedinstaller"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLEANUP(free) char *sid = NULL;
        Error err = {0};

        assert_true(access_service_sid(names[i], &sid, &err));
        assert_string_equal(sid, "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");
    }
}

static void a_folder_that_was_opened_or_closed_is_still_ours(void **state)
{
    char folder[TEMPORARY_FOLDER_SIZE];
    CLEANUP(free) char *path = NULL;
    Error err = {0};

    (void)state;
    assert_true(temporary_folder_make(folder, "access"));
    path = path_join(folder, "file");
    if (!access_allow_service(folder, "godeploy-shop-blue", ACCESS_CHANGE, &err) ||
        !access_keep_for_service(folder, "godeploy-shop-blue", &err) ||
        !file_write_atomic(path, "x", 1, 0600, &err) ||
        !access_allow_service(path, "godeploy-shop-blue", ACCESS_READ, &err) ||
        !folder_remove_tree(folder, &err))
        fail_msg("%s", err.message);
}

static void what_is_not_there_cannot_be_opened(void **state)
{
    Error err = {0};

    (void)state;
    assert_false(
        access_allow_service("C:/no/such/folder", "godeploy-shop-blue", ACCESS_READ, &err));
    assert_non_null(err.message[0] ? err.message : NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sid_of_a_service_is_made_of_its_name),
        cmocka_unit_test(a_folder_that_was_opened_or_closed_is_still_ours),
        cmocka_unit_test(what_is_not_there_cannot_be_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
