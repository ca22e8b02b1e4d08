/* See contents.h. */
#include "deploy/release/contents.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/text.h"
#include "deploy/archive/archive_walk.h"
#include "deploy/release/programs.h"
#include "deploy/release/release.h"
#include "verify/digest.h"
#include "verify/entry_name.h"

#include <stdio.h>
#include <string.h>

enum { READ_SIZE = 256 * 1024, MODE_PROGRAM = 0755, MODE_FILE = 0644 };

/* ---- reading a file, hashing what passes ---- */

/* Between the judge and the bytes: whatever is judged is hashed, each time it is read. */
typedef struct Tap {
    AuthenticodeSource from;
    Hasher *hasher;
    uint8_t *buffer; /* READ_SIZE bytes */
    uint64_t passed; /* since the last rewind */
    bool read_before;
    Digest before; /* of an earlier reading to the end */
} Tap;

static void tap_end(Tap *tap)
{
    hasher_free(tap->hasher);
    free(tap->buffer);
}
#define CLEANUP_TAP __attribute__((cleanup(tap_end)))

static bool tap_new(Tap *tap, Error *err)
{
    tap->buffer = malloc(READ_SIZE);
    return tap->buffer ? hasher_new(&tap->hasher, err) : error_memory(err);
}

static bool tap_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    Tap *tap = context;

    if (!tap->from.read(tap->from.context, buffer, size, got, err) ||
        !hasher_update(tap->hasher, buffer, *got, err))
        return false;
    tap->passed += *got;
    return true;
}

static bool same_as_before(Tap *tap, const Digest *now, Error *err)
{
    if (!tap->read_before || digest_equal(&tap->before, now))
        return true;
    return error_set(err, ERR_DIGEST_MISMATCH, "it changed between two readings");
}

static bool finish_reading(Tap *tap, Digest *out, Error *err)
{
    return hasher_finish(tap->hasher, out, err) && same_as_before(tap, out, err);
}

static bool tap_rewind(void *context, Error *err)
{
    Tap *tap = context;

    if (tap->passed == tap->from.size_bytes) {
        if (!finish_reading(tap, &tap->before, err))
            return false;
        tap->read_before = true;
    }
    tap->passed = 0;
    return hasher_reset(tap->hasher, err) && tap->from.rewind(tap->from.context, err);
}

/* Reads on to the end: what is no program was left early. */
static bool read_rest(Tap *tap, Digest *out, Error *err)
{
    size_t got = 1;

    while (got > 0)
        if (!tap_read(tap, tap->buffer, READ_SIZE, &got, err))
            return false;
    return finish_reading(tap, out, err);
}

static bool judge(Tap *tap, Programs *programs, const char *name, Digest *out, Error *err)
{
    const AuthenticodeSource source = {
        .read = tap_read, .rewind = tap_rewind, .context = tap, .size_bytes = tap->from.size_bytes};

    tap->passed = 0;
    tap->read_before = false;
    return hasher_reset(tap->hasher, err) && programs_judge(programs, name, &source, err) &&
           read_rest(tap, out, err);
}

/* ---- what was seen ---- */

/* Of an archive without a description: it becomes one. */
typedef struct Seen {
    ManifestFile *files;
    TextList paths; /* owns those of the files */
    size_t count;
    size_t capacity;
} Seen;

static void seen_end(Seen *seen)
{
    text_list_free(&seen->paths);
    free(seen->files);
}
#define CLEANUP_SEEN __attribute__((cleanup(seen_end)))

static bool seen_add(Seen *seen, const ArchiveEntry *entry, const Digest *digest, Error *err)
{
    if (seen->count == seen->capacity) {
        size_t capacity = seen->capacity > 0 ? 2 * seen->capacity : 64;
        ManifestFile *files = realloc(seen->files, capacity * sizeof *files);

        if (!files)
            return error_memory(err);
        seen->files = files;
        seen->capacity = capacity;
    }
    if (!text_list_add(&seen->paths, entry->name, err))
        return false;
    seen->files[seen->count++] =
        (ManifestFile){.path = seen->paths.items[seen->paths.count - 1],
                       .size_bytes = entry->bytes,
                       .digest = *digest,
                       .mode = entry->executable ? MODE_PROGRAM : MODE_FILE};
    return true;
}

