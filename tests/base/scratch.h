/* scratch: an empty folder for one test. */
#ifndef GODEPLOY_TESTS_BASE_SCRATCH_H
#define GODEPLOY_TESTS_BASE_SCRATCH_H

#include "base/file/file.h"
#include "base/path.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scratch {
    char folder[TEMPORARY_FOLDER_SIZE];
    TextList paths;
} Scratch;

static inline int scratch_make(void **state)
{
    static Scratch scratch;

    memset(&scratch, 0, sizeof scratch);
    *state = &scratch;
    return temporary_folder_make(scratch.folder, "base") ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
    Scratch *scratch = *state;
    Error err = {0};

    text_list_free(&scratch->paths);
    return folder_remove_tree(scratch->folder, &err) ? 0 : -1;
}

/* Lives as long as the test. */
static inline const char *scratch_path(void **state, const char *name)
{
    Scratch *scratch = *state;
    CLEANUP(free) char *path = path_join(scratch->folder, name);
    Error err = {0};

    assert_non_null(path);
    assert_true(text_list_add(&scratch->paths, path, &err));
    return scratch->paths.items[scratch->paths.count - 1];
}

#define SCRATCH_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

#endif
