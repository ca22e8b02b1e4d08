/* pe_case: programs that are read well until one thing is spoilt, and the code each is refused
 * with.
 */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PE_CASE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PE_CASE_H

#include "tests/verify/authenticode/pe_scene.h"

#include "verify/authenticode/pe_problem.h"

typedef struct PeCase {
    const char *name;
    PeProblemName expected;
    PePlan plan;
    void (*spoil)(PeFile *file); /* `file` carries a table */
} PeCase;

/* ---- ways to spoil ---- */

static inline void spoil_cut(PeFile *file, size_t length)
{
    file->length = length;
}

static inline void spoil_directory(PeFile *file, uint32_t at, uint32_t size)
{
    pe_put32(file, file->directory_at, at);
    pe_put32(file, file->directory_at + 4, size);
}

static inline uint32_t case_table_size(const PeFile *file)
{
    return (uint32_t)(file->length - file->table_at);
}

/* ---- what comes of it ---- */

#define PE_CASE(spoil, expected, ...)                                                              \
    {                                                                                              \
#spoil, expected, {__VA_ARGS__ }, spoil                                                    \
    }

static inline void assert_case(const PeCase *it, const PeFile *file, size_t piece)
{
    CLEANUP_PE_IMAGE PeImage image = scan_file(file, piece);

    if (strcmp(image.code, pe_problem_code(it->expected)) != 0)
        fail_msg("%s: expected %s, got %s: %s", it->name, pe_problem_code(it->expected), image.code,
                 image.reason);
    assert_int_equal(image.kind, pe_problem_kind(it->expected));
    assert_true(image.reason[0] != '\0');
    assert_null(image.signature);
}

/* Each is signed before it is spoilt, and refused afterwards, in pieces of any size. */
static inline void assert_cases(const PeCase *cases, size_t count)
{
    static const size_t pieces[] = {WHOLE, 1, 61, 512};

    for (size_t i = 0; i < count; i++) {
        CLEANUP_PE_FILE PeFile file = build_signed(&cases[i].plan);
        CLEANUP_PE_IMAGE PeImage sane = scan_file(&file, WHOLE);

        assert_image(&sane, PE_SIGNED, "ok");
        cases[i].spoil(&file);
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++)
            assert_case(&cases[i], &file, pieces[j]);
    }
}

/* No problem between the two, both counted, is without a case. */
static inline void assert_has_cases(const PeCase *cases, size_t count, PeProblemName first,
                                    PeProblemName last)
{
    for (int name = (int)first; name <= (int)last; name++) {
        bool found = false;

        for (size_t i = 0; i < count && !found; i++)
            found = (int)cases[i].expected == name;
        if (!found)
            fail_msg("no case makes %s", pe_problem_code((PeProblemName)name));
    }
}

#endif
