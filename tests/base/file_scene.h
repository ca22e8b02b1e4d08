/* file_scene: what the tests of base/file/file.h share. */
#ifndef GODEPLOY_TESTS_BASE_FILE_SCENE_H
#define GODEPLOY_TESTS_BASE_FILE_SCENE_H

#include "tests/base/scratch.h"

static inline void write_text(const char *path, const char *text)
{
    Error err = {0};

    assert_true(file_write_atomic(path, text, strlen(text), 0600, &err));
}

static inline void assert_holds(const char *path, const char *text)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Error err = {0};

    assert_true(file_read_all(path, 1 << 20, &bytes, &length, &err));
    assert_int_equal(length, strlen(text));
    assert_string_equal(bytes, text);
}

static inline size_t count_names(const char *folder)
{
    CLEANUP_TEXT_LIST TextList names = {0};
    Error err = {0};

    assert_true(folder_list(folder, &names, &err));
    return names.count;
}

#endif
