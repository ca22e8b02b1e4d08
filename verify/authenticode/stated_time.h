/* stated_time: the time that a TSA states, as UTCTime or GeneralizedTime. Only
 * for verify/authenticode. Source: RFC 5652, 11.3; RFC 3161, 2.4.2 (genTime). */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_STATED_TIME_H
#define GODEPLOY_VERIFY_AUTHENTICODE_STATED_TIME_H

#include "verify/authenticode/finding.h"
#include "verify/openssl.h"

#include <stdint.h>

/* ms since 1970. Seconds have to be there, and the zone has to be "Z": a local time is read in one
 * way by one tool and in another by the next. */
bool stated_time_ms(const ASN1_TIME *time, int64_t *out, Finding *finding);

#endif
