/* Tests verify/tree.c: every change of an unpacked release that verify-rules section 5 names is
 * seen. */
#include "tests/verify/box.h"

#include "tests/support/special_file.h"
#include "verify/tree.h"

enum { BIG = 3 * 1024 * 1024 + 7 }; /* more than the buffer of tree.c */

typedef struct Tree {
    Box box;
    Manifest *manifest;
    char big[BIG];
} Tree;

static ManifestFile describe(Box *box, const char *name)
{
    ManifestFile file = {.path = name, .mode = 0644};
    Error err = {0};

    assert_true(digest_file(box_path(box, name), &file.digest, &err));
    assert_true(file_size_of(box_path(box, name), &file.size_bytes, &err));
    return file;
}

/* shop, assets/css/a.css, big, empty and the release.json that lists them. */
static int unpack(void **state)
{
    static const char *const names[] = {"shop", "assets/css/a.css", "big", "empty"};
    Tree *tree = calloc(1, sizeof *tree);
    ManifestFile files[4];
    CLEANUP(free) char *text = NULL;
    const Manifest manifest = {.name = "shop",
                               .version = "1",
                               .os = "linux",
                               .arch = "amd64",
                               .files = files,
                               .file_count = 4};
    Error err = {0};

    if (!tree)
        return -1;
    tree->box = box_open();
    memset(tree->big, 'x', sizeof tree->big);
    box_write_text(&tree->box, names[0], "the program");
    box_write_text(&tree->box, names[1], "a {}");
    box_write(&tree->box, names[2], tree->big, sizeof tree->big);
    box_write_text(&tree->box, names[3], "");
    for (size_t i = 0; i < 4; i++)
        files[i] = describe(&tree->box, names[i]);
    assert_true(manifest_format(&manifest, &text, &err));
    assert_true(manifest_read_file(box_write_text(&tree->box, "release.json", text),
                                   &tree->manifest, &err));
    *state = tree;
    return 0;
}

static int remove_tree(void **state)
{
    Tree *tree = *state;

    manifest_free(tree->manifest);
    box_close(&tree->box);
    free(tree);
    return 0;
}

static void assert_refused(Tree *tree, ErrorCode code, const char *why)
{
    Error err = {0};

    if (tree_check(tree->box.folder, tree->manifest, &err))
        fail_msg("the tree was accepted, expected: %s", why);
    assert_says(&err, code, why);
    assert_non_null(strstr(err.message, tree->box.folder));
}

static void an_untouched_tree_is_accepted(void **state)
{
    Tree *tree = *state;
    Error err = {0};

    if (!tree_check(tree->box.folder, tree->manifest, &err))
        fail_msg("%s", err.message);
}

static void release_json_may_be_missing_and_empty_folders_may_be_there(void **state)
{
    Tree *tree = *state;
    Error err = {0};

    assert_true(file_remove(box_path(&tree->box, "release.json"), &err));
    assert_true(folder_create(box_path(&tree->box, "logs/old"), &err));
    assert_true(tree_check(tree->box.folder, tree->manifest, &err));
}

static void changed_content_of_the_same_size_is_refused_with_both_digests(void **state)
{
    Tree *tree = *state;

    box_write_text(&tree->box, "shop", "The program");
    assert_refused(tree, ERR_DIGEST_MISMATCH, "shop has the digest ");
}

static void the_last_byte_of_a_big_file_counts(void **state)
{
    Tree *tree = *state;

    tree->big[BIG - 1] = 'y';
    box_write(&tree->box, "big", tree->big, BIG);
    assert_refused(tree, ERR_DIGEST_MISMATCH, "big has the digest ");
}

static void another_size_is_refused_with_both_sizes(void **state)
{
    Tree *tree = *state;

    box_write_text(&tree->box, "shop", "the program ");
    assert_refused(tree, ERR_DIGEST_MISMATCH, "shop has 12 bytes, its manifest promises 11");
    box_write_text(&tree->box, "shop", "the progra");
    assert_refused(tree, ERR_DIGEST_MISMATCH, "shop has 10 bytes, its manifest promises 11");
}

static void a_missing_file_is_refused(void **state)
{
    Tree *tree = *state;
    Error err = {0};

    assert_true(file_remove(box_path(&tree->box, "assets/css/a.css"), &err));
    assert_refused(tree, ERR_REFUSED, "assets/css/a.css is missing");
}

