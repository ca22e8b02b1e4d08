/* See release.h. */
#include "deploy/release/release.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/platform.h"
#include "base/text.h"
#include "deploy/archive/pack_tree.h"
#include "deploy/release/incoming.h"
#include "verify/digest.h"
#include "verify/tree.h"
#include "verify/version.h"

#include <stdio.h>
#include <string.h>

char *release_folder(const App *app, const char *version)
{
    return app_path_in(app, SETTINGS_RELEASES, version);
}

char *release_manifest_path(const App *app, const char *version)
{
    return text_formatted("%s/manifests/%s.json", app->folder, version);
}

bool release_version_is_possible(const char *version, Error *err)
{
    const char *problem = version_problem(version);

    if (!problem)
        return true;
    (void)error_set(err, ERR_USAGE, "version \"%.100s\" %s", version, problem);
    return error_hint(err, "A version is a name such as 2.4.0 or 2.4.0-rc.1.");
}

bool release_find(const App *app, const char *version, ReleaseRecord *out, bool *found, Error *err)
{
    CLEANUP(free) char *folder = release_folder(app, version);

    if (!folder)
        return error_memory(err);
    if (!journal_find_release(app->journal, version, out, found, err))
        return false;
    *found = *found && out->state != RELEASE_REMOVED && file_kind(folder) == FILE_FOLDER;
    return true;
}

/* ---- the way back ---- */

static void list_versions(const ReleaseRecord *releases, size_t count, const char *serving,
                          Text *out)
{
    for (size_t i = 0; i < count; i++)
        if (releases[i].state != RELEASE_REMOVED && !text_equal(releases[i].version, serving))
            text_appendf(out, "%s%s (%s)", out->length ? ", " : "", releases[i].version,
                         release_state_name(releases[i].state));
}

static bool no_way_back(const ReleaseRecord *releases, size_t count, const char *wanted,
                        const char *serving, Error *err)
{
    CLEANUP_TEXT Text here = {0};
    const bool serves = wanted && text_equal(wanted, serving);

    list_versions(releases, count, serving, &here);
    if (serves)
        (void)error_set(err, ERR_NO_RELEASE, "release %s serves already", wanted);
    else if (wanted)
        (void)error_set(err, ERR_NO_RELEASE, "release %s is not on this host", wanted);
    else
        (void)error_set(err, ERR_NO_RELEASE, "there is no good release to go back to");
    if (here.length > 0)
        return error_hint(err, "On this host: %s. `godeploy rollback VERSION` takes one of them.",
                          text_chars(&here));
    if (serves)
        return error_hint(err, "There is nothing to do; `godeploy status` shows what serves.");
    return error_hint(err,
                      "Deploy it: `godeploy deploy --version %s`, with --allow-downgrade where it "
                      "is an older one.",
                      wanted ? wanted : "VERSION");
}

bool release_pick_rollback(const App *app, const char *version, ReleaseRecord *out, Error *err)
{
    CLEANUP(free) ReleaseRecord *releases = NULL;
    ServingRecord serving = {0};
    size_t count = 0;

    if (!journal_serving(app->journal, &serving, err) ||
        !journal_list_releases(app->journal, &releases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool wanted =
            version ? text_equal(releases[i].version, version) : releases[i].state == RELEASE_GOOD;
        bool here = false;

        if (!wanted || text_equal(releases[i].version, serving.version))
            continue;
        if (!release_find(app, releases[i].version, out, &here, err))
            return false;
        if (here)
            return true;
    }
    return no_way_back(releases, count, version, serving.version, err);
}

/* ---- the tree ---- */

bool release_check_tree(const App *app, const ReleaseRecord *release, Error *err)
{
    CLEANUP(free) char *folder = release_folder(app, release->version);
    CLEANUP(free) char *path = release_manifest_path(app, release->version);
    CLEANUP(free) char *bytes = NULL;
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    size_t length = 0;
    Digest digest = {0};
    char hex[DIGEST_HEX_SIZE];

    if (!folder || !path)
        return error_memory(err);
    if (!file_read_all(path, MANIFEST_LIMIT, &bytes, &length, err) ||
        !digest_bytes(bytes, length, &digest, err))
        return false;
    if (!text_equal(digest_to_hex(&digest, hex), release->manifest)) {
        (void)error_set(err, ERR_REFUSED, "%s is not what was verified: SHA-256 is %s, expected %s",
                        path, hex, release->manifest);
        return error_hint(err,
                          "Somebody changed it. Fetch the release again with `godeploy deploy "
                          "--version %s --allow-downgrade`.",
                          release->version);
    }
    if (!manifest_parse(bytes, length, &manifest, err) || !tree_check(folder, manifest, err)) {
        (void)error_hint(err,
                         "A release is immutable: let the service write elsewhere, and remove what "
                         "it wrote; or deploy the version again.");
        return error_while(err, "release %s has changed on disk since it was verified",
                           release->version);
    }
    return true;
}

bool release_describe(const App *app, const char *version, const char *folder, char **json,
                      Error *err)
{
    Platform here = platform_here();
    PackTree tree = {0};
    Manifest manifest = {.name = app->settings->app,
                         .version = version,
                         .os = here.os,
                         .arch = here.arch,
                         .created_ms = clock_wall_ms()};
    bool described = pack_tree_read(folder, &tree, err);

    manifest.files = tree.files;
    manifest.file_count = tree.count;
    described = described && manifest_format(&manifest, json, err);
    pack_tree_free(&tree);
    return described;
}

/* ---- pruning ---- */

typedef struct PruneView {
    ReleaseRecord *releases; /* newest served first */
    size_t count;
    ServingRecord serving;
    SlotRecord slots[SLOT_COUNT];
    DeploymentRecord open;
    bool has_open;
} PruneView;

static bool read_view(const App *app, PruneView *view, Error *err)
{
    memset(view, 0, sizeof *view);
    return journal_serving(app->journal, &view->serving, err) &&
           journal_instance(app->journal, SLOT_BLUE, &view->slots[SLOT_BLUE], err) &&
           journal_instance(app->journal, SLOT_GREEN, &view->slots[SLOT_GREEN], err) &&
           journal_find_open(app->journal, &view->open, &view->has_open, err) &&
           journal_list_releases(app->journal, &view->releases, &view->count, err);
}

static bool is_in_use(const PruneView *view, const char *version)
{
    return text_equal(version, view->serving.version) ||
           text_equal(version, view->slots[SLOT_BLUE].version) ||
           text_equal(version, view->slots[SLOT_GREEN].version) ||
           (view->has_open && (text_equal(version, view->open.version) ||
                               text_equal(version, view->open.from_version)));
}

/* The way back must never be pruned: the good release that served last before this one. */
static const ReleaseRecord *way_back(const PruneView *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->releases[i].state == RELEASE_GOOD &&
            !text_equal(view->releases[i].version, view->serving.version))
            return &view->releases[i];
    return NULL;
}

