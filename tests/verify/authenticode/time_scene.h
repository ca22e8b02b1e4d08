/* time_scene: a signed program whose verdict depends on when it was signed, for both kinds of
 * timestamp. */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_TIME_SCENE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_TIME_SCENE_H

#include "tests/verify/authenticode/verdict_scene.h"

static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
enum { KINDS = 2 };

/* A signer whose certificate ended a week ago; TEST_SIGNED_MS was within its life. */
#define ENDED_MS (TEST_NOW_MS - 7 * TEST_DAY_MS)

static inline void sign_by(VerdictScene *scene, const Identity *signer, const TimestampPlan *stamp)
{
    const TimestampPlan *const stamps[] = {stamp, NULL};

    scene_sign(scene, &(SignaturePlan){.signer = signer, .timestamps = stamps});
}

static inline Identity make_signer(const VerdictScene *scene, const CertificatePlan *plan)
{
    return identity_make(plan, &scene->authority.intermediate);
}

#endif
