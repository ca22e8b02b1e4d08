/* A PKCS #9 countersignature of any bytes. Target: verify/authenticode/countersignature.h, tsa.h.
 */
#include "tests/fuzz/timestamp_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    return timestamp_target("1.2.840.113549.1.9.6", TIME_COUNTERSIGNATURE, bytes, length);
}
