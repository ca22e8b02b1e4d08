/* mutant: a signed program, and what is said of it with one byte changed. */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_MUTANT_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_MUTANT_H

#include "tests/verify/authenticode/verdict_scene.h"

/* The program is scene->file, the anchors those of the scene; the policy is read once. */
typedef struct Mutant {
    VerdictScene scene;
    AuthenticodePolicy *policy;
    AuthenticodeVerdict whole; /* of the program as it was signed */
} Mutant;

static inline AuthenticodeVerdict mutant_verdict(const Mutant *mutant)
{
    MemorySource memory = {mutant->scene.file.bytes, mutant->scene.file.length, 0, 0};
    const AuthenticodeSource source = {.read = memory_read,
                                       .rewind = memory_rewind,
                                       .context = &memory,
                                       .size_bytes = memory.length};
    AuthenticodeVerdict verdict;
    Error err = {0};

    if (!authenticode_check(mutant->policy, &source, &verdict, &err))
        fail_msg("not judged: %s", err.message);
    return verdict;
}

/* Signed as `plan` says, and valid as it is; with a timestamp that is then demanded. */
static inline Mutant mutant_open(const SignaturePlan *plan, bool stamped)
{
    Mutant mutant = {.scene = scene_open()};
    const TimestampPlan stamp = {.kind = STAMP_RFC3161, .tsa = &mutant.scene.authority.tsa};
    const TimestampPlan *const stamps[] = {&stamp, NULL};
    SignaturePlan whole = *plan;

    whole.timestamps = stamped ? stamps : NULL;
    mutant.scene.options.require_timestamp = stamped;
    scene_sign(&mutant.scene, &whole);
    mutant.policy = scene_policy(&mutant.scene);
    mutant.whole = mutant_verdict(&mutant);
    if (mutant.whole.status != AUTHENTICODE_VALID)
        fail_msg("%s: %s", mutant.whole.code, mutant.whole.reason);
    return mutant;
}

static inline void mutant_close(Mutant *mutant)
{
    authenticode_policy_free(mutant->policy);
    scene_close(&mutant->scene);
}
#define CLEANUP_MUTANT __attribute__((cleanup(mutant_close)))

/* What is said with these bits of one byte turned; the program is as before afterwards. */
static inline AuthenticodeVerdict mutant_turn(Mutant *mutant, size_t at, uint8_t mask)
{
    AuthenticodeVerdict verdict;

    mutant->scene.file.bytes[at] ^= mask;
    verdict = mutant_verdict(mutant);
    mutant->scene.file.bytes[at] ^= mask;
    return verdict;
}

/* Whatever was changed: who signed what, and when, is what it was. */
static inline void mutant_expect_same(const Mutant *mutant, const AuthenticodeVerdict *verdict)
{
    assert_string_equal(verdict->signer, mutant->whole.signer);
    assert_string_equal(verdict->digest, mutant->whole.digest);
    assert_int_equal(verdict->time_source, mutant->whole.time_source);
    assert_true(verdict->time_ms == mutant->whole.time_ms);
}

#endif
