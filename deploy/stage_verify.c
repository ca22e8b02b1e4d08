/* stage_verify: is this the release we were promised, by somebody we trust, for this host, now?
 *
 * Main path: after fetch; nothing of the archive has been unpacked yet. The order matters: the
 * signature over raw bytes first, and only what it covers is parsed. Proof: a verdict per item in
 * the journal. An archive that is refused goes to quarantine. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/platform.h"
#include "base/text.h"
#include "deploy/archive/archive.h"
#include "deploy/instance.h"
#include "deploy/release/contents.h"
#include "deploy/release/incoming.h"
#include "deploy/release/release.h"
#include "deploy/release/release_keys.h"
#include "deploy/release/source.h"
#include "deploy/settings/settings_room.h"
#include "deploy/stage.h"
#include "verify/checksums.h"
#include "verify/digest.h"
#include "verify/manifest.h"
#include "verify/signature.h"
#include "verify/version.h"

#include <stdio.h>
#include <string.h>

/* One verdict, for the journal and for --json. */
static void add_verdict(Deployment *deployment, const char *item, bool ok, const char *code,
                        const char *words)
{
    Json *detail = deployment_detail(deployment);
    Json *verdict = json_new_object();

    (void)json_put_bool(verdict, "ok", ok);
    (void)json_put_text(verdict, "code", code);
    (void)json_put_text(verdict, "reason", words);
    (void)json_put(detail, item, verdict);
}

/* ---- the signature ---- */

/* What the signature is over: the archive, or the checksums file that names the archive's digest.
 */
static bool digest_that_is_signed(const Deployment *deployment, const Incoming *incoming,
                                  Digest *out, Error *err)
{
    if (!deployment->app->settings->verify.checksums) {
        if (!digest_from_hex(deployment->record.digest, out))
            return error_set(err, ERR_INTERNAL, "the journal holds no digest of the archive");
        return true;
    }
    if (file_kind(incoming->checksums) == FILE_MISSING) {
        (void)error_set(err, ERR_REFUSED, "there is no checksums file beside the archive");
        return error_hint(err, "verify.checksums demands one; publish it with the release.");
    }
    return digest_file(incoming->checksums, out, err);
}

/* Allowed, so no refusal; but whoever reads the record of this deployment should know. */
static void warn_if_weak(Deployment *deployment, const Keyring *keyring)
{
    for (size_t i = 0; i < keyring_count(keyring); i++) {
        const PublicKey *key = keyring_key(keyring, i);

        if (text_equal(public_key_id(key), deployment->record.key_id) && public_key_weakness(key))
            deployment_warn(deployment, "key %s, which signed it, is weak: %s", public_key_id(key),
                            public_key_weakness(key));
    }
}

/* The copy that was looked at is gone when this is read; where it came from is not. */
static void name_origin(const Deployment *deployment, const Incoming *incoming, Error *err)
{
    CLEANUP_SOURCE Source source = {0};
    CLEANUP_TEXT Text message = {0};
    char origin[JOURNAL_LINE_SIZE];
    const char *copy = strstr(err->message, incoming->signature);
    Error ignored = {0};

    if (!copy || !source_resolve(deployment->app->settings, deployment->source,
                                 deployment->record.version, &source, &ignored))
        return;
    source_write_public(source.signature, origin, sizeof origin);
    text_appendf(&message, "%.*s%s%s", (int)(copy - err->message), err->message, origin,
                 copy + strlen(incoming->signature));
    (void)snprintf(err->message, sizeof err->message, "%s", text_chars(&message));
}

static bool check_signature(Deployment *deployment, const Incoming *incoming, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureVerdict verdict = {0};
    SignatureClaim claim = {0};
    Digest content = {0};
    bool good = false;

    if (!release_keys_load(deployment->app->settings, &keyring, &claim.scheme, err) ||
        !digest_that_is_signed(deployment, incoming, &content, err))
        return false;
    claim.content = &content;
    good = signature_check_file(keyring, &claim, incoming->signature, &verdict, err);
    add_verdict(deployment, "rsa", good, verdict.code, verdict.reason);
    (void)snprintf(deployment->record.key_id, sizeof deployment->record.key_id, "%s",
                   verdict.key_id);
    if (good)
        warn_if_weak(deployment, keyring);
    else
        name_origin(deployment, incoming, err);
    return good;
}

/* The signed checksums must name this archive with this digest; the name is the source's, not ours.
 */
static bool check_checksums(Deployment *deployment, const Incoming *incoming, Error *err)
{
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) char *name = source_file_name(deployment->record.source);
    size_t length = 0;
    Digest promised = {0}, actual = {0};
    char hex[DIGEST_HEX_SIZE];

    if (!deployment->app->settings->verify.checksums)
        return true;
    if (!name)
        return error_memory(err);
    if (!file_read_all(incoming->checksums, CHECKSUMS_LIMIT, &text, &length, err) ||
        !checksums_find(text, length, name, &promised, err))
        return false;
    if (!digest_from_hex(deployment->record.digest, &actual) || !digest_equal(&promised, &actual)) {
        (void)error_set(err, ERR_DIGEST_MISMATCH, "%s has SHA-256 %s, the checksums file says %s",
                        name, deployment->record.digest, digest_to_hex(&promised, hex));
        return error_hint(err, "Fetch it again; if it still differs, do not deploy it.");
    }
    add_verdict(deployment, "checksums", true, "ok", "the signed checksums name this archive");
    return true;
}

