/* Tests base/file/file.h, what only POSIX has: links, pipes, modes, limits. */
#include "tests/base/file_scene.h"
#include "tests/base/scratch_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static unsigned mode_of(const char *path)
{
    struct stat now;

    assert_int_equal(lstat(path, &now), 0);
    return now.st_mode & 07777;
}

/* Nothing longer than this can be written until it is lifted. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_new_file_is_for_its_owner_only(void **state)
{
    const char *path = scratch_path(state, "f");
    CLEANUP(file_close) File *file = NULL;
    mode_t before = umask(0);
    Error err = {0};

    assert_true(file_open(path, FILE_CREATE_NEW, &file, &err));
    umask(before);
    assert_int_equal(mode_of(path), 0600);
}

static void what_is_no_file_is_refused_at_once(void **state)
{
    static const FileMode modes[] = {FILE_READ, FILE_REPLACE, FILE_CONTINUE};
    const char *paths[] = {scratch_path(state, "pipe"), scratch_path(state, "folder"),
                           scratch_path(state, "link"), "/dev/zero"};

    assert_int_equal(mkfifo(paths[0], 0600), 0);
    assert_int_equal(mkdir(paths[1], 0700), 0);
    assert_int_equal(symlink("/dev/zero", paths[2]), 0);
    for (size_t p = 0; p < 4; p++)
        for (size_t m = 0; m < 3; m++) {
            File *file = NULL;
            Error err = {0};

            assert_false(file_open(paths[p], modes[m], &file, &err));
            assert_null(file);
            assert_int_equal(err.code, ERR_FILE);
        }
}

/* `report -o /dev/null`, as root, once made a file of it. The device is one of our own: the test
 * must not be able to do harm either. */
static void no_file_takes_the_place_of_a_device(void **state)
{
    const char *pipe = scratch_path(state, "pipe"), *link = scratch_path(state, "link");

    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(symlink(pipe, link), 0);
    for (int i = 0; i < 2; i++) {
        Error atomic = {0}, durable = {0};

        assert_false(file_write_atomic(i ? link : pipe, "x", 1, 0600, &atomic));
        assert_false(file_write_durable(i ? link : pipe, "x", 1, 0600, &durable));
        assert_int_equal(atomic.code, ERR_FILE);
        assert_int_equal(durable.code, ERR_FILE);
    }
    assert_int_equal(file_kind(pipe), FILE_OTHER);
    assert_int_equal(file_kind(link), FILE_LINK);
}

static void a_link_to_a_file_is_read(void **state)
{
    const char *path = scratch_path(state, "f"), *link = scratch_path(state, "link");

    write_text(path, "content");
    assert_int_equal(symlink(path, link), 0);
    assert_holds(link, "content");
}

static void a_file_without_a_size_is_read_too(void **state)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Error err = {0};

    (void)state;
    assert_true(file_read_all("/proc/self/status", 1 << 20, &bytes, &length, &err));
    assert_true(length > 0);
}

static void a_durable_write_sets_exactly_the_mode_asked_for(void **state)
{
    const char *path = scratch_path(state, "f");
    mode_t before = umask(077);
    Error err = {0};

    assert_true(file_write_durable(path, "x", 1, 0644, &err));
    umask(before);
    assert_int_equal(mode_of(path), 0644);
    assert_holds(path, "x");
    assert_true(file_write_durable(path, NULL, 0, 0600, &err));
    assert_int_equal(mode_of(path), 0600);
    assert_holds(path, "");
}

static void a_failed_write_leaves_the_old_content_and_no_litter(void **state)
{
    const char *path = scratch_path(state, "f");
    const char *folder = ((Scratch *)*state)->folder;
    char big[4096];
    Error err = {0}, err_atomic = {0};
    bool durable = true, atomic = true;

    write_text(path, "old");
    memset(big, 'x', sizeof big);
    limit_file_size(100); /* the first hundred bytes are written, then it fails */
    durable = file_write_durable(path, big, sizeof big, 0600, &err);
    atomic = file_write_atomic(path, big, sizeof big, 0600, &err_atomic);
    limit_file_size(RLIM_INFINITY);
    assert_false(durable);
    assert_false(atomic);
    assert_int_equal(err.code, ERR_FILE);
    assert_non_null(strstr(err.message, path));
    assert_holds(path, "old");
    assert_int_equal(count_names(folder), 1);
}

static void replace_for_ever(const char *path)
{
    static char content[100000];
    Error err = {0};

    for (int i = 0;; i++) {
        memset(content, 'a' + i % 26, sizeof content);
        if (!file_write_atomic(path, content, sizeof content, 0600, &err))
            _exit(1);
    }
}

