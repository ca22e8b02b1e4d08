/* Tests what verify/authenticode/pe_image.c makes of files that end early, late, or never were
 * programs. */
#include "tests/verify/authenticode/pe_scene.h"

#include "verify/authenticode/pe_problem.h"

#include <stdlib.h>

static void every_problem_has_a_code_of_its_own(void **state)
{
    (void)state;
    for (int name = PE_OK; name <= PE_FILE_GREW; name++)
        for (int other = PE_OK; other < name; other++)
            assert_string_not_equal(pe_problem_code((PeProblemName)name),
                                    pe_problem_code((PeProblemName)other));
}

static void a_program_cut_anywhere_is_never_signed(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true, .sections = 2});

    (void)state;
    for (size_t length = 0; length < file.length; length++) {
        /* The bytes are copied, so that a sanitizer sees a look behind their end. */
        uint8_t *bytes = malloc(length > 0 ? length : 1);
        const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = length};
        CLEANUP_PE_IMAGE PeImage image = {0};

        assert_non_null(bytes);
        memcpy(bytes, file.bytes, length);
        image = scan_bytes(&options, bytes, length, WHOLE);
        free(bytes);
        if (image.kind == PE_SIGNED || image.kind == PE_UNSIGNED)
            fail_msg("cut to %zu bytes: %s", length, image.code);
    }
}

static void a_file_that_ends_before_its_size_is_refused(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true});
    const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = file.length};

    (void)state;
    for (size_t length = 2; length < file.length; length++) {
        CLEANUP_PE_IMAGE PeImage image = scan_bytes(&options, file.bytes, length, WHOLE);

        assert_image(&image, PE_REFUSED, "file-cut");
        assert_int_equal(image.digests[2].size, 0);
    }
}

static void a_file_that_goes_on_behind_its_size_is_refused(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true});
    const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = file.length};

    (void)state;
    pe_append(&file, "x", 1);
    for (size_t piece = 1; piece < 3000; piece += 97) {
        CLEANUP_PE_IMAGE PeImage image = scan_bytes(&options, file.bytes, file.length, piece);

        assert_image(&image, PE_REFUSED, "file-grew");
    }
}

static void a_scan_says_when_it_need_not_go_on(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool pointless;
    } starts[] = {
        {"M",            1, false},
        {"#",            1, false}, /* the second byte is waited for */
        {"#!",           2, true },
        {"MZ",           2, false},
        {"\x7f"
         "ELF", 4, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = 1 << 20};
        CLEANUP(pe_scan_free) PeScan *scan = NULL;
        Error err = {0};

        assert_true(pe_scan_new(&options, &scan, &err));
        assert_false(pe_scan_is_pointless(scan));
        assert_true(pe_scan_update(scan, starts[i].bytes, starts[i].length, &err));
        assert_int_equal(pe_scan_is_pointless(scan), starts[i].pointless);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_problem_has_a_code_of_its_own),
        cmocka_unit_test(a_program_cut_anywhere_is_never_signed),
        cmocka_unit_test(a_file_that_ends_before_its_size_is_refused),
        cmocka_unit_test(a_file_that_goes_on_behind_its_size_is_refused),
        cmocka_unit_test(a_scan_says_when_it_need_not_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