/* ---- what it says of itself ---- */

static bool check_manifest(Deployment *deployment, const char *json, size_t length, Manifest **out,
                           Error *err)
{
    DeploymentRecord *record = &deployment->record;
    CLEANUP(manifest_free) Manifest *manifest = NULL;
    Platform here = platform_here();
    ManifestExpectation expected = {
        .name = deployment->app->settings->app,
        .version = record->version[0] != '\0' ? record->version : NULL,
        .os = here.os,
        .arch = here.arch,
        .now_ms = clock_wall_ms(),
    };

    if (!manifest_parse(json, length, &manifest, err) || !manifest_check(manifest, &expected, err))
        return false;
    (void)snprintf(record->version, sizeof record->version, "%s", manifest->version);
    record->attested = true;
    add_verdict(deployment, "manifest", true, "ok",
                "name, version, system and expiry are as expected");
    *out = TAKE(manifest);
    return contents_pin(deployment, json, length, err);
}

static bool accept_unattested(Deployment *deployment, Error *err)
{
    DeploymentRecord *record = &deployment->record;
    const char *problem = NULL;

    if (deployment->app->settings->release.require_manifest) {
        (void)error_set(err, ERR_MANIFEST, "the archive has no release.json");
        return error_hint(
            err, "Pack it with `godeploy pack`, or set release.require_manifest to false.");
    }
    if (record->version[0] == '\0') {
        (void)error_set(err, ERR_MANIFEST,
                        "the archive has no release.json to read the version from");
        return error_hint(err, "Say it: `--version 2.4.0`.");
    }
    problem = version_problem(record->version);
    if (problem)
        return error_set(err, ERR_USAGE, "version %s %s", record->version, problem);
    record->attested = false;
    add_verdict(deployment, "manifest", true, "unattested",
                "no release.json; the settings allow that");
    deployment_warn(deployment, "release %s is unattested: its archive has no release.json",
                    record->version);
    return true;
}

/* *out stays NULL where there is none, and the settings allow that. */
static bool check_description(Deployment *deployment, const Incoming *incoming, Manifest **out,
                              Error *err)
{
    CLEANUP(free) char *json = NULL;
    ArchiveLimits limits = app_archive_limits(deployment->app);
    size_t length = 0;

    if (!archive_read_manifest(incoming->archive, &limits, &json, &length, err)) {
        if (err->code == ERR_ARCHIVE)
            err->code = ERR_REFUSED;
        return false;
    }
    return json ? check_manifest(deployment, json, length, out, err)
                : accept_unattested(deployment, err);
}

/* A version is one content for ever: what is here under that name must be the same archive. */
static bool check_same_content(const Deployment *deployment, Error *err)
{
    const DeploymentRecord *record = &deployment->record;
    ReleaseRecord known = {0};
    bool here = false;

    if (!release_find(deployment->app, record->version, &known, &here, err))
        return false;
    if (!here || text_equal(known.digest, record->digest))
        return true;
    (void)error_set(
        err, ERR_REFUSED,
        "release %s is on this host with other content: its archive was %.16s, this one is %.16s",
        record->version, known.digest, record->digest);
    return error_hint(err, "A version never changes: publish the new content under a new version.");
}

/* v1 and V1 are one folder on Windows, where unpacking one would remove the other. Refused on every
 * system, so that a release may be called the same everywhere. */
