/* Tests base/file/file.h, what is the same on every system. */
#include "tests/base/file_scene.h"

static void a_file_is_written_sought_cut_and_read(void **state)
{
    CLEANUP(file_close) File *file = NULL;
    const char *path = scratch_path(state, "f");
    char buffer[32] = "";
    uint64_t size = 0;
    size_t got = 0;
    Error err = {0};

    assert_true(file_open(path, FILE_CREATE_NEW, &file, &err));
    assert_true(file_write(file, "hello world", 11, &err));
    assert_true(file_write(file, "", 0, &err));
    assert_true(file_seek(file, 6, &err));
    assert_true(file_write(file, "W", 1, &err));
    assert_true(file_seek(file, 0, &err));
    assert_true(file_read(file, buffer, sizeof buffer, &got, &err));
    assert_int_equal(got, 11);
    assert_memory_equal(buffer, "hello World", 11);
    assert_true(file_read(file, buffer, sizeof buffer, &got, &err));
    assert_int_equal(got, 0);
    assert_true(file_truncate(file, 5, &err));
    assert_true(file_write(file, "!", 1, &err));
    assert_true(file_sync(file, &err));
    assert_true(file_size(file, &size, &err));
    assert_int_equal(size, 6);
    assert_holds(path, "hello!");
    assert_false(file_seek(file, UINT64_MAX, &err));
}

