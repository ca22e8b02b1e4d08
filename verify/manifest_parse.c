/* manifest_parse: manifest_parse(), manifest_read_file() and manifest_free() of manifest.h. First
 * the form of the JSON, then the rules that hold for every manifest (manifest_rules.h). */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/json.h"
#include "base/text.h"
#include "verify/entry_name.h"
#include "verify/manifest_rules.h"

#include <stdlib.h>
#include <string.h>

/* The manifest comes first, so that its address is this one's. Its texts are borrowed from `json`.
 */
typedef struct ParsedManifest {
    Manifest manifest;
    Json *json;
    ManifestFile *files;
    const char **command;
} ParsedManifest;

static const char *const manifest_keys[] = {"schema",  "name",    "version", "os",   "arch",
                                            "created", "expires", "command", "files"};
static const char *const file_keys[] = {"path", "size", "sha256", "mode"};

static void parsed_free(ParsedManifest *parsed)
{
    if (!parsed)
        return;
    json_free(parsed->json);
    free(parsed->files);
    free(parsed->command);
    free(parsed);
}
DEFINE_CLEANUP(ParsedManifest *, parsed_free)

void manifest_free(Manifest *manifest)
{
    parsed_free((ParsedManifest *)manifest);
}

static bool check_keys(const Json *object, const char *const *known, size_t count, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    if (json_kind(object) != JSON_KIND_OBJECT)
        return error_set(err, ERR_MANIFEST, "it is no JSON object");
    for (size_t i = 0; i < json_count(object); i++) {
        const char *key = json_key(object, i);
        size_t k = 0;

        while (k < count && !text_equal(key, known[k]))
            k++;
        if (k < count)
            continue;
        error_set(err, ERR_MANIFEST, "unknown key \"%s\"",
                  entry_name_printable(key, strlen(key), shown));
        return error_hint(err, "It may come from a newer godeploy; this one reads only %s.",
                          MANIFEST_SCHEMA);
    }
    return true;
}

static bool get_text(const Json *object, const char *key, const char **out, Error *err)
{
    *out = json_get_text(object, key);
    return *out || error_set(err, ERR_MANIFEST, "\"%s\" is missing or no text", key);
}

static bool get_time(const Json *object, const char *key, int64_t *out, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];
    const char *text = NULL;

    if (!get_text(object, key, &text, err))
        return false;
    if (clock_parse_iso(text, out))
        return true;
    return error_set(err, ERR_MANIFEST, "\"%s\" is \"%s\", expected a time of RFC 3339", key,
                     entry_name_printable(text, strlen(text), shown));
}

static bool check_schema(const Json *json, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];
    const char *schema = NULL;

    if (!get_text(json, "schema", &schema, err))
        return false;
    if (text_equal(schema, MANIFEST_SCHEMA))
        return true;
    error_set(err, ERR_MANIFEST, "its schema is \"%s\", expected \"%s\"",
              entry_name_printable(schema, strlen(schema), shown), MANIFEST_SCHEMA);
    return error_hint(err, "It is another document, or comes from a newer godeploy.");
}

/* 0 means "never" in the struct, so that time itself cannot be stated. */
static bool read_expiry(const Json *json, Manifest *manifest, Error *err)
{
    if (!json_get(json, "expires"))
        return true;
    if (!get_time(json, "expires", &manifest->expires_ms, err))
        return false;
    return manifest->expires_ms > 0 || error_set(err, ERR_MANIFEST, "expires is before 1970");
}

static bool read_command(ParsedManifest *parsed, Error *err)
{
    const Json *command = json_get(parsed->json, "command");
    const size_t count = json_count(command);

    if (!command)
        return true;
    if (json_kind(command) != JSON_KIND_ARRAY || count > MANIFEST_COMMAND_MOST)
        return error_set(err, ERR_MANIFEST, "\"command\" is no list of at most %d texts",
                         MANIFEST_COMMAND_MOST);
    parsed->command = calloc(count + 1, sizeof *parsed->command);
    if (!parsed->command)
        return error_memory(err);
    for (size_t i = 0; i < count; i++) {
        parsed->command[i] = json_as_text(json_item(command, i));
        if (!parsed->command[i])
            return error_set(err, ERR_MANIFEST, "part %zu of \"command\" is no text", i + 1);
    }
    parsed->manifest.command = parsed->command;
    return true;
}

