/* version: names of releases: which are allowed, and which of two is newer.
 *
 * Order: Semantic Versions 2.0, https://semver.org section 11, and as a fall-back any row of dotted
 * numbers ("2024.10.3.1"; missing numbers are 0, leading zeros do not count). A leading "v" is
 * ignored, and so is what follows "+". Anything else ("main-4f2a91c") is allowed as a name, but has
 * no order. */
#ifndef GODEPLOY_VERIFY_VERSION_H
#define GODEPLOY_VERIFY_VERSION_H

#include <stdbool.h>

enum { VERSION_LENGTH_MOST = 100 };

/* NULL if `version` may name a folder on every system, else why not (static, to follow the version
 * in a message: "has a character other than ..."). */
const char *version_problem(const char *version);
bool version_is_valid(const char *version);

typedef enum VersionOrder {
    VERSION_OLDER,
    VERSION_SAME, /* of equal rank: 1.0.0+a and 1.0.0+b too */
    VERSION_NEWER,
    VERSION_UNORDERED, /* at least one of them has no order, and they are not the same text */
} VersionOrder;

/* Where `version` stands as seen from `other`. */
VersionOrder version_compare(const char *version, const char *other);

#endif
