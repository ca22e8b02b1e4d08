/* archive_place: a temporary folder with an archive and a place to unpack it into. */
#ifndef GODEPLOY_TESTS_ARCHIVE_PLACE_H
#define GODEPLOY_TESTS_ARCHIVE_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file/file.h"
#include "base/path.h"
#include "deploy/archive/archive.h"
#include "tests/support/file_mode.h"
#include "tests/support/temporary_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_PATH_SIZE = 256 };

typedef struct Place {
    char folder[PLACE_PATH_SIZE];
    char archive[PLACE_PATH_SIZE]; /* its name says nothing of its kind */
    char into[PLACE_PATH_SIZE];
} Place;

static inline int place_setup(void **state)
{
    Place *place = calloc(1, sizeof *place);
    Error err = {0};

    assert_non_null(place);
    assert_true(temporary_folder_in_memory(place->folder, "archive"));
    (void)snprintf(place->archive, sizeof place->archive, "%.200s/archive", place->folder);
    (void)snprintf(place->into, sizeof place->into, "%.200s/into", place->folder);
    assert_true(folder_create(place->into, &err));
    *state = place;
    return 0;
}

static inline int place_teardown(void **state)
{
    Place *place = *state;
    Error err = {0};

    assert_true(folder_remove_tree(place->folder, &err));
    free(place);
    return 0;
}

static inline void place_empty(const Place *place)
{
    CLEANUP_TEXT_LIST TextList left = {0};
    Error err = {0};

    assert_true(folder_list(place->into, &left, &err));
    if (left.count == 0)
        return;
    assert_true(folder_remove_tree(place->into, &err));
    assert_true(folder_create(place->into, &err));
}

/* Into the file that is there: quicker, for tests that do it thousands of times. */
static inline void place_archive_bytes(const Place *place, const char *bytes, size_t length)
{
    CLEANUP(file_close) File *file = NULL;
    Error err = {0};

    assert_true(file_open(place->archive, FILE_REPLACE, &file, &err));
    assert_true(file_write(file, bytes, length, &err));
}

static inline void place_archive(const Place *place, const Text *bytes)
{
    Error err = {0};

    assert_false(bytes->failed);
    assert_true(file_write_atomic(place->archive, bytes->bytes, bytes->length, 0600, &err));
}

static inline bool place_unpack(const Place *place, const ArchiveLimits *limits,
                                const Manifest *manifest, Error *err)
{
    ArchiveUnpack request = {
        .path = place->archive, .into = place->into, .limits = limits, .manifest = manifest};
    ArchiveReport report = {0};

    return archive_unpack(&request, &report, err);
}

/* The case's name and both texts go to the test's output if they differ. */
static inline void assert_refused(const char *what, bool done, const Error *err, ErrorCode code,
                                  const char *words)
{
    if (done || err->code != code || !strstr(err->message, words))
        fail_msg("%s: expected %s with \"%s\", got %s: %s", what, error_code_name(code), words,
                 done ? "success" : error_code_name(err->code), err->message);
}

static inline void assert_content(const Place *place, const char *name, const char *content)
{
    char *path = path_join(place->into, name);
    char *found = NULL;
    size_t length = 0;
    Error err = {0};

    assert_true(file_read_all(path, 1 << 20, &found, &length, &err));
    assert_string_equal(found, content);
    free(found);
    free(path);
}

static inline void assert_mode(const Place *place, const char *name, int mode)
{
    char *path = path_join(place->into, name);

    assert_true(file_mode_is(path, mode));
    free(path);
}

#endif
