/* Tests base/file/file.h, what only Windows has: names it cannot keep, paths beyond 260 characters,
 * files that others hold, read-only ones. Source: windows-facts.md, section C. Access lists and
 * links are what Wine only pretends: see windows-under-wine.md. */
#include "base/file/private_windows.h"
#include "base/interrupt.h"
#include "base/wide_windows.h"
#include "tests/base/file_scene.h"

#include <windows.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static HANDLE hold(const char *path, DWORD share)
{
    CLEANUP(free) wchar_t *wide = NULL;
    HANDLE handle = INVALID_HANDLE_VALUE;
    Error err = {0};

    assert_true(wide_path(path, &wide, &err));
    handle = CreateFileW(wide, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(handle != INVALID_HANDLE_VALUE);
    return handle;
}

static void make_read_only(const char *path)
{
    CLEANUP(free) wchar_t *wide = NULL;
    Error err = {0};

    assert_true(wide_path(path, &wide, &err));
    assert_true(SetFileAttributesW(wide, FILE_ATTRIBUTE_READONLY));
}

static void names_of_devices_and_streams_are_no_files(void **state)
{
    static const char *const names[] = {"NUL", "con.txt", "f:stream",   "f.",
                                        "f ",  "a?b",     "COM\xc2\xb9"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = scratch_path(state, names[i]);
        File *file = NULL;
        Error err = {0};

        assert_false(file_open(path, FILE_READ, &file, &err));
        assert_false(file_open(path, FILE_CREATE_NEW, &file, &err));
        assert_false(file_write_durable(path, "x", 1, 0600, &err));
        assert_false(folder_create(path, &err));
        assert_false(folder_remove_tree(path, &err));
        assert_int_equal(file_kind(path), FILE_MISSING);
    }
    assert_int_equal(count_names(((Scratch *)*state)->folder), 0);
}

static void a_path_may_be_longer_than_260_characters(void **state)
{
    CLEANUP_TEXT Text path = {0};
    CLEANUP_TEXT_LIST TextList names = {0};
    uint64_t size = 0;
    Error err = {0};

    text_append(&path, scratch_path(state, "long"));
    for (int i = 0; i < 40; i++)
        text_append(&path, "/ten-letter");
    assert_true(folder_create(path.bytes, &err));
    assert_true(folder_list(path.bytes, &names, &err));
    text_append(&path, "/\xc3\xa9.txt");
    write_text(path.bytes, "far down");
    assert_holds(path.bytes, "far down");
    assert_int_equal(file_kind(path.bytes), FILE_REGULAR);
    assert_true(folder_size(scratch_path(state, "long"), &size, &err));
    assert_int_equal(size, 8);
    assert_true(folder_remove_tree(scratch_path(state, "long"), &err));
    assert_int_equal(file_kind(scratch_path(state, "long")), FILE_MISSING);
}

static void a_read_only_file_is_replaced_and_removed(void **state)
{
    const char *path = scratch_path(state, "d/f");
    Error err = {0};

    assert_true(folder_create(scratch_path(state, "d"), &err));
    write_text(path, "old");
    make_read_only(path);
    write_text(path, "new");
    assert_holds(path, "new");
    make_read_only(path);
    assert_true(file_remove(path, &err));
    write_text(path, "again");
    make_read_only(path);
    assert_true(folder_remove_tree(scratch_path(state, "d"), &err));
}

static void what_we_read_can_be_removed_meanwhile(void **state)
{
    const char *path = scratch_path(state, "f");
    CLEANUP(file_close) File *file = NULL;
    char byte = 0;
    size_t got = 0;
    Error err = {0};

    write_text(path, "x");
    assert_true(file_open(path, FILE_READ, &file, &err));
    assert_true(file_remove(path, &err));
    assert_true(file_read(file, &byte, 1, &got, &err));
    assert_int_equal(byte, 'x');
}

static DWORD WINAPI let_go_soon(void *handle)
{
    Sleep(100); /* the first try comes at once, the second 400 ms later */
    (void)CloseHandle(handle);
    return 0;
}

static void a_file_that_a_scanner_holds_is_waited_for(void **state)
{
    const char *path = scratch_path(state, "f");
    HANDLE scanner = NULL;
    Error err = {0};

    write_text(path, "x");
    scanner = CreateThread(NULL, 0, let_go_soon, hold(path, FILE_SHARE_READ), 0, NULL);
    assert_non_null(scanner);
    assert_true(file_remove(path, &err));
    assert_int_equal(file_kind(path), FILE_MISSING);
    (void)WaitForSingleObject(scanner, INFINITE);
    (void)CloseHandle(scanner);
}

static void a_file_that_stays_held_is_an_error_that_says_so(void **state)
{
    const char *path = scratch_path(state, "f");
    Error removing = {0}, replacing = {0};
    HANDLE holder = NULL;

    write_text(path, "kept");
    holder = hold(path, FILE_SHARE_READ);
    assert_false(file_remove(path, &removing));
    assert_false(file_write_durable(path, "new", 3, 0600, &replacing));
    (void)CloseHandle(holder);
    assert_non_null(strstr(removing.message, "(Windows error 32)"));
    assert_true(strstr(removing.hint, "held by") || strstr(removing.hint, "holds it"));
    assert_true(replacing.code == ERR_FILE || replacing.code == ERR_PERMISSION);
    assert_holds(path, "kept");
    assert_int_equal(count_names(((Scratch *)*state)->folder), 1);
}

static void a_folder_that_lets_everybody_in_gets_private_files(void **state)
{
    const char *path = scratch_path(state, "f");
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP_PRIVATE_ACCESS PrivateAccess access = {0};
    Error err = {0};

    assert_true(wide_path(path, &wide, &err));
    assert_true(private_access_for(wide, &access));
    if (access.descriptor)
        assert_true(IsValidSecurityDescriptor(access.descriptor));
    write_text(path, "x");
    assert_true(file_set_mode(path, 0644, &err));
    assert_true(file_set_mode(path, 0600, &err));
    assert_holds(path, "x");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCRATCH_TEST(names_of_devices_and_streams_are_no_files),
        SCRATCH_TEST(a_path_may_be_longer_than_260_characters),
        SCRATCH_TEST(a_read_only_file_is_replaced_and_removed),
        SCRATCH_TEST(what_we_read_can_be_removed_meanwhile),
        SCRATCH_TEST(a_file_that_a_scanner_holds_is_waited_for),
        SCRATCH_TEST(a_file_that_stays_held_is_an_error_that_says_so),
        SCRATCH_TEST(a_folder_that_lets_everybody_in_gets_private_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