static void a_reader_never_sees_half_a_write(void **state)
{
    const char *path = scratch_path(state, "f");
    char last = '\0';
    int changes = 0;
    pid_t writer = 0;

    write_text(path, "");
    writer = fork();
    if (writer == 0)
        replace_for_ever(path);
    while (changes < 50) {
        CLEANUP(free) char *bytes = NULL;
        size_t length = 0;
        Error err = {0};

        assert_true(file_read_all(path, 100000, &bytes, &length, &err));
        assert_true(length == 0 || length == 100000);
        for (size_t i = 1; i < length; i++)
            if (bytes[i] != bytes[0])
                fail_msg("the file holds %c and %c", bytes[0], bytes[i]);
        changes += length > 0 && bytes[0] != last;
        last = bytes[0];
    }
    kill(writer, SIGKILL); /* whatever it was doing, the file is whole */
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    {
        uint64_t size = 0;
        Error err = {0};

        assert_true(file_size_of(path, &size, &err));
        assert_int_equal(size, 100000);
    }
}

static void kinds_are_told_apart_without_following_links(void **state)
{
    const char *file = scratch_path(state, "f"), *folder = scratch_path(state, "d");
    const char *link = scratch_path(state, "l"), *dangling = scratch_path(state, "dangling");
    const char *pipe = scratch_path(state, "p"), *missing = scratch_path(state, "m");

    write_text(file, "x");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink(folder, link), 0);
    assert_int_equal(symlink(missing, dangling), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(file_kind(file), FILE_REGULAR);
    assert_int_equal(file_kind(folder), FILE_FOLDER);
    assert_int_equal(file_kind(link), FILE_LINK);
    assert_int_equal(file_kind(dangling), FILE_LINK);
    assert_int_equal(file_kind(pipe), FILE_OTHER);
    assert_int_equal(file_kind(missing), FILE_MISSING);
    assert_true(file_exists(link));
    assert_false(file_exists(dangling));
    assert_false(file_exists(missing));
}

static void a_folder_is_made_with_its_parents_for_the_owner_only(void **state)
{
    const char *path = scratch_path(state, "a/b//c/");
    mode_t before = umask(0);
    Error err = {0};

    assert_true(folder_create(path, &err));
    assert_true(folder_create(path, &err));
    umask(before);
    assert_int_equal(mode_of(scratch_path(state, "a")), 0700);
    assert_int_equal(mode_of(scratch_path(state, "a/b/c")), 0700);
    assert_true(folder_create("/", &err));
    assert_true(folder_create(".", &err));
    assert_false(folder_create("", &err));
}

