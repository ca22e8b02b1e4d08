/* See timestamp.h. A timestamp is seen, but none counts yet: a signature is judged as of now. */
#include "verify/authenticode/timestamp.h"

#include "verify/authenticode/digest_algorithm.h"

#include <stdio.h>

bool timestamp_check(const AuthenticodePolicy *policy, const TimestampClaim *claim, Timestamp *out,
                     Error *err)
{
    (void)policy;
    (void)err;
    *out = (Timestamp){.code = "no-timestamp"};
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(claim->signer->unauth_attr); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(claim->signer->unauth_attr, i);
        const ASN1_OBJECT *type = X509_ATTRIBUTE_get0_object(attribute);

        if (!oid_is(type, "1.3.6.1.4.1.311.3.3.1") && !oid_is(type, "1.2.840.113549.1.9.6"))
            continue;
        out->present = true;
        out->code = "timestamp-unsupported";
        (void)snprintf(out->reason, sizeof out->reason, "timestamps are not looked at yet");
    }
    return true;
}
