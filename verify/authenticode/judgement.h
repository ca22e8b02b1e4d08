/* judgement: one signature of a file, from the digest of the image to the publisher.
 *
 * Only for verify/authenticode: OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_JUDGEMENT_H
#define GODEPLOY_VERIFY_AUTHENTICODE_JUDGEMENT_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/pe_image.h"
#include "verify/authenticode/signed_data.h"
#include "verify/authenticode/timestamp.h"
#include "verify/authenticode/trust.h"

/* The steps, in their order; each stands for "got past it". */
typedef enum JudgementStep {
    STEP_NONE,
    STEP_WHOLE, /* image, content, attributes and signature belong together */
    STEP_STRONG,
    STEP_TIMED,
    STEP_TRUSTED,
    STEP_WANTED /* the publisher is one that we asked for */
} JudgementStep;

typedef struct Judgement {
    Finding finding; /* CODE_OK: meets the whole policy */
    JudgementStep step;
    X509 *certificate; /* the signer's; borrowed from the SignedData; NULL: not found */
    Timestamp timestamp;
    TrustAnswer trust; /* chain_length 0: was not asked for */
} Judgement;

/* What it needs of the image, before the image can be asked. */
void judgement_needs(const SignedData *signed_data, PeScanOptions *needs);

/* False if it could not be judged; finding.failed then says why. */
bool judgement_make(const AuthenticodePolicy *policy, const PeImage *image,
                    const SignedData *signed_data, Judgement *out);

#endif