/* Four octal digits: "0755". A JSON number would be read as decimal. */
static bool read_mode(const char *text, int *out)
{
    if (strlen(text) != 4 || strspn(text, "01234567") != 4)
        return false;
    *out = 0;
    for (; *text; text++)
        *out = *out * 8 + (*text - '0');
    return true;
}

static bool read_file(const Json *json, ManifestFile *out, Error *err)
{
    const int64_t bytes = json_get_integer(json, "size", -1);
    const char *hex = NULL;
    const char *mode = NULL;

    if (!check_keys(json, file_keys, sizeof file_keys / sizeof file_keys[0], err) ||
        !get_text(json, "path", &out->path, err) || !get_text(json, "sha256", &hex, err) ||
        !get_text(json, "mode", &mode, err))
        return false;
    if (bytes < 0)
        return error_set(err, ERR_MANIFEST, "\"size\" is missing or no whole number");
    if (!digest_from_hex(hex, &out->digest))
        return error_set(err, ERR_MANIFEST, "\"sha256\" is not 64 lower-case hex characters");
    if (!read_mode(mode, &out->mode))
        return error_set(err, ERR_MANIFEST, "\"mode\" is not four octal digits such as 0755");
    out->size_bytes = (uint64_t)bytes;
    return true;
}

static bool read_files(ParsedManifest *parsed, Error *err)
{
    const Json *files = json_get(parsed->json, "files");
    const size_t count = json_count(files);

    if (json_kind(files) != JSON_KIND_ARRAY || count == 0 || count > MANIFEST_FILES_MOST)
        return error_set(err, ERR_MANIFEST, "\"files\" is no list of 1 to %d files",
                         MANIFEST_FILES_MOST);
    parsed->files = calloc(count, sizeof *parsed->files);
    if (!parsed->files)
        return error_memory(err);
    for (size_t i = 0; i < count; i++)
        if (!read_file(json_item(files, i), &parsed->files[i], err))
            return error_while(err, "entry %zu of \"files\"", i + 1);
    manifest_sort_files(parsed->files, count);
    parsed->manifest.files = parsed->files;
    parsed->manifest.file_count = count;
    return true;
}

static bool read_json(ParsedManifest *parsed, Error *err)
{
    const Json *json = parsed->json;
    Manifest *manifest = &parsed->manifest;

    if (!check_keys(json, manifest_keys, sizeof manifest_keys / sizeof manifest_keys[0], err))
        return false;
    return get_text(json, "name", &manifest->name, err) &&
           get_text(json, "version", &manifest->version, err) &&
           get_text(json, "os", &manifest->os, err) &&
           get_text(json, "arch", &manifest->arch, err) &&
           get_time(json, "created", &manifest->created_ms, err) &&
           read_expiry(json, manifest, err) && read_command(parsed, err) && read_files(parsed, err);
}

static bool parse(ParsedManifest *parsed, const char *bytes, size_t length, Error *err)
{
    if (!json_parse(bytes, length, &parsed->json, err)) {
        err->code = err->code == ERR_JSON ? ERR_MANIFEST : err->code;
        return false;
    }
    /* The schema first: what else may be in it, only its schema can tell. */
    return check_schema(parsed->json, err) && read_json(parsed, err) &&
           manifest_rules_check(&parsed->manifest, err);
}

bool manifest_parse(const char *bytes, size_t length, Manifest **out, Error *err)
{
    CLEANUP(parsed_free) ParsedManifest *parsed = calloc(1, sizeof *parsed);

    if (!parsed)
        return error_memory(err);
    if (length > MANIFEST_LIMIT)
        return error_set(err, ERR_MANIFEST, "%s has %zu bytes, expected at most %d",
                         MANIFEST_FILE_NAME, length, MANIFEST_LIMIT);
    if (!parse(parsed, bytes, length, err))
        return error_while(err, "%s is not valid", MANIFEST_FILE_NAME);
    *out = &TAKE(parsed)->manifest;
    return true;
}

bool manifest_read_file(const char *path, Manifest **out, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    if (!file_read_all(path, MANIFEST_LIMIT, &bytes, &length, err))
        return error_while(err, "reading the manifest");
    return manifest_parse(bytes, length, out, err) || error_while(err, "%s", path);
}
