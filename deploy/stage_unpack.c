/* stage_unpack: the verified archive becomes releases/VERSION, whole or not at all.
 *
 * Main path: after verify. The archive is hashed again right before it is read, so that what is
 * unpacked is what was judged; each file is hashed as it is written and compared with the signed
 * manifest. It is unpacked under another name and renamed when everything is on disk: a folder with
 * a version's name is always whole. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "deploy/archive/archive.h"
#include "deploy/release/contents.h"
#include "deploy/release/incoming.h"
#include "deploy/release/release.h"
#include "deploy/stage.h"
#include "verify/digest.h"
#include "verify/manifest.h"
#include "verify/tree.h"

#include <stdio.h>
#include <string.h>

/* Beyond the files themselves: folders, the journal, and a service that must still be able to log.
 */
static const uint64_t SPACE_TO_SPARE = UINT64_C(16) * 1024 * 1024;

/* ROOT/APP/releases/.VERSION.new: no version may begin with a dot. */
static char *unfinished_folder(const Deployment *deployment)
{
    return text_formatted("%s/" SETTINGS_RELEASES "/.%s.new", deployment->app->folder,
                          deployment->record.version);
}

static bool is_still_what_was_verified(const Deployment *deployment, Error *err)
{
    Digest actual = {0};
    char hex[DIGEST_HEX_SIZE];

    if (!digest_file(deployment->record.archive, &actual, err))
        return false;
    if (text_equal(digest_to_hex(&actual, hex), deployment->record.digest))
        return true;
    err->hint[0] = '\0';
    (void)error_set(err, ERR_DIGEST_MISMATCH,
                    "the archive has changed since it was verified: %s, was %s", hex,
                    deployment->record.digest);
    return error_hint(err, "Somebody wrote into %s. `godeploy abort`, find out who, deploy again.",
                      deployment->app->folder);
}

static bool has_room(const Deployment *deployment, const ArchiveLimits *limits,
                     const Manifest *manifest, Error *err)
{
    uint64_t needed = 0, available = 0;
    char need[TEXT_QUANTITY_SIZE], have[TEXT_QUANTITY_SIZE];

    if (!archive_space_needed(deployment->record.archive, limits, manifest, &needed, err) ||
        !folder_free_bytes(deployment->app->folder, &available, err))
        return false;
    if (needed + SPACE_TO_SPARE <= available)
        return true;
    (void)error_set(err, ERR_DISK_FULL, "unpacking needs %s, and %s is free",
                    text_size(needed + SPACE_TO_SPARE, need), text_size(available, have));
    return error_hint(err,
                      "Free some space on the file system of %s, or let `godeploy prune` do it.",
                      deployment->app->folder);
}

/* The one in the archive, or the one that verify made of what it saw; *json NULL: neither. */
static bool read_description(const Deployment *deployment, const ArchiveLimits *limits, char **json,
                             size_t *length, Error *err)
{
    CLEANUP_INCOMING Incoming incoming = {0};

    if (!archive_read_manifest(deployment->record.archive, limits, json, length, err) ||
        !incoming_of_record(&deployment->record, &incoming, err))
        return false;
    return *json || !file_exists(incoming.description) ||
           file_read_all(incoming.description, MANIFEST_LIMIT, json, length, err);
}

static bool read_manifest(const Deployment *deployment, const ArchiveLimits *limits, char **json,
                          Manifest **out, Error *err)
{
    size_t length = 0;

    return read_description(deployment, limits, json, &length, err) &&
           contents_check_pin(deployment, *json, err) &&
           (!*json || manifest_parse(*json, length, out, err));
}

/* Our own copy of the manifest stands where the service cannot write. An unattested release has
 * none of its own: what it was when it was unpacked is what it must be later. */
static bool keep_manifest(Deployment *deployment, const char *json, const char *folder, Error *err)
{
    CLEANUP(free) char *path = release_manifest_path(deployment->app, deployment->record.version);
    CLEANUP(free) char *made = NULL;

    if (!path)
        return error_memory(err);
    if (!json && !release_describe(deployment->app, deployment->record.version, folder, &made, err))
        return false;
    json = json ? json : made;
    return file_write_durable(path, json, strlen(json), 0600, err);
}

static bool unpack_into(Deployment *deployment, const char *folder, ArchiveReport *report,
                        Error *err)
{
    ArchiveLimits limits = app_archive_limits(deployment->app);
    ArchiveProgress progress = {.progress = deployment_progress_bytes, .context = deployment};
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    CLEANUP(free) char *json = NULL;
    Digest description = {0};
    ArchiveUnpack request = {.path = deployment->record.archive,
                             .into = folder,
                             .limits = &limits,
                             .progress = &progress};

    if (!is_still_what_was_verified(deployment, err) ||
        !read_manifest(deployment, &limits, &json, &manifest, err) ||
        !has_room(deployment, &limits, manifest, err))
        return false;
    request.manifest = manifest;
    if (json && !digest_bytes(json, strlen(json), &description, err))
        return false;
    request.description = json ? &description : NULL;
    return folder_remove_tree(folder, err) && folder_create(folder, err) &&
           archive_unpack(&request, report, err) && keep_manifest(deployment, json, folder, err);
}

static bool is_here(const Deployment *deployment, ReleaseRecord *release, bool *here, Error *err)
{
    if (!release_find(deployment->app, deployment->record.version, release, here, err))
        return false;
    *here = *here && text_equal(release->digest, deployment->record.digest);
    return true;
}

static void prove(Deployment *deployment, const ArchiveReport *report)
{
    Json *detail = deployment_detail(deployment);
    char size[TEXT_QUANTITY_SIZE];

    (void)json_put_integer(detail, "files", (int64_t)report->files);
    (void)json_put_integer(detail, "bytes", (int64_t)report->bytes);
    deployment_proof(deployment, "%llu files, %s", (unsigned long long)report->files,
                     text_size(report->bytes, size));
}

