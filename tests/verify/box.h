/* box: a temporary folder for one test, with short ways to put files in and to run openssl there.
 */
#ifndef GODEPLOY_TESTS_VERIFY_BOX_H
#define GODEPLOY_TESTS_VERIFY_BOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/process/process.h"
#include "base/text.h"
#include "tests/support/temporary_folder.h"

enum { BOX_OPENSSL_ARGUMENTS = 24, BOX_OPENSSL_TIMEOUT_MS = 60000 };

typedef struct Box {
    char folder[TEMPORARY_FOLDER_SIZE];
    TextList paths; /* owns what box_path() gave out */
    ProcessResult last;
} Box;

static inline Box box_open(void)
{
    Box box = {0};

    assert_true(temporary_folder_make(box.folder, "verify"));
    return box;
}

static inline void box_close(Box *box)
{
    Error err = {0};

    (void)folder_remove_tree(box->folder, &err);
    text_list_free(&box->paths);
}
#define CLEANUP_BOX __attribute__((cleanup(box_close)))

static inline const char *box_path(Box *box, const char *name)
{
    CLEANUP(free) char *path = path_join(box->folder, name);
    Error err = {0};

    assert_true(path && text_list_add(&box->paths, path, &err));
    return box->paths.items[box->paths.count - 1];
}

static inline const char *box_write(Box *box, const char *name, const void *bytes, size_t length)
{
    const char *path = box_path(box, name);
    CLEANUP(free) char *folder = path_folder(path);
    Error err = {0};

    assert_true(folder_create(folder, &err));
    if (!file_write_atomic(path, bytes, length, 0644, &err))
        fail_msg("%s", err.message);
    return path;
}

static inline const char *box_write_text(Box *box, const char *name, const char *text)
{
    return box_write(box, name, text, strlen(text));
}

/* The content of a file of the box; the caller frees. */
static inline char *box_read(Box *box, const char *name, size_t *length)
{
    char *bytes = NULL;
    Error err = {0};

    if (!file_read_all(box_path(box, name), 1 << 24, &bytes, length, &err))
        fail_msg("%s", err.message);
    return bytes;
}

/* Runs `openssl ARGUMENTS...` inside the box; its exit status. The list ends with NULL. */
static inline int box_openssl(Box *box, ...)
{
    const char *argv[BOX_OPENSSL_ARGUMENTS] = {"openssl"};
    Spawn spawn = {.argv = argv, .folder = box->folder};
    va_list arguments;
    size_t count = 1;
    Error err = {0};

    va_start(arguments, box);
    while (count + 1 < BOX_OPENSSL_ARGUMENTS && (argv[count] = va_arg(arguments, const char *)))
        count++;
    va_end(arguments);
    argv[count] = NULL;
    if (!process_run(&spawn, BOX_OPENSSL_TIMEOUT_MS, &box->last, &err))
        fail_msg("openssl: %s", err.message);
    return box->last.exit_status;
}

/* NAME.key and NAME.pub, made by openssl. `option` such as "rsa_keygen_bits:2048". */
static inline const char *box_openssl_rsa(Box *box, const char *name, const char *option,
                                          const char *other)
{
    CLEANUP(free) char *private_name = text_formatted("%s.key", name);
    CLEANUP(free) char *public_name = text_formatted("%s.pub", name);

    assert_true(private_name && public_name);
    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "RSA", "-out", private_name,
                                 "-pkeyopt", option, "-pkeyopt", other, NULL),
                     0);
    assert_int_equal(
        box_openssl(box, "pkey", "-in", private_name, "-pubout", "-out", public_name, NULL), 0);
    return box_path(box, public_name);
}

static inline void assert_says(const Error *err, ErrorCode code, const char *words)
{
    if (err->code != code || !strstr(err->message, words))
        fail_msg("expected %s with \"%s\", got %s: %s", error_code_name(code), words,
                 error_code_name(err->code), err->message);
}

#endif
