/* checksums: a checksums.txt as GoReleaser and sha256sum write it, read strictly.
 *
 *     <64 lower-case hex>  name\n          (or " *name" for sha256sum -b)
 *
 * Every line must be of that form, also those that are not asked for: a file that is half
 * understood proves nothing. Names are compared byte by byte. */
#ifndef GODEPLOY_VERIFY_CHECKSUMS_H
#define GODEPLOY_VERIFY_CHECKSUMS_H

#include "base/error.h"
#include "verify/digest.h"

#include <stddef.h>

enum { CHECKSUMS_LIMIT = 1024 * 1024 };

/* ERR_REFUSED if a line is wrong, or `name` is missing or listed twice. */
bool checksums_find(const char *text, size_t length, const char *name, Digest *out, Error *err);

#endif
