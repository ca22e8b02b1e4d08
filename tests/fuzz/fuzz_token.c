/* An RFC 3161 token of any bytes. Target: verify/authenticode/token.h, tsa.h. */
#include "tests/fuzz/timestamp_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    return timestamp_target("1.3.6.1.4.1.311.3.3.1", TIME_RFC3161, bytes, length);
}