static void an_unlisted_file_is_refused_wherever_it_lies(void **state)
{
    static const char *const names[] = {
        "evil.dll", "assets/css/.hidden", "assets/release.json", "new/folder/x",
        "Shop",     "RELEASE.JSON"};
    Tree *tree = *state;
    Error err = {0};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (file_exists(box_path(&tree->box, names[i])))
            continue; /* where Shop is shop */
        box_write_text(&tree->box, names[i], "x");
        assert_refused(tree, ERR_REFUSED, names[i]);
        assert_refused(tree, ERR_REFUSED, "is not in the manifest");
        assert_true(file_remove(box_path(&tree->box, names[i]), &err));
    }
    assert_true(tree_check(tree->box.folder, tree->manifest, &err));
}

static void a_link_in_place_of_a_file_is_refused(void **state)
{
    Tree *tree = *state;

    assert_int_equal(rename(box_path(&tree->box, "shop"), box_path(&tree->box, "assets/shop")), 0);
    if (!special_file_link("assets/shop", box_path(&tree->box, "shop")))
        skip();
    assert_refused(tree, ERR_REFUSED, "is"); /* the link, or the file that has no place: both */
    assert_int_equal(remove(box_path(&tree->box, "assets/shop")), 0);
    assert_refused(tree, ERR_REFUSED, "shop is a link");
}

static void a_link_in_place_of_a_folder_is_refused(void **state)
{
    Tree *tree = *state;
    CLEANUP_BOX Box elsewhere = box_open();

    assert_int_equal(rename(box_path(&tree->box, "assets"), box_path(&elsewhere, "assets")), 0);
    if (!special_file_link(box_path(&elsewhere, "assets"), box_path(&tree->box, "assets")))
        skip();
    assert_refused(tree, ERR_REFUSED, "assets is a link");
}

static void a_link_in_place_of_release_json_is_refused(void **state)
{
    Tree *tree = *state;

    assert_int_equal(remove(box_path(&tree->box, "release.json")), 0);
    if (!special_file_link("shop", box_path(&tree->box, "release.json")))
        skip();
    assert_refused(tree, ERR_REFUSED, "release.json is a link");
}

static void a_pipe_is_refused_and_not_opened(void **state)
{
    Tree *tree = *state;

    assert_int_equal(remove(box_path(&tree->box, "empty")), 0);
    if (!special_file_pipe(box_path(&tree->box, "empty")))
        skip();
    assert_refused(tree, ERR_REFUSED, "empty is neither a file nor a folder");
}

static void a_folder_in_place_of_a_file_is_refused(void **state)
{
    Tree *tree = *state;
    Error err = {0};

    assert_int_equal(remove(box_path(&tree->box, "empty")), 0);
    assert_true(folder_create(box_path(&tree->box, "empty"), &err));
    assert_refused(tree, ERR_REFUSED, "empty is missing");
}

static void a_name_that_moves_the_cursor_is_shown_harmlessly(void **state)
{
    Tree *tree = *state;

    if (!special_file_names_are_free())
        skip();
    box_write_text(&tree->box, "a\x1b[2Jb", "x");
    assert_refused(tree, ERR_REFUSED, "a\\x1b[2Jb is not in the manifest");
}

static void a_tree_that_is_not_there_is_refused(void **state)
{
    Tree *tree = *state;
    Error err = {0};

    assert_false(tree_check(box_path(&tree->box, "nowhere"), tree->manifest, &err));
    assert_says(&err, ERR_REFUSED, "there is no unpacked release in");
    assert_false(tree_check(box_path(&tree->box, "shop"), tree->manifest, &err));
    assert_says(&err, ERR_REFUSED, "there is no unpacked release in");
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, unpack, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(an_untouched_tree_is_accepted),
        TREE_TEST(release_json_may_be_missing_and_empty_folders_may_be_there),
        TREE_TEST(changed_content_of_the_same_size_is_refused_with_both_digests),
        TREE_TEST(the_last_byte_of_a_big_file_counts),
        TREE_TEST(another_size_is_refused_with_both_sizes),
        TREE_TEST(a_missing_file_is_refused),
        TREE_TEST(an_unlisted_file_is_refused_wherever_it_lies),
        TREE_TEST(a_link_in_place_of_a_file_is_refused),
        TREE_TEST(a_link_in_place_of_a_folder_is_refused),
        TREE_TEST(a_link_in_place_of_release_json_is_refused),
        TREE_TEST(a_pipe_is_refused_and_not_opened),
        TREE_TEST(a_folder_in_place_of_a_file_is_refused),
        TREE_TEST(a_name_that_moves_the_cursor_is_shown_harmlessly),
        TREE_TEST(a_tree_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