static bool write_description(Deployment *deployment, const Incoming *incoming, const Seen *seen,
                              Error *err)
{
    Platform here = platform_here();
    CLEANUP(free) char *json = NULL;
    const Manifest manifest = {.name = deployment->app->settings->app,
                               .version = deployment->record.version,
                               .os = here.os,
                               .arch = here.arch,
                               .created_ms = clock_wall_ms(),
                               .files = seen->files,
                               .file_count = seen->count};

    return manifest_format(&manifest, &json, err) &&
           file_write_durable(incoming->description, json, strlen(json), 0600, err) &&
           contents_pin(deployment, json, strlen(json), err);
}

static bool check_listed(const Manifest *manifest, const char *name, const Digest *found,
                         Error *err)
{
    const ManifestFile *listed = manifest_find(manifest, name);
    char shown[ENTRY_PRINTABLE_SIZE], promised[DIGEST_HEX_SIZE], actual[DIGEST_HEX_SIZE];

    if (text_equal(name, MANIFEST_FILE_NAME))
        return true;
    (void)entry_name_printable(name, strlen(name), shown);
    if (!listed)
        return error_set(err, ERR_REFUSED, "entry %s is not listed in " MANIFEST_FILE_NAME, shown);
    if (digest_equal(found, &listed->digest))
        return true;
    return error_set(err, ERR_DIGEST_MISMATCH, "entry %s has the SHA-256 %s instead of %s", shown,
                     digest_to_hex(found, actual), digest_to_hex(&listed->digest, promised));
}

/* ---- an archive ---- */

static bool walk_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    return archive_walk_read(context, buffer, size, got, err);
}

static bool walk_rewind(void *context, Error *err)
{
    return archive_walk_rewind(context, err);
}

typedef struct Looking {
    ArchiveWalk *walk;
    Programs *programs;
    const Manifest *manifest; /* NULL: none */
    Seen *seen;
} Looking;

static bool look_at_entry(const Looking *looking, Tap *tap, const ArchiveEntry *entry, Error *err)
{
    Digest digest = {0};

    tap->from = (AuthenticodeSource){.read = walk_read,
                                     .rewind = walk_rewind,
                                     .context = looking->walk,
                                     .size_bytes = entry->bytes};
    if (!judge(tap, looking->programs, entry->name, &digest, err))
        return error_while(err, "%s", entry->name);
    return looking->manifest ? check_listed(looking->manifest, entry->name, &digest, err)
                             : seen_add(looking->seen, entry, &digest, err);
}

static bool look_at_all(const Looking *looking, Error *err)
{
    CLEANUP_TAP Tap tap = {0};
    ArchiveEntry entry = {0};
    bool more = true;

    if (!tap_new(&tap, err))
        return false;
    while (archive_walk_next(looking->walk, &entry, &more, err)) {
        if (!more)
            return true;
        if (!look_at_entry(looking, &tap, &entry, err))
            return false;
    }
    return false;
}

/* The verdicts are told whatever comes of them. */
static bool conclude(Deployment *deployment, Programs *programs, bool looked, Error *err)
{
    bool good = looked && programs_finish(programs, err);

    (void)json_put(deployment_detail(deployment), "authenticode", programs_detail(programs));
    return good;
}

bool contents_check_archive(Deployment *deployment, const Incoming *incoming,
                            const Manifest *manifest, Error *err)
{
    ArchiveLimits limits = app_archive_limits(deployment->app);
    ArchiveProgress progress = {.progress = deployment_progress_bytes, .context = deployment};
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP(archive_walk_close) ArchiveWalk *walk = NULL;
    CLEANUP_SEEN Seen seen = {0};
    bool looked = false;

    if (!file_remove(incoming->description, err)) /* of an earlier try */
        return false;
    if (deployment->app->settings->verify.authenticode.require == PROGRAMS_NONE)
        return true;
    if (!programs_new(deployment->app->settings, &programs, err))
        return false;
    looked = archive_walk_open(incoming->archive, &limits, &progress, &walk, err) &&
             look_at_all(&(Looking){walk, programs, manifest, &seen}, err);
    if (!looked && err->code == ERR_ARCHIVE)
        err->code = ERR_REFUSED;
    return conclude(deployment, programs, looked, err) &&
           (manifest || write_description(deployment, incoming, &seen, err));
}