static void a_folder_cannot_be_made_through_a_file(void **state)
{
    const char *file = scratch_path(state, "f"), *link = scratch_path(state, "link");
    Error err = {0};

    write_text(file, "x");
    assert_false(folder_create(file, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_false(folder_create(scratch_path(state, "f/below"), &err));
    assert_int_equal(symlink(((Scratch *)*state)->folder, link), 0);
    assert_true(folder_create(link, &err)); /* a link to a folder is one */
}

static void a_tree_is_removed_but_not_what_its_links_show(void **state)
{
    const char *outside = scratch_path(state, "outside"), *kept = scratch_path(state, "outside/k");
    const char *tree = scratch_path(state, "tree"), *link = scratch_path(state, "link");
    Error err = {0};

    assert_true(folder_create(outside, &err));
    write_text(kept, "kept");
    assert_true(folder_create(scratch_path(state, "tree/a/b"), &err));
    write_text(scratch_path(state, "tree/a/b/f"), "x");
    assert_int_equal(symlink(outside, scratch_path(state, "tree/a/link")), 0);
    assert_int_equal(symlink("/no/such", scratch_path(state, "tree/dangling")), 0);
    assert_int_equal(mkfifo(scratch_path(state, "tree/pipe"), 0600), 0);
    assert_int_equal(symlink(outside, link), 0);
    assert_true(folder_remove_tree(tree, &err));
    assert_true(folder_remove_tree(link, &err));
    assert_int_equal(file_kind(tree), FILE_MISSING);
    assert_int_equal(file_kind(link), FILE_MISSING);
    assert_holds(kept, "kept");
}

static void a_trailing_slash_does_not_make_a_link_followed(void **state)
{
    const char *outside = scratch_path(state, "outside"), *kept = scratch_path(state, "outside/k");
    Error err = {0};

    assert_true(folder_create(outside, &err));
    write_text(kept, "kept");
    assert_int_equal(symlink(outside, scratch_path(state, "link")), 0);
    assert_true(folder_remove_tree(scratch_path(state, "link/"), &err));
    assert_holds(kept, "kept");
    assert_true(folder_remove_tree(scratch_path(state, "outside//"), &err));
    assert_int_equal(file_kind(outside), FILE_MISSING);
}

static bool remove_a_tree_closed_to_its_owner(const char *folder)
{
    CLEANUP(free) char *tree = path_join(folder, "tree");
    CLEANUP(free) char *deep = path_join(folder, "tree/locked/deep");
    CLEANUP(free) char *file = path_join(folder, "tree/locked/deep/f");
    CLEANUP(free) char *locked = path_join(folder, "tree/locked");
    Error err = {0};

    return folder_create(deep, &err) && file_write_atomic(file, "x", 1, 0400, &err) &&
           chmod(deep, 0500) == 0 && chmod(locked, 0) == 0 && chmod(tree, 0555) == 0 &&
           folder_remove_tree(tree, &err) && file_kind(tree) == FILE_MISSING;
}

static void a_tree_closed_to_its_own_owner_is_removed(void **state)
{
    (void)state;
    assert_true(scratch_as_nobody(remove_a_tree_closed_to_its_owner));
}

static bool be_refused_with_permission(const char *folder)
{
    CLEANUP(free) char *path = path_join(folder, "closed/f");
    CLEANUP(free) char *closed = path_join(folder, "closed");
    Error create = {0}, replace = {0}, removal = {0}, open_error = {0};
    File *file = NULL;

    if (!folder_create(closed, &create) || !file_write_atomic(path, "x", 1, 0, &create) ||
        chmod(closed, 0500) != 0)
        return false;
    return !file_write_durable(path, "y", 1, 0600, &replace) && replace.code == ERR_PERMISSION &&
           !file_open(path, FILE_READ, &file, &open_error) && open_error.code == ERR_PERMISSION &&
           !file_remove(path, &removal) && removal.code == ERR_PERMISSION &&
           chmod(closed, 0700) == 0;
}

static void no_permission_has_a_code_of_its_own(void **state)
{
    (void)state;
    assert_true(scratch_as_nobody(be_refused_with_permission));
}

static void the_size_of_a_folder_counts_files_and_no_links(void **state)
{
    const char *folder = scratch_path(state, "d");
    uint64_t size = 0;
    Error err = {0};

    assert_true(folder_create(scratch_path(state, "d/e/f"), &err));
    write_text(scratch_path(state, "d/1"), "1");
    write_text(scratch_path(state, "d/e/22"), "22");
    write_text(scratch_path(state, "d/e/f/333"), "333");
    write_text(scratch_path(state, "outside"), "0123456789");
    assert_int_equal(symlink(scratch_path(state, "outside"), scratch_path(state, "d/link")), 0);
    assert_int_equal(symlink("..", scratch_path(state, "d/e/loop")), 0);
    assert_true(folder_size(folder, &size, &err));
    assert_int_equal(size, 6);
    assert_false(folder_size(scratch_path(state, "missing"), &size, &err));
    assert_false(folder_size(scratch_path(state, "outside"), &size, &err));
    assert_int_equal(size, 6);
}

static void no_descriptor_is_left_behind(void **state)
{
    size_t before = count_names("/proc/self/fd");
    const char *path = scratch_path(state, "f");
    Error err = {0};
    File *file = NULL;

    assert_true(folder_create(scratch_path(state, "d/e"), &err));
    assert_true(file_write_durable(path, "x", 1, 0600, &err));
    assert_false(file_open(scratch_path(state, "d"), FILE_READ, &file, &err));
    assert_false(file_write_durable(scratch_path(state, "d"), "x", 1, 0600, &err));
    assert_true(folder_remove_tree(scratch_path(state, "d"), &err));
    assert_int_equal(count_names("/proc/self/fd"), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_new_file_is_for_its_owner_only),
        SCRATCH_TEST(what_is_no_file_is_refused_at_once),
        SCRATCH_TEST(no_file_takes_the_place_of_a_device),
        SCRATCH_TEST(a_link_to_a_file_is_read),
        cmocka_unit_test(a_file_without_a_size_is_read_too),
        SCRATCH_TEST(a_durable_write_sets_exactly_the_mode_asked_for),
        SCRATCH_TEST(a_failed_write_leaves_the_old_content_and_no_litter),
        SCRATCH_TEST(a_reader_never_sees_half_a_write),
        SCRATCH_TEST(kinds_are_told_apart_without_following_links),
        SCRATCH_TEST(a_folder_is_made_with_its_parents_for_the_owner_only),
        SCRATCH_TEST(a_folder_cannot_be_made_through_a_file),
        SCRATCH_TEST(a_tree_is_removed_but_not_what_its_links_show),
        SCRATCH_TEST(a_trailing_slash_does_not_make_a_link_followed),
        cmocka_unit_test(a_tree_closed_to_its_own_owner_is_removed),
        cmocka_unit_test(no_permission_has_a_code_of_its_own),
        SCRATCH_TEST(the_size_of_a_folder_counts_files_and_no_links),
        SCRATCH_TEST(no_descriptor_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
