/* verdict: the words of a verdict. See authenticode.h. */
#include "verify/authenticode/authenticode.h"

const char *authenticode_status_name(AuthenticodeStatus status)
{
    switch (status) {
    case AUTHENTICODE_VALID:
        return "valid";
    case AUTHENTICODE_UNSIGNED:
        return "unsigned";
    case AUTHENTICODE_INVALID:
        return "invalid";
    case AUTHENTICODE_NOT_PE:
        return "not-pe";
    }
    return "unknown";
}

const char *time_source_name(TimeSource source)
{
    switch (source) {
    case TIME_NOW:
        return "now";
    case TIME_RFC3161:
        return "rfc3161";
    case TIME_COUNTERSIGNATURE:
        return "countersignature";
    }
    return "unknown";
}
