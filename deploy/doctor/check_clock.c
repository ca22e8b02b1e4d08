/* check_clock: does the clock agree with what is known to lie in the past?
 *
 * Signatures, expiries and retries are judged by it. Ahead of the truth it cannot be caught here.
 */
#include "base/clock.h"
#include "base/text.h"
#include "deploy/doctor/checks.h"
#include "deploy/release/release.h"

enum { TOLERANCE_MS = 5 * 60 * 1000 };

static const char set_clock[] =
    "Set the clock, and let the host follow a time server (chrony, systemd-timesyncd, w32time).";

static void against_build(Examination *examination, int64_t now_ms)
{
    char built[CLOCK_ISO_SIZE], now[CLOCK_ISO_SIZE];

    if (now_ms < manifest_earliest_clock_ms())
        say(examination, DOCTOR_CLOCK_BEFORE_BUILD, set_clock,
            "it says %s, and this godeploy was built on %.10s", clock_format_iso(now_ms, now),
            clock_format_iso(manifest_earliest_clock_ms(), built));
}

static void against_journal(Examination *examination, int64_t now_ms)
{
    CLEANUP(free) DeploymentRecord *last = NULL;
    char then[CLOCK_ISO_SIZE], now[CLOCK_ISO_SIZE];
    size_t count = 0;
    Error why = {0};

    if (!journal_list_deployments(examination->app->journal, 1, &last, &count, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else if (count > 0 && last[0].started_ms > now_ms + TOLERANCE_MS)
        say(examination, DOCTOR_CLOCK_BEFORE_JOURNAL, set_clock,
            "it says %s, and deployment %lld began on %s", clock_format_iso(now_ms, now),
            (long long)last[0].id, clock_format_iso(last[0].started_ms, then));
}

static void against_release(Examination *examination, const char *version, int64_t now_ms)
{
    CLEANUP(free) char *path = release_manifest_path(examination->app, version);
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    char then[CLOCK_ISO_SIZE], now[CLOCK_ISO_SIZE];
    Error missing = {0}; /* `releases` tells of it */

    if (path && manifest_read_file(path, &manifest, &missing) &&
        manifest->created_ms > now_ms + TOLERANCE_MS)
        say(examination, DOCTOR_CLOCK_BEFORE_RELEASE, set_clock,
            "it says %s, and release %s was made on %s", clock_format_iso(now_ms, now), version,
            clock_format_iso(manifest->created_ms, then));
}

void check_clock(Examination *examination)
{
    int64_t now_ms = clock_wall_ms();
    char now[CLOCK_ISO_SIZE];

    against_build(examination, now_ms);
    if (examination->app->journal)
        against_journal(examination, now_ms);
    if (examination->situation && examination->situation->serving.version[0] != '\0')
        against_release(examination, examination->situation->serving.version, now_ms);
    say_well(examination, "%s, after everything that is known to be past",
             clock_format_iso(now_ms, now));
}
