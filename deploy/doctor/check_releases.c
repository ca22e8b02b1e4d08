/* check_releases: is each release of the journal on disk, and nothing else; and may the one that
 * serves still be believed?
 *
 * What lies about while a deployment is open, or somebody works, is theirs. */
#include "base/clock.h"
#include "base/file/file.h"
#include "deploy/doctor/checks.h"

#include "deploy/doctor/soon.h"
#include "deploy/release/release.h"
#include "deploy/release/release_keys.h"
#include <stdio.h>

static const char clear_up[] = "`godeploy prune` removes it, and so does the next deployment.";
/* base/file/file.c writes aside under such names before it renames. */
static const char aside_prefix[] = ".godeploy-";

/* What a folder holds beyond what belongs there: how many, and the first of them. */
typedef struct Strays {
    size_t count;
    char first[256];
} Strays;

typedef bool (*BelongsThere)(const App *app, const char *name);

static bool is_a_release(const App *app, const char *name)
{
    ReleaseRecord record;
    bool found = false;
    Error unseen = {0};

    return !journal_find_release(app->journal, name, &record, &found, &unseen) ||
           (found && record.state != RELEASE_REMOVED);
}

static bool is_no_download(const App *app, const char *name)
{
    (void)app;
    (void)name;
    return false;
}

static bool is_whole(const App *app, const char *name)
{
    (void)app;
    return !text_starts_with(name, aside_prefix);
}

static void count_strays(const App *app, const char *folder, BelongsThere belongs, Strays *strays)
{
    CLEANUP(free) char *path = folder[0] != '\0' ? app_path(app, folder) : text_copy(app->folder);
    CLEANUP_TEXT_LIST TextList names = {0};
    Error none = {0}; /* nothing there, or the same trouble as everywhere */

    if (!path || !folder_list(path, &names, &none))
        return;
    for (size_t i = 0; i < names.count; i++)
        if (!belongs(app, names.items[i]) && strays->count++ == 0)
            (void)snprintf(strays->first, sizeof strays->first, "%s/%s", path, names.items[i]);
}

static void tell_strays(Examination *examination, DoctorCode code, const Strays *strays,
                        const char *what)
{
    if (strays->count == 0)
        return;
    if (strays->count == 1)
        say(examination, code, clear_up, "%s %s", strays->first, what);
    else
        say(examination, code, clear_up, "%s, and %zu more, %s", strays->first, strays->count - 1,
            what);
}

static void look_for_strays(Examination *examination)
{
    static const char *const written[] = {"", "run", "manifests"};
    const App *app = examination->app;
    Strays releases = {0}, downloads = {0}, files = {0};

    count_strays(app, SETTINGS_RELEASES, is_a_release, &releases);
    count_strays(app, "incoming", is_no_download, &downloads);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
        count_strays(app, written[i], is_whole, &files);
    tell_strays(examination, DOCTOR_RELEASE_STRAY, &releases, "is no release of the journal");
    tell_strays(examination, DOCTOR_DOWNLOAD_STRAY, &downloads,
                "is a download that no deployment waits for");
    tell_strays(examination, DOCTOR_FILE_STRAY, &files, "was never finished being written");
}

static void look_at_quarantine(Examination *examination)
{
    CLEANUP(free) char *path = app_path(examination->app, "quarantine");

    if (path && file_exists(path))
        say(examination, DOCTOR_QUARANTINED, "Look at it, find out who made it, and remove it.",
            "%s holds the last archive that verification refused", path);
}

static void look_at_expiry(Examination *examination, const ReleaseRecord *release)
{
    CLEANUP(free) char *path = release_manifest_path(examination->app, release->version);
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    char when[CLOCK_ISO_SIZE];
    Error none = {0}; /* a release need not have one */

    if (path && manifest_read_file(path, &manifest, &none) && manifest->expires_ms != 0 &&
        manifest->expires_ms < clock_wall_ms() + SOON_MS)
        say(examination, DOCTOR_RELEASE_EXPIRES, "Deploy a newer release.",
            "release %s, which serves, %s on %s", release->version,
            manifest->expires_ms <= clock_wall_ms() ? "expired" : "expires",
            clock_format_local(manifest->expires_ms, when));
}

/* Where the keys cannot be read, check_keys has said so. */
static void look_at_key(Examination *examination, const ReleaseRecord *release)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error why = {0};

    if (!release_keys_load(examination->settings, &keyring, &scheme, &why) ||
        release_key_counts_among(examination->settings, keyring, release->key_id, &why))
        return;
    (void)error_while(&why, "release %s, which serves", release->version);
    say_error(examination, DOCTOR_RELEASE_KEY_DENIED, "", &why);
}

static void look_at_serving(Examination *examination)
{
    const char *version = examination->situation->serving.version;
    ReleaseRecord release;
    bool found = false;
    Error why = {0};

    if (version[0] == '\0')
        return;
    if (!journal_find_release(examination->app->journal, version, &release, &found, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (!found)
        return;
    look_at_expiry(examination, &release);
    look_at_key(examination, &release);
}

void check_releases(Examination *examination)
{
    const Situation *situation = examination->situation;

    say_findings(examination);
    if (!examination->app->journal) {
        say_well(examination, "none yet");
        return;
    }
    look_at_serving(examination);
    if (!situation->has_open && !situation->lock.held)
        look_for_strays(examination);
    look_at_quarantine(examination);
    say_well(examination, "all are on disk, and nothing else");
}