/* ---- a release on disk ---- */

static bool disk_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    return file_read(context, buffer, size, got, err);
}

static bool disk_rewind(void *context, Error *err)
{
    return file_seek(context, 0, err);
}

static bool look_at_file(Programs *programs, Tap *tap, const char *path,
                         const ManifestFile *promised, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    Digest digest = {0};

    if (!file_open(path, FILE_READ, &file, err))
        return false;
    tap->from = (AuthenticodeSource){.read = disk_read,
                                     .rewind = disk_rewind,
                                     .context = file,
                                     .size_bytes = promised->size_bytes};
    if (!judge(tap, programs, promised->path, &digest, err))
        return error_while(err, "%s", promised->path);
    return digest_equal(&digest, &promised->digest) ||
           error_set(err, ERR_DIGEST_MISMATCH, "%s has changed since it was verified", path);
}

static bool look_at_folder(Programs *programs, const char *folder, const Manifest *manifest,
                           Error *err)
{
    CLEANUP_TAP Tap tap = {0};

    if (!tap_new(&tap, err))
        return false;
    for (size_t i = 0; i < manifest->file_count; i++) {
        CLEANUP(free) char *path = path_join(folder, manifest->files[i].path);

        if (!path)
            return error_memory(err);
        if (!look_at_file(programs, &tap, path, &manifest->files[i], err))
            return false;
    }
    return true;
}

bool contents_check_release(Deployment *deployment, const ReleaseRecord *release, Error *err)
{
    CLEANUP(free) char *folder = release_folder(deployment->app, release->version);
    CLEANUP(free) char *path = release_manifest_path(deployment->app, release->version);
    CLEANUP(programs_free) Programs *programs = NULL;
    CLEANUP(manifest_free) Manifest *manifest = NULL;

    if (deployment->app->settings->verify.authenticode.require == PROGRAMS_NONE)
        return true;
    if (!folder || !path)
        return error_memory(err);
    if (!manifest_read_file(path, &manifest, err) ||
        !programs_new(deployment->app->settings, &programs, err))
        return false;
    return conclude(deployment, programs, look_at_folder(programs, folder, manifest, err), err);
}

/* ---- the pin ---- */

static const char PIN[] = "description_sha256";

static bool digest_text(const char *text, size_t length, char hex[DIGEST_HEX_SIZE], Error *err)
{
    Digest digest = {0};

    if (!digest_bytes(text, length, &digest, err))
        return false;
    (void)digest_to_hex(&digest, hex);
    return true;
}

bool contents_pin(Deployment *deployment, const char *description, size_t length, Error *err)
{
    char hex[DIGEST_HEX_SIZE];

    return digest_text(description, length, hex, err) &&
           (json_put_text(deployment_detail(deployment), PIN, hex) || error_memory(err));
}

static bool pin_differs(const char *pinned, const char *found, Error *err)
{
    (void)error_set(err, ERR_DIGEST_MISMATCH,
                    "the release's description has the SHA-256 %s, and had %s when it was verified",
                    found, pinned);
    return error_hint(err, "Somebody changed what was fetched. `godeploy abort`, find out who, "
                           "deploy again.");
}

bool contents_check_pin(const Deployment *deployment, const char *description, Error *err)
{
    CLEANUP(json_free) Json *detail = NULL;
    const char *pinned = NULL;
    char found[DIGEST_HEX_SIZE] = "(none)";

    if (!journal_step_detail(deployment->app->journal, deployment->record.id, "verify", &detail,
                             err))
        return false;
    pinned = json_get_text(detail, PIN);
    if (!pinned)
        return true;
    if (description && !digest_text(description, strlen(description), found, err))
        return false;
    return text_equal(pinned, found) || pin_differs(pinned, found, err);
}