static bool remove_release(const App *app, ReleaseRecord *release, Error *err)
{
    CLEANUP(free) char *folder = release_folder(app, release->version);
    CLEANUP(free) char *manifest = release_manifest_path(app, release->version);

    if (!folder || !manifest)
        return error_memory(err);
    /* Recorded first: a release that is half removed must never be picked again. */
    release->state = RELEASE_REMOVED;
    return journal_save_release(app->journal, release, err) && folder_remove_tree(folder, err) &&
           file_remove(manifest, err);
}

typedef struct Budget {
    int64_t releases;
    uint64_t bytes; /* UINT64_MAX: no limit */
} Budget;

/* Spends the budget on a release; false if it does not fit. */
static bool afford(Budget *budget, const ReleaseRecord *release)
{
    if (budget->releases <= 0 || release->size_bytes > budget->bytes)
        return false;
    budget->releases--;
    budget->bytes -= budget->bytes == UINT64_MAX ? 0 : release->size_bytes;
    return true;
}

/* Kept whatever the budget says; they use it up first. */
static bool is_needed(const PruneView *view, const ReleaseRecord *release)
{
    return release == way_back(view) || is_in_use(view, release->version);
}

static void charge(Budget *budget, const ReleaseRecord *release)
{
    budget->releases--;
    if (budget->bytes != UINT64_MAX)
        budget->bytes -= release->size_bytes < budget->bytes ? release->size_bytes : budget->bytes;
}

static Budget budget_of(const App *app, const PruneView *view)
{
    uint64_t limit = app->settings->release.keep_bytes;
    Budget budget = {.releases = app->settings->release.keep,
                     .bytes = limit > 0 ? limit : UINT64_MAX};

    for (size_t i = 0; i < view->count; i++)
        if (view->releases[i].state != RELEASE_REMOVED && is_needed(view, &view->releases[i]))
            charge(&budget, &view->releases[i]);
    return budget;
}

static bool prune_one(const App *app, ReleaseRecord *release, PruneReport *out, Error *err)
{
    out->removed++;
    out->bytes += release->size_bytes;
    (void)snprintf(out->last, sizeof out->last, "%s", release->version);
    return remove_release(app, release, err);
}

/* Good releases have the first claim on the budget; one that a rollback left may stay to be looked
 * at where there is room; one that never proved itself has no claim. */
static bool prune_releases(const App *app, PruneView *view, PruneReport *out, Error *err)
{
    static const ReleaseState order[] = {RELEASE_GOOD, RELEASE_BAD, RELEASE_UNPACKED};
    Budget budget = budget_of(app, view);

    for (size_t pass = 0; pass < sizeof order / sizeof order[0]; pass++)
        for (size_t i = 0; i < view->count; i++) {
            ReleaseRecord *release = &view->releases[i];

            if (release->state != order[pass])
                continue;
            if (is_needed(view, release) ||
                (release->state != RELEASE_UNPACKED && afford(&budget, release)))
                out->kept++;
            else if (!prune_one(app, release, out, err))
                return false;
        }
    return true;
}

static bool is_recorded(const PruneView *view, const char *version)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->releases[i].state != RELEASE_REMOVED &&
            text_equal(view->releases[i].version, version))
            return true;
    return false;
}

/* Folders that no record stands for: half unpacked, half removed. */
static bool prune_strays(const App *app, const PruneView *view, Error *err)
{
    CLEANUP(free) char *releases = app_path(app, SETTINGS_RELEASES);
    CLEANUP_TEXT_LIST TextList names = {0};

    if (view->has_open) /* one of them may be its own */
        return true;
    if (!releases)
        return error_memory(err);
    if (!folder_list(releases, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        CLEANUP(free) char *path = release_folder(app, names.items[i]);

        if (!path)
            return error_memory(err);
        if (!is_recorded(view, names.items[i]) && !folder_remove_tree(path, err))
            return false;
    }
    return true;
}

bool release_prune(const App *app, PruneReport *out, Error *err)
{
    PruneView view;
    bool done = false;

    memset(out, 0, sizeof *out);
    if (!read_view(app, &view, err))
        return false;
    done = prune_releases(app, &view, out, err) && prune_strays(app, &view, err) &&
           (view.has_open || incoming_clear(app, err));
    free(view.releases);
    return done;
}