static void each_mode_does_what_its_name_says(void **state)
{
    const char *path = scratch_path(state, "f");
    File *file = NULL;
    Error err = {0};

    assert_false(file_open(path, FILE_READ, &file, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_non_null(strstr(err.message, path));
    assert_true(file_open(path, FILE_CONTINUE, &file, &err));
    assert_true(file_write(file, "one", 3, &err));
    file_close(file);
    assert_true(file_open(path, FILE_CONTINUE, &file, &err));
    assert_true(file_write(file, "two", 3, &err));
    file_close(file);
    assert_holds(path, "onetwo");
    file = NULL;
    assert_false(file_open(path, FILE_CREATE_NEW, &file, &err));
    assert_null(file);
    assert_true(file_open(path, FILE_REPLACE, &file, &err));
    file_close(file);
    assert_holds(path, "");
    file_close(NULL);
}

static void a_whole_file_is_read_up_to_its_limit(void **state)
{
    const char *path = scratch_path(state, "f");
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Error err = {0};

    write_text(path, "12345");
    assert_false(file_read_all(path, 4, &bytes, &length, &err));
    assert_null(bytes);
    assert_int_equal(err.code, ERR_FILE);
    assert_true(file_read_all(path, 5, &bytes, &length, &err));
    assert_int_equal(length, 5);
    assert_int_equal(bytes[5], '\0');
}

static void a_durable_write_takes_the_longest_name(void **state)
{
    char name[256];
    Error err = {0};

    memset(name, 'n', 255);
    name[255] = '\0';
    assert_true(file_write_durable(scratch_path(state, name), "x", 1, 0600, &err));
    assert_holds(scratch_path(state, name), "x");
}

static void a_write_that_cannot_be_put_in_place_leaves_no_litter(void **state)
{
    const char *path = scratch_path(state, "folder");
    Error err = {0};

    assert_true(folder_create(path, &err));
    assert_false(file_write_durable(path, "x", 1, 0600, &err));
    assert_int_equal(file_kind(path), FILE_FOLDER);
    assert_int_equal(count_names(((Scratch *)*state)->folder), 1);
    assert_false(file_write_durable(scratch_path(state, "no/such/folder"), "x", 1, 0600, &err));
    assert_int_equal(err.code, ERR_FILE);
}

static void a_rename_replaces_a_file_but_not_a_full_folder(void **state)
{
    const char *from = scratch_path(state, "from"), *to = scratch_path(state, "d/to");
    const char *folder = scratch_path(state, "d"), *other = scratch_path(state, "other");
    Error err = {0};

    assert_true(folder_create(folder, &err));
    assert_true(folder_create(other, &err));
    write_text(from, "new");
    write_text(to, "old");
    assert_true(file_rename_durable(from, to, &err));
    assert_holds(to, "new");
    assert_int_equal(file_kind(from), FILE_MISSING);
    assert_false(file_rename_durable(other, folder, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_false(file_rename_durable(from, to, &err));
}

static void removing_what_is_not_there_is_success(void **state)
{
    const char *path = scratch_path(state, "f");
    Error err = {0};

    write_text(path, "x");
    assert_true(file_remove(path, &err));
    assert_true(file_remove(path, &err));
    assert_false(file_remove(((Scratch *)*state)->folder, &err));
    assert_true(folder_remove_tree(scratch_path(state, "no/such/thing"), &err));
}

static void nobody_removes_the_root_or_here(void **state)
{
    static const char *const refused[] = {"/", "//", ".", "..", "", "/tmp/..", "/tmp/."};

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        Error err = {0};

        assert_false(folder_remove_tree(refused[i], &err));
        assert_int_equal(err.code, ERR_FILE);
    }
}

static void names_come_sorted(void **state)
{
    CLEANUP_TEXT_LIST TextList names = {0};
    Error err = {0};

    write_text(scratch_path(state, "b"), "");
    write_text(scratch_path(state, "a"), "");
    write_text(scratch_path(state, ".hidden"), "");
    write_text(scratch_path(state, "C"), "");
    assert_true(folder_list(((Scratch *)*state)->folder, &names, &err));
    assert_int_equal(names.count, 4);
    assert_string_equal(names.items[0], ".hidden");
    assert_string_equal(names.items[1], "C");
    assert_string_equal(names.items[2], "a");
    assert_string_equal(names.items[3], "b");
    assert_false(folder_list(scratch_path(state, "a"), &names, &err));
    assert_false(folder_list(scratch_path(state, "missing"), &names, &err));
    assert_int_equal(names.count, 4);
}

static void free_space_is_asked_of_the_nearest_parent(void **state)
{
    uint64_t here = 0, below = 0;
    Error err = {0};

    assert_true(folder_free_bytes(((Scratch *)*state)->folder, &here, &err));
    assert_true(folder_free_bytes(scratch_path(state, "not/yet/made"), &below, &err));
    assert_true(here > 0);
    assert_true(below > 0);
    assert_true(folder_free_bytes("relative/not/made", &below, &err));
    assert_true(folder_free_bytes("/not-made", &below, &err));
}

static void a_folder_is_synced_and_a_file_is_not_one(void **state)
{
    Error err = {0};

    write_text(scratch_path(state, "f"), "");
    assert_true(folder_sync(((Scratch *)*state)->folder, &err));
    assert_false(folder_sync(scratch_path(state, "f"), &err));
    assert_false(folder_sync(scratch_path(state, "missing"), &err));
}

static void a_folder_is_made_with_its_parents(void **state)
{
    Error err = {0};

    assert_true(folder_create(scratch_path(state, "a/b//c/"), &err));
    assert_true(folder_create(scratch_path(state, "a/b//c/"), &err));
    assert_int_equal(file_kind(scratch_path(state, "a/b/c")), FILE_FOLDER);
    assert_true(folder_create("/", &err));
    assert_true(folder_create(".", &err));
    assert_false(folder_create("", &err));
    write_text(scratch_path(state, "f"), "x");
    assert_false(folder_create(scratch_path(state, "f"), &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_false(folder_create(scratch_path(state, "f/below"), &err));
}

static void a_tree_is_removed_with_all_that_is_in_it(void **state)
{
    const char *tree = scratch_path(state, "tree");
    Error err = {0};

    assert_true(folder_create(scratch_path(state, "tree/a/b"), &err));
    assert_true(folder_create(scratch_path(state, "tree/empty"), &err));
    write_text(scratch_path(state, "tree/a/b/f"), "x");
    write_text(scratch_path(state, "tree/a/\xc3\xa9.txt"), "x");
    write_text(scratch_path(state, "beside"), "kept");
    assert_true(folder_remove_tree(tree, &err));
    assert_int_equal(file_kind(tree), FILE_MISSING);
    assert_holds(scratch_path(state, "beside"), "kept");
}

static void a_durable_write_takes_the_place_of_what_is_there(void **state)
{
    const char *path = scratch_path(state, "f");
    Error err = {0};

    assert_true(file_write_durable(path, "one", 3, 0600, &err));
    assert_true(file_write_durable(path, "", 0, 0644, &err));
    assert_holds(path, "");
    assert_true(file_replace_durable(path, "two", 3, 0600, &err));
    assert_holds(path, "two");
    assert_int_equal(count_names(((Scratch *)*state)->folder), 1);
}

static void the_size_of_a_folder_counts_the_files_below(void **state)
{
    uint64_t size = 0;
    Error err = {0};

    assert_true(folder_create(scratch_path(state, "d/e/f"), &err));
    write_text(scratch_path(state, "d/1"), "1");
    write_text(scratch_path(state, "d/e/f/333"), "333");
    assert_true(folder_size(scratch_path(state, "d"), &size, &err));
    assert_int_equal(size, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_file_is_written_sought_cut_and_read),
        SCRATCH_TEST(each_mode_does_what_its_name_says),
        SCRATCH_TEST(a_whole_file_is_read_up_to_its_limit),
        SCRATCH_TEST(a_durable_write_takes_the_longest_name),
        SCRATCH_TEST(a_write_that_cannot_be_put_in_place_leaves_no_litter),
        SCRATCH_TEST(a_rename_replaces_a_file_but_not_a_full_folder),
        SCRATCH_TEST(removing_what_is_not_there_is_success),
        cmocka_unit_test(nobody_removes_the_root_or_here),
        SCRATCH_TEST(names_come_sorted),
        SCRATCH_TEST(free_space_is_asked_of_the_nearest_parent),
        SCRATCH_TEST(a_folder_is_synced_and_a_file_is_not_one),
        SCRATCH_TEST(a_folder_is_made_with_its_parents),
        SCRATCH_TEST(a_tree_is_removed_with_all_that_is_in_it),
        SCRATCH_TEST(a_durable_write_takes_the_place_of_what_is_there),
        SCRATCH_TEST(the_size_of_a_folder_counts_the_files_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
