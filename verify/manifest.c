/* See manifest.h. */
#include "verify/manifest.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static int compare_with_file(const void *path, const void *file)
{
    return strcmp(path, ((const ManifestFile *)file)->path);
}

const ManifestFile *manifest_find(const Manifest *manifest, const char *path)
{
    return bsearch(path, manifest->files, manifest->file_count, sizeof *manifest->files,
                   compare_with_file);
}

int64_t manifest_earliest_clock_ms(void)
{
    return GODEPLOY_BUILD_DAY_MS; /* verify/CMakeLists.txt */
}

static bool is_expected(const char *what, const char *found, const char *expected, Error *err)
{
    if (!expected || strcmp(found, expected) == 0)
        return true;
    return error_set(err, ERR_MANIFEST, "the %s of the release is %s, expected %s", what, found,
                     expected);
}

static bool refuse_to_judge(const Manifest *manifest, int64_t now_ms, Error *err)
{
    char expires[CLOCK_ISO_SIZE];
    char now[CLOCK_ISO_SIZE];
    char built[CLOCK_ISO_SIZE];

    error_set(err, ERR_EXPIRED,
              "whether the release (expires %s) has expired cannot be judged: the clock says %s, "
              "but this godeploy was built on %s",
              clock_format_iso(manifest->expires_ms, expires), clock_format_iso(now_ms, now),
              clock_format_iso(manifest_earliest_clock_ms(), built));
    return error_hint(err, "Set the clock of this host.");
}

static bool check_expiry(const Manifest *manifest, int64_t now_ms, Error *err)
{
    char expires[CLOCK_ISO_SIZE];
    char now[CLOCK_ISO_SIZE];

    if (manifest->expires_ms == 0)
        return true;
    if (now_ms < manifest_earliest_clock_ms())
        return refuse_to_judge(manifest, now_ms, err);
    if (now_ms < manifest->expires_ms)
        return true;
    error_set(err, ERR_EXPIRED, "the release expired at %s, and it is %s",
              clock_format_iso(manifest->expires_ms, expires), clock_format_iso(now_ms, now));
    return error_hint(err, "Deploy a newer release, or have this one packed and signed again.");
}

bool manifest_check(const Manifest *manifest, const ManifestExpectation *expected, Error *err)
{
    return is_expected("name", manifest->name, expected->name, err) &&
           is_expected("version", manifest->version, expected->version, err) &&
           is_expected("os", manifest->os, expected->os, err) &&
           is_expected("arch", manifest->arch, expected->arch, err) &&
           check_expiry(manifest, expected->now_ms, err);
}
