/* manifest_format: manifest_format() of manifest.h, pack's side of release.json. */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "verify/manifest_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The manifest may be the caller's own, in any order: a sorted copy, whose paths stay borrowed. */
static ManifestFile *sorted_files(const Manifest *manifest)
{
    ManifestFile *sorted = calloc(manifest->file_count, sizeof *sorted);

    if (!sorted)
        return NULL;
    memcpy(sorted, manifest->files, manifest->file_count * sizeof *sorted);
    manifest_sort_files(sorted, manifest->file_count);
    return sorted;
}

static bool put_time(Json *object, const char *key, int64_t time_ms)
{
    char text[CLOCK_ISO_SIZE];

    return json_put_text(object, key, clock_format_iso(time_ms, text));
}

static Json *file_as_json(const ManifestFile *file)
{
    Json *json = json_new_object();
    char hex[DIGEST_HEX_SIZE];
    char mode[8];

    (void)snprintf(mode, sizeof mode, "%04o", (unsigned)file->mode & 0777U);
    (void)json_put_text(json, "path", file->path); /* failure is seen once, at the end */
    (void)json_put_integer(json, "size", (int64_t)file->size_bytes);
    (void)json_put_text(json, "sha256", digest_to_hex(&file->digest, hex));
    (void)json_put_text(json, "mode", mode);
    return json;
}

static void put_command(Json *json, const char *const *command)
{
    Json *list = NULL;

    if (!command)
        return;
    list = json_new_array();
    for (; *command; command++)
        (void)json_push_text(list, *command);
    (void)json_put(json, "command", list);
}

static char *as_text(const Manifest *manifest, const ManifestFile *files)
{
    CLEANUP(json_free) Json *json = json_new_object();
    Json *list = json_new_array();

    (void)json_put_text(json, "schema", MANIFEST_SCHEMA); /* failure is seen once, at the end */
    (void)json_put_text(json, "name", manifest->name);
    (void)json_put_text(json, "version", manifest->version);
    (void)json_put_text(json, "os", manifest->os);
    (void)json_put_text(json, "arch", manifest->arch);
    (void)put_time(json, "created", manifest->created_ms);
    if (manifest->expires_ms != 0)
        (void)put_time(json, "expires", manifest->expires_ms);
    put_command(json, manifest->command);
    for (size_t i = 0; i < manifest->file_count; i++)
        (void)json_push(list, file_as_json(&files[i]));
    (void)json_put(json, "files", list);
    return json_pretty(json);
}

bool manifest_format(const Manifest *manifest, char **out, Error *err)
{
    CLEANUP(free) ManifestFile *files = NULL;
    CLEANUP(free) char *text = NULL;

    if (!manifest_rules_check(manifest, err))
        return error_while(err, "%s cannot be made", MANIFEST_FILE_NAME);
    files = sorted_files(manifest);
    text = files ? as_text(manifest, files) : NULL;
    if (!text)
        return error_set(err, ERR_MEMORY, "out of memory, or text in the manifest is no UTF-8");
    if (strlen(text) > MANIFEST_LIMIT)
        return error_set(err, ERR_MANIFEST, "%s would have %zu bytes, expected at most %d",
                         MANIFEST_FILE_NAME, strlen(text), MANIFEST_LIMIT);
    *out = TAKE(text);
    return true;
}