/* The folder from which the instance runs that serves: the journal that vouched for it was lost
 * (situation.h), and it is all that the supervisor could start again. */
static bool is_in_use(const Deployment *deployment, const char *folder, bool *in_use, Error *err)
{
    ServingRecord serving = {0};

    if (!journal_serving(deployment->app->journal, &serving, err))
        return false;
    *in_use = text_equal(serving.version, deployment->record.version) && file_exists(folder);
    return true;
}

static bool leave_in_use(const Deployment *deployment, const char *folder, Error *err)
{
    bool in_use = false;

    if (!is_in_use(deployment, folder, &in_use, err))
        return false;
    if (!in_use)
        return true;
    (void)error_set(err, ERR_UNPACK,
                    "release %s serves from the folder into which it would be unpacked, and the "
                    "journal does not know it",
                    deployment->record.version);
    return error_hint(err, "Deploy another version; this one can come back after it.");
}

static bool unpack(Deployment *deployment, const char *unfinished, const char *folder, Error *err)
{
    ArchiveReport report = {0};

    /* A folder with the version's name but no record is what a crash left between rename and
     * record: it is whole, but nobody vouches for it any more. */
    if (!unpack_into(deployment, unfinished, &report, err) || !folder_remove_tree(folder, err) ||
        !file_rename_durable(unfinished, folder, err))
        return false;
    prove(deployment, &report);
    return true;
}

static void say_what_to_try(const Deployment *deployment, Error *err)
{
    if (err->code == ERR_DISK_FULL)
        (void)error_hint(err, "Free some space on the file system of %s, then run it again.",
                         deployment->app->folder);
    else if (err->code == ERR_ARCHIVE || err->code == ERR_DIGEST_MISMATCH)
        (void)error_hint(err, "Do not deploy it. `godeploy pack` makes archives that hold exactly "
                              "what they say.");
}

bool stage_unpack(Deployment *deployment, Error *err)
{
    CLEANUP(free) char *unfinished = unfinished_folder(deployment);
    CLEANUP(free) char *folder = release_folder(deployment->app, deployment->record.version);
    ReleaseRecord release = {0};
    bool here = false;

    if (!unfinished || !folder)
        return error_memory(err);
    if (!is_here(deployment, &release, &here, err))
        return false;
    if (here) {
        deployment_already(deployment, "release %s is unpacked", release.version);
        /* Where there is no archive, verify has just hashed this very tree. */
        return deployment->record.archive[0] == '\0' ||
               release_check_tree(deployment->app, &release, err);
    }
    if (!leave_in_use(deployment, folder, err))
        return false;
    if (!unpack(deployment, unfinished, folder, err)) {
        Error ignored = {0};

        (void)folder_remove_tree(unfinished, &ignored); /* the cause is what matters */
        say_what_to_try(deployment, err);
        return error_while(err, "unpacking release %s", deployment->record.version);
    }
    return true;
}

static bool digest_of_manifest(const Deployment *deployment, char hex[DIGEST_HEX_SIZE], Error *err)
{
    CLEANUP(free) char *path = release_manifest_path(deployment->app, deployment->record.version);
    Digest digest = {0};

    if (!path)
        return error_memory(err);
    if (!digest_file(path, &digest, err))
        return false;
    (void)digest_to_hex(&digest, hex);
    return true;
}

bool record_unpack(Deployment *deployment, Error *err)
{
    const DeploymentRecord *record = &deployment->record;
    ReleaseRecord release = {.state = RELEASE_UNPACKED, .unpacked_ms = clock_wall_ms()};

    if (deployment->already)
        return true;
    (void)snprintf(release.version, sizeof release.version, "%s", record->version);
    (void)snprintf(release.digest, sizeof release.digest, "%s", record->digest);
    (void)snprintf(release.key_id, sizeof release.key_id, "%s", record->key_id);
    release.attested = record->attested;
    release.size_bytes = (uint64_t)json_get_integer(deployment->detail, "bytes", 0);
    return digest_of_manifest(deployment, release.manifest, err) &&
           journal_save_release(deployment->app->journal, &release, err);
}

/* Only what this deployment brought: a release that has ever served is somebody's way back. */
bool undo_unpack(Deployment *deployment, Error *err)
{
    CLEANUP(free) char *unfinished = unfinished_folder(deployment);
    CLEANUP(free) char *folder = release_folder(deployment->app, deployment->record.version);
    CLEANUP(free)
    char *manifest = release_manifest_path(deployment->app, deployment->record.version);
    ReleaseRecord release = {0};
    bool known = false, in_use = false;

    if (deployment->record.version[0] == '\0' || deployment->record.kind == KIND_ROLLBACK)
        return true;
    if (!unfinished || !folder || !manifest)
        return error_memory(err);
    if (!folder_remove_tree(unfinished, err) ||
        !journal_find_release(deployment->app->journal, deployment->record.version, &release,
                              &known, err) ||
        !is_in_use(deployment, folder, &in_use, err))
        return false;
    if (in_use && !known)
        return true;
    if (known && release.state != RELEASE_REMOVED &&
        (release.served_ms != 0 || release.unpacked_ms < deployment->record.started_ms))
        return true;
    release.state = RELEASE_REMOVED;
    return (!known || journal_save_release(deployment->app->journal, &release, err)) &&
           folder_remove_tree(folder, err) && file_remove(manifest, err);
}

bool holds_unpack(Deployment *deployment)
{
    ReleaseRecord release = {0};
    bool here = false;
    Error ignored = {0};

    return is_here(deployment, &release, &here, &ignored) && here;
}
