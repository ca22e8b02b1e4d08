/* stage_fetch: the archive and its signature onto this host, hashed while they stream.
 *
 * Main path: the first stage. Proof: the bytes are on disk, fsynced, and their digest is recorded.
 * On failure nothing has changed, but what was received stays for the next try to continue. A
 * release that is on this host already needs no network. */
#include "base/clock.h"
#include "base/file.h"
#include "base/http.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "base/text.h"
#include "deploy/incoming.h"
#include "deploy/placeholder.h"
#include "deploy/release.h"
#include "deploy/source.h"
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

typedef struct Reception {
    Deployment *deployment;
    Hasher *hasher;
} Reception;

static bool show_progress(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    const Reception *reception = context;

    deployment_progress(reception->deployment, done_bytes, total_bytes, UNIT_BYTES);
    return !interrupt_requested();
}

static void note_retry(void *context, int next_try, int64_t wait_ms, const char *why)
{
    const Reception *reception = context;
    char wait[TEXT_QUANTITY_SIZE];

    deployment_note(reception->deployment, "%s; try %d in %s", why, next_try,
                    text_duration(wait_ms, wait));
}

static bool hash_content(void *context, const void *bytes, size_t length, bool reset, Error *err)
{
    const Reception *reception = context;

    return (!reset || hasher_reset(reception->hasher, err)) &&
           hasher_update(reception->hasher, bytes, length, err);
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
static HttpDownload download_of(const Settings *settings, const TextList *headers, const char *url,
                                const char *path, uint64_t most_bytes)
{
    HttpDownload download = {
        .url = url,
        .headers = headers,
        .ca_file = settings->release.ca,
        .path = path,
        .most_bytes = most_bytes,
        .connect_timeout_ms = settings->release.connect_timeout_ms,
        .stall_timeout_ms = settings->release.stall_timeout_ms,
        .tries = (int)settings->release.tries,
        .backoff_ms = settings->release.backoff_ms,
    };

    return download;
}

static bool fetch_archive(Deployment *deployment, const Source *source, const Incoming *incoming,
                          const TextList *headers, HttpDownloaded *got, Error *err)
{
    const Settings *settings = deployment->app->settings;
    CLEANUP(hasher_free) Hasher *hasher = NULL;
    Reception reception = {.deployment = deployment};
    Digest digest = {0};
    HttpDownload download = download_of(settings, headers, source->archive, incoming->archive,
                                        settings->release.max_size);

    if (!hasher_new(&hasher, err))
        return false;
    reception.hasher = hasher;
    download.state_path = incoming->archive_state;
    download.progress = show_progress;
    download.retrying = note_retry;
    download.content = hash_content;
    download.context = &reception;
    if (!http_download(&download, got, err) || !hasher_finish(hasher, &digest, err))
        return false;
    (void)digest_to_hex(&digest, deployment->record.digest);
    return true;
}

/* A small file beside the archive. That it is missing is for verify to judge: a stripped signature
 * is a refusal, not a network trouble. */
static bool fetch_small(Deployment *deployment, const char *url, const char *path,
                        uint64_t most_bytes, const TextList *headers, Error *err)
{
    HttpDownloaded got = {0};
    HttpDownload download = download_of(deployment->app->settings, headers, url, path, most_bytes);
    Reception reception = {.deployment = deployment};

    download.retrying = note_retry;
    download.context = &reception;
    if (!file_remove(path, err))
        return false;
    if (http_download(&download, &got, err))
        return true;
    return err->code == ERR_NOT_FOUND && file_remove(path, err);
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

static bool fetch_all(Deployment *deployment, const Source *source, const Incoming *incoming,
                      HttpDownloaded *got, Error *err)
{
    CLEANUP_TEXT_LIST TextList headers = {0};

    return make_room(deployment->app, incoming, err) &&
           expand_headers(deployment->app->settings, &headers, err) &&
           fetch_archive(deployment, source, incoming, &headers, got, err) &&
           (!source->checksums || fetch_small(deployment, source->checksums, incoming->checksums,
                                              CHECKSUMS_LIMIT, &headers, err)) &&
           fetch_small(deployment, source->signature, incoming->signature, SIGNATURE_FILE_LIMIT,
                       &headers, err);
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

bool stage_fetch(Deployment *deployment, Error *err)
{
    DeploymentRecord *record = &deployment->record;
    CLEANUP_SOURCE Source source = {0};
    CLEANUP_INCOMING Incoming incoming = {0};
    ReleaseRecord release = {0};
    HttpDownloaded got = {0};
    bool here = false;

    if (!is_here(deployment, &release, &here, err))
        return false;
    if (here)
        return take_from_disk(deployment, &release);
    if (!deployment->source && record->origin == SOURCE_GIVEN_SECRET) {
        (void)error_set(err, ERR_USAGE, "the secret part of %s was not kept", record->source);
        return error_hint(err, "Give it again: `godeploy deploy --resume --release URL`.");
    }
    if (!source_resolve(deployment->app->settings, deployment->source, record->version, &source,
                        err) ||
        !incoming_of_source(deployment->app, source.archive, &incoming, err))
        return false;
    source_write_public(source.archive, record->source, sizeof record->source);
    (void)snprintf(record->archive, sizeof record->archive, "%s", incoming.archive);
    if (!fetch_all(deployment, &source, &incoming, &got, err)) {
        Error ignored = {0};

        /* A full disk is not helped by a file that can never be completed on it. */
        if (err->code == ERR_DISK_FULL) {
            (void)folder_remove_tree(incoming.folder, &ignored);
            return error_hint(err, "Free some space on the file system of %s, then run it again.",
                              deployment->app->folder);
        }
        return error_hint(err, "Run the same command again: it continues with what has come.");
    }
    prove(deployment, &got);
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
