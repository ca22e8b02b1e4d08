/* seed_signatures: seeds that somebody signed: signatures, tokens, countersignatures. */
#ifndef GODEPLOY_TESTS_FUZZ_SEED_SIGNATURES_H
#define GODEPLOY_TESTS_FUZZ_SEED_SIGNATURES_H

/* Below `corpus`: signed_data, token, countersignature. In `fixture`: what authenticode_fixture.h
 * reads. Both anew each time, for the keys are made, used and forgotten here; the seeds of another
 * time stamp a signature that the fixture no longer has. Aborts if it cannot. */
void seed_signatures(const char *corpus, const char *fixture);

#endif
