/* Tests verify/authenticode/second_judge_windows.c beside programs that an authority of this test
 * signed, whose root is in the store of this host while the tests run.
 *
 * WinVerifyTrust alone would not do: that of Wine 8 finds an unknown root, a certificate that has
 * ended and one that is not meant for code good. */
#include "verify/authenticode/second_judge.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/random.h"
#include "tests/support/pe_signer.h"
#include "tests/support/root_store_windows.h"
#include "tests/support/temporary_folder.h"
#include "verify/openssl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scene {
    char folder[TEMPORARY_FOLDER_SIZE];
    int64_t now_ms;
    Identity root;    /* in the store of the host */
    Identity unknown; /* another one, which is not */
} Scene;

/* The only one of its name, should a test that was killed have left another in the store. */
static Identity make_root(const char *name, int64_t now_ms, bool key_again)
{
    CLEANUP(free) char *own = text_formatted("%s %08x", name, (unsigned)random_below(UINT32_MAX));

    return identity_make(&(CertificatePlan){.role = ROLE_ROOT,
                                            .name = own,
                                            .key = TEST_KEY_RSA_2048,
                                            .key_again = key_again,
                                            /* Wine 8 finds no issuer by its key identifier */
                                            .version_1 = true,
                                            .not_before_ms = now_ms - TEST_YEAR_MS,
                                            .not_after_ms = now_ms + TEST_YEAR_MS},
                         NULL);
}

static int open_scene(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    scene->now_ms = clock_wall_ms();
    assert_true(temporary_folder_make(scene->folder, "judge"));
    scene->root = make_root("godeploy test of the second judge", scene->now_ms, false);
    scene->unknown = make_root("godeploy test, unknown", scene->now_ms, true);
    root_store_trust(&scene->root, scene->folder);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    root_store_forget(&scene->root, scene->folder);
    identity_free(&scene->root);
    identity_free(&scene->unknown);
    assert_true(folder_remove_tree(scene->folder, &err));
    free(scene);
    return 0;
}

typedef struct Program {
    bool unsigned_, tampered, unknown;
    int64_t ends_ms; /* of the signer's certificate; 0: in a year */
    const char *eku; /* NULL: codeSigning */
} Program;

static void sign(const Scene *scene, const Program *program, PeFile *file)
{
    const Identity *issuer = program->unknown ? &scene->unknown : &scene->root;
    const X509 *const issuers[] = {issuer->certificate, NULL};
    const CertificatePlan plan = {
        .role = ROLE_SIGNER,
        .key = TEST_KEY_RSA_2048,
        .key_again = true,
        .not_before_ms = scene->now_ms - TEST_YEAR_MS / 2,
        .not_after_ms = program->ends_ms > 0 ? program->ends_ms : scene->now_ms + TEST_YEAR_MS / 2,
        .eku = program->eku};
    Identity signer = identity_make(&plan, issuer);

    pe_sign(file, &(SignaturePlan){.signer = &signer, .extra = issuers});
    identity_free(&signer);
}

static SecondVerdict ask_about(const Scene *scene, const Program *program)
{
    const PePlan plan = {.plus = true, .sections = 1};
    CLEANUP_PE_FILE PeFile file = pe_build(&plan);
    CLEANUP(free) char *path = text_formatted("%s/shop.exe", scene->folder);
    SecondVerdict verdict = {0};
    Error err = {0};

    if (!program->unsigned_)
        sign(scene, program, &file);
    if (program->tampered)
        file.bytes[file.sections_at + 40 * file.sections + 100] ^= 1;
    assert_true(file_write_atomic(path, file.bytes, file.length, 0600, &err));
    if (!second_judge_ask(path, false, &verdict, &err))
        fail_msg("%s", err.message);
    return verdict;
}

static void assert_said(const SecondVerdict *verdict, bool trusted, const char *words)
{
    if (verdict->trusted != trusted || !strstr(verdict->reason, words))
        fail_msg("expected \"%s\", got \"%s\"", words, verdict->reason);
}

static void what_the_store_vouches_for_is_trusted(void **state)
{
    SecondVerdict verdict = ask_about(*state, &(Program){0});

    assert_said(&verdict, true, "Windows trusts it");
}

/* TRUST_E_NOSIGNATURE, TRUST_E_BAD_DIGEST, and three for which WinVerifyTrust's answer is not
 * enough. */
static void each_flaw_is_refused(void **state)
{
    const Scene *scene = *state;
    const struct {
        Program program;
        const char *words;
    } cases[] = {
        {{.unsigned_ = true},                      "0x800b0100"        },
        {{.tampered = true},                       "0x80096010"        },
        {{.unknown = true},                        "not trust"         },
        {{.ends_ms = scene->now_ms - TEST_DAY_MS}, "not trust"         },
        {{.eku = "serverAuth"},                    "not"               },
        {{.eku = ""},                              "not meant for code"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SecondVerdict verdict = ask_about(scene, &cases[i].program);

        assert_said(&verdict, false, cases[i].words);
    }
}

static void a_file_that_is_not_there_is_not_trusted(void **state)
{
    SecondVerdict verdict = {.trusted = true};
    Error err = {0};

    (void)state;
    assert_true(second_judge_ask("C:/nowhere/shop.exe", false, &verdict, &err));
    assert_false(verdict.trusted);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_store_vouches_for_is_trusted),
        cmocka_unit_test(each_flaw_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_not_trusted),
    };

    if (count == 3)
        return root_store_change(words[1], words[2]);
    return cmocka_run_group_tests(tests, open_scene, close_scene);
}
