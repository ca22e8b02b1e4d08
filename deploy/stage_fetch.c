/* stage_fetch: the archive and its signature onto this host, hashed while they stream.
 *
 * Main path: the first stage. Proof: the bytes are on disk, fsynced, and their digest is recorded.
 * On failure nothing has changed, but what was received stays for the next try to continue. A
 * release that is on this host already needs no network. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "base/text.h"
#include "deploy/release/incoming.h"
#include "deploy/release/release.h"
#include "deploy/release/source.h"
#include "deploy/settings/placeholder.h"
#include "deploy/settings/settings_room.h"
#include "deploy/stage.h"
#include "verify/checksums.h"
#include "verify/digest.h"
#include "verify/signature.h"

#include <stdio.h>

/* A deployment of a version that was verified here before, from the same place. */
static bool is_here(Deployment *deployment, ReleaseRecord *release, bool *here, Error *err)
{
    const DeploymentRecord *record = &deployment->record;

    *here = false;
    if (record->version[0] == '\0' ||
        (record->kind == KIND_DEPLOY && record->origin != SOURCE_OF_SETTINGS))
        return true;
    return release_find(deployment->app, record->version, release, here, err);
}

static bool take_from_disk(Deployment *deployment, const ReleaseRecord *release)
{
    DeploymentRecord *record = &deployment->record;
    char when[CLOCK_ISO_SIZE];

    (void)snprintf(record->digest, sizeof record->digest, "%s", release->digest);
    (void)snprintf(record->key_id, sizeof record->key_id, "%s", release->key_id);
    record->attested = release->attested;
    if (release->state == RELEASE_BAD)
        deployment_warn(deployment, "release %s is marked bad: a rollback left it",
                        release->version);
    deployment_already(deployment, "release %s is on this host since %s", release->version,
                       clock_format_iso(release->unpacked_ms, when));
    return true;
}

/* ---- the download ---- */

/* Everything that one run of the stage needs; fetch_end() frees it. */
typedef struct Fetch {
    Deployment *deployment;
    Source source;
    Incoming incoming;
    TextList headers;
    Hasher *hasher;     /* over the archive */
    HttpDownloaded got; /* the archive */
} Fetch;

static void fetch_end(Fetch *fetch)
{
    source_free(&fetch->source);
    incoming_free(&fetch->incoming);
    text_list_free(&fetch->headers);
    hasher_free(fetch->hasher);
}

static bool show_progress(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    const Fetch *fetch = context;

    deployment_progress(fetch->deployment, done_bytes, total_bytes, UNIT_BYTES);
    return !interrupt_requested();
}

static void note_retry(void *context, int next_try, int64_t wait_ms, const char *why)
{
    const Fetch *fetch = context;
    char wait[TEXT_QUANTITY_SIZE];

    deployment_note(fetch->deployment, "%s; try %d in %s", why, next_try,
                    text_duration(wait_ms, wait));
}

static bool hash_content(void *context, const void *bytes, size_t length, bool reset, Error *err)
{
    const Fetch *fetch = context;

    return (!reset || hasher_reset(fetch->hasher, err)) &&
           hasher_update(fetch->hasher, bytes, length, err);
}

static bool expand_headers(const Settings *settings, TextList *out, Error *err)
{
    for (size_t i = 0; i < settings->release.headers.count; i++) {
        CLEANUP(free) char *header = NULL;

        if (!placeholder_expand(settings->release.headers.items[i], NULL, 0, &header, err) ||
            !text_list_add(out, header, err))
            return error_while(err, "release.headers");
    }
    return true;
}

/* What all downloads have in common. */
static HttpDownload download_of(Fetch *fetch, const char *url, const char *path,
                                uint64_t most_bytes)
{
    const Settings *settings = fetch->deployment->app->settings;
    HttpDownload download = {
        .url = url,
        .headers = &fetch->headers,
        .ca_file = settings->release.ca,
        .path = path,
        .most_bytes = most_bytes,
        .connect_timeout_ms = settings->release.connect_timeout_ms,
        .stall_timeout_ms = settings->release.stall_timeout_ms,
        .tries = (int)settings->release.tries,
        .backoff_ms = settings->release.backoff_ms,
        .retrying = note_retry,
        .context = fetch,
    };

    return download;
}

static bool fetch_archive(Fetch *fetch, Error *err)
{
    HttpDownload download = download_of(fetch, fetch->source.archive, fetch->incoming.archive,
                                        fetch->deployment->app->settings->release.max_size);
    Digest digest = {0};

    if (!hasher_new(&fetch->hasher, err))
        return false;
    download.state_path = fetch->incoming.archive_state;
    download.progress = show_progress;
    download.content = hash_content;
    if (!http_download(&download, &fetch->got, err) || !hasher_finish(fetch->hasher, &digest, err))
        return false;
    (void)digest_to_hex(&digest, fetch->deployment->record.digest);
    return true;
}

/* A small file beside the archive. That it is missing is for verify to judge: a stripped signature
 * is a refusal, not a network trouble. */
