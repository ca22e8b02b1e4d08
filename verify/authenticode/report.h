/* report: a verdict for scripts, as the journal keeps it and --json prints it. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_REPORT_H
#define GODEPLOY_VERIFY_AUTHENTICODE_REPORT_H

#include "base/json.h"
#include "verify/authenticode/authenticode.h"

/* Adds to `object`: status, code, reason, note, signatures, counted, publisher, signer,
 * digest_name, digest, time, time_source, tsa, valid_until and chain (names, leaf first). What is
 * not known is null. */
void authenticode_report(const AuthenticodeVerdict *verdict, Json *object);

#endif