static bool check_spelling(const Deployment *deployment, Error *err)
{
    const char *version = deployment->record.version;
    CLEANUP(free) ReleaseRecord *releases = NULL;
    size_t count = 0;

    if (!journal_list_releases(deployment->app->journal, &releases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (releases[i].state == RELEASE_REMOVED || text_equal(releases[i].version, version) ||
            !text_equal_ignoring_case(releases[i].version, version))
            continue;
        (void)error_set(err, ERR_REFUSED,
                        "release %s is on this host as %s, and both would be one folder on Windows",
                        version, releases[i].version);
        return error_hint(err, "Publish it under a version that differs in more than its case.");
    }
    return true;
}

static bool check_downgrade(Deployment *deployment, Error *err)
{
    const DeploymentRecord *record = &deployment->record;
    char highest[JOURNAL_VERSION_SIZE];
    VersionOrder order = VERSION_NEWER;

    if (!journal_high_water(deployment->app->journal, highest, err))
        return false;
    if (highest[0] != '\0')
        order = version_compare(record->version, highest);
    if (order != VERSION_OLDER && order != VERSION_UNORDERED) {
        add_verdict(deployment, "downgrade", true, "ok", "not older than what was deployed before");
        return true;
    }
    if (record->allow_downgrade || deployment->app->settings->verify.downgrade_allowed) {
        add_verdict(deployment, "downgrade", true, "allowed", "older, and allowed");
        deployment_warn(deployment,
                        "release %s is older than %s, which was deployed before: allowed",
                        record->version, highest);
        return true;
    }
    (void)error_set(err, ERR_DOWNGRADE, "release %s %s %s, which was deployed before",
                    record->version,
                    order == VERSION_OLDER ? "is older than" : "cannot be ordered after", highest);
    return error_hint(err,
                      "To go back, use `godeploy rollback`. If this is meant: --allow-downgrade.");
}

/* ---- a release that was verified here before ---- */

/* What runs already came from these files when they were verified; to hash them once more would say
 * nothing about it, and keep a rollback waiting. */
static bool tree_is_unchanged(Deployment *deployment, const ReleaseRecord *release, Error *err)
{
    Instance instance = deployment_instance(deployment);

    if (instance_runs(deployment->app, &instance)) {
        add_verdict(deployment, "tree", true, "running", "it runs since it was verified");
        deployment_proof(deployment, "verified before, key %s, and running since", release->key_id);
        return true;
    }
    if (!release_check_tree(deployment->app, release, err))
        return false;
    add_verdict(deployment, "tree", true, "ok",
                "every file is what was verified when it was fetched");
    deployment_proof(deployment, "verified before, key %s, and unchanged since", release->key_id);
    return true;
}

/* Going back is what a rollback is for; a deployment of an older version has to be meant, and its
 * programs are held to today's settings: it may be here since nobody asked for signatures. */
static bool verify_again(Deployment *deployment, const ReleaseRecord *release, Error *err)
{
    if (!release_key_counts(deployment->app->settings, release->key_id, err) ||
        !tree_is_unchanged(deployment, release, err) ||
        (deployment->record.kind == KIND_DEPLOY &&
         !(check_downgrade(deployment, err) && contents_check_release(deployment, release, err))))
        return error_while(err, "release %s", release->version);
    return true;
}

/* ---- the stage ---- */

/* Programs last: what takes longest is done for what may be deployed otherwise. */
static bool verify_archive(Deployment *deployment, const Incoming *incoming, Error *err)
{
    CLEANUP(manifest_free) Manifest *manifest = NULL;

    return check_signature(deployment, incoming, err) &&
           check_checksums(deployment, incoming, err) &&
           check_description(deployment, incoming, &manifest, err) &&
           settings_room_for(deployment->app->settings, deployment->record.version, err) &&
           check_same_content(deployment, err) && check_spelling(deployment, err) &&
           check_downgrade(deployment, err) &&
           contents_check_archive(deployment, incoming, manifest, err);
}

static void quarantine(Deployment *deployment, const Incoming *incoming)
{
    Error trouble = {0};

    if (incoming_quarantine(deployment->app, incoming, &trouble))
        deployment_note(deployment, "the archive is in %s/quarantine", deployment->app->folder);
    else
        deployment_warn(deployment, "the archive could not be put into quarantine: %s",
                        trouble.message);
}

static bool find_known(Deployment *deployment, ReleaseRecord *release, bool *known, Error *err)
{
    *known = false;
    if (deployment->record.archive[0] != '\0' || deployment->record.version[0] == '\0')
        return true;
    return release_find(deployment->app, deployment->record.version, release, known, err);
}

/* An older version, or a key file of ours that cannot be read, says nothing against the archive. */
static bool speaks_against_archive(const Error *err)
{
    return error_exit_status(err->code) == error_exit_status(ERR_REFUSED) &&
           err->code != ERR_DOWNGRADE && err->code != ERR_KEY;
}

static void prove(Deployment *deployment)
{
    const Json *programs = json_get(deployment->detail, "authenticode");
    const char *signers = json_get_text(programs, "reason");

    deployment_proof(deployment, "release %s, signed by key %s%s%s", deployment->record.version,
                     deployment->record.key_id, signers ? "; " : "", signers ? signers : "");
}

bool stage_verify(Deployment *deployment, Error *err)
{
    CLEANUP_INCOMING Incoming incoming = {0};
    ReleaseRecord release = {0};
    bool known = false;

    if (!find_known(deployment, &release, &known, err))
        return false;
    if (known)
        return verify_again(deployment, &release, err);
    if (!incoming_of_record(&deployment->record, &incoming, err))
        return false;
    if (!verify_archive(deployment, &incoming, err)) {
        if (speaks_against_archive(err)) {
            quarantine(deployment, &incoming);
            (void)error_hint(err, "Do not deploy it. If it is no mistake of who published it, "
                                  "somebody has changed it: compare it with what was built.");
        }
        return error_while(err, "verifying %s", deployment->record.source);
    }
    prove(deployment);
    return true;
}

/* Signatures do not fade; what was judged is bound to its digest, which unpack compares again. */
bool holds_verify(Deployment *deployment)
{
    return deployment->record.version[0] != '\0';
}