static bool fetch_small(Fetch *fetch, const char *url, const char *path, uint64_t most_bytes,
                        Error *err)
{
    HttpDownload download = download_of(fetch, url, path, most_bytes);
    HttpDownloaded got = {0};

    if (!file_remove(path, err))
        return false;
    if (http_download(&download, &got, err))
        return true;
    if (err->code != ERR_NOT_FOUND)
        return false;
    *err = (Error){0};
    return file_remove(path, err);
}

/* Only one download is kept: a second source's partial file would fill the disk unseen. */
static bool make_room(const App *app, const Incoming *incoming, Error *err)
{
    CLEANUP(free) char *all = app_path(app, "incoming");
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!all)
        return error_memory(err);
    if (!folder_list(all, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        CLEANUP(free) char *other = path_join(all, names.items[i]);

        if (!other)
            return error_memory(err);
        if (!text_equal(other, incoming->folder) && !folder_remove_tree(other, err))
            return false;
    }
    return folder_create(incoming->folder, err);
}

static bool fetch_all(Fetch *fetch, Error *err)
{
    const Source *source = &fetch->source;
    const Incoming *incoming = &fetch->incoming;

    return make_room(fetch->deployment->app, incoming, err) &&
           expand_headers(fetch->deployment->app->settings, &fetch->headers, err) &&
           fetch_archive(fetch, err) &&
           (!source->checksums ||
            fetch_small(fetch, source->checksums, incoming->checksums, CHECKSUMS_LIMIT, err)) &&
           fetch_small(fetch, source->signature, incoming->signature, SIGNATURE_FILE_LIMIT, err);
}

static void prove(Deployment *deployment, const HttpDownloaded *got)
{
    Json *detail = deployment_detail(deployment);
    char size[TEXT_QUANTITY_SIZE];

    (void)json_put_text(detail, "source", deployment->record.source);
    (void)json_put_text(detail, "sha256", deployment->record.digest);
    (void)json_put_integer(detail, "bytes", (int64_t)got->size_bytes);
    (void)json_put_integer(detail, "tries", got->tries);
    (void)json_put_integer(detail, "resumed_at", (int64_t)got->resumed_at_bytes);
    deployment_proof(deployment, "%s, sha256 %.12s", text_size(got->size_bytes, size),
                     deployment->record.digest);
}

/* Where from, and where to. */
static bool choose_places(Fetch *fetch, Error *err)
{
    const App *app = fetch->deployment->app;
    DeploymentRecord *record = &fetch->deployment->record;

    if (!fetch->deployment->source && record->origin == SOURCE_GIVEN_SECRET) {
        (void)error_set(err, ERR_USAGE, "the secret part of %s was not kept", record->source);
        return error_hint(err, "Give it again: `godeploy deploy --resume --release URL`.");
    }
    if (!source_resolve(app->settings, fetch->deployment->source, record->version, &fetch->source,
                        err) ||
        !incoming_of_source(app, fetch->source.archive, &fetch->incoming, err))
        return false;
    source_write_public(fetch->source.archive, record->source, sizeof record->source);
    (void)snprintf(record->archive, sizeof record->archive, "%s", fetch->incoming.archive);
    return true;
}

/* What could not be started later is not fetched. Without a version verify finds it out. */
static bool has_room(const Deployment *deployment, Error *err)
{
    const char *version = deployment->record.version;

    return version[0] == '\0' || settings_room_for(deployment->app->settings, version, err);
}

/* What has come stays for the next try; but a full disk is not helped by a file that can never be
 * completed on it, and where the source has none there is nothing to complete. */
static bool fetch_failed(const Fetch *fetch, Error *err)
{
    Error ignored = {0};

    if (err->code != ERR_DISK_FULL && err->code != ERR_NOT_FOUND)
        return error_hint(err, "Run the same command again: it continues with what has come.");
    (void)folder_remove_tree(fetch->incoming.folder, &ignored);
    if (err->code == ERR_NOT_FOUND)
        return error_hint(err, "Check release.source and the version.");
    return error_hint(err, "Free some space on the file system of %s, then run it again.",
                      fetch->deployment->app->folder);
}

bool stage_fetch(Deployment *deployment, Error *err)
{
    __attribute__((cleanup(fetch_end))) Fetch fetch = {.deployment = deployment};
    ReleaseRecord release = {0};
    bool here = false;

    if (!is_here(deployment, &release, &here, err))
        return false;
    if (here)
        return take_from_disk(deployment, &release);
    if (!has_room(deployment, err))
        return false;
    if (!choose_places(&fetch, err))
        return false;
    if (!fetch_all(&fetch, err))
        return fetch_failed(&fetch, err);
    prove(deployment, &fetch.got);
    return true;
}

/* All of it: a fetch that was killed has not recorded yet which folder is its own. */
bool undo_fetch(Deployment *deployment, Error *err)
{
    return deployment->record.kind == KIND_ROLLBACK || incoming_clear(deployment->app, err);
}

bool holds_fetch(Deployment *deployment)
{
    ReleaseRecord release = {0};
    bool here = false;
    Error ignored = {0};

    if (deployment->record.archive[0] != '\0' && file_exists(deployment->record.archive))
        return true;
    return deployment->record.version[0] != '\0' &&
           release_find(deployment->app, deployment->record.version, &release, &here, &ignored) &&
           here;
}
