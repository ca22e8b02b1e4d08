/* See manifest_rules.h. */
#include "verify/manifest_rules.h"

#include "base/text.h"
#include "verify/entry_name.h"
#include "verify/version.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 100, PLATFORM_MOST = 32 };

/* Text from outside that broke a rule is shown so that it cannot move a cursor. */
static bool refuse_value(const char *what, const char *value, const char *why, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, ERR_MANIFEST, "%s \"%s\" %s", what,
                     entry_name_printable(value, strlen(value), shown), why);
}

static bool check_name(const char *name, Error *err)
{
    if (name[0] == '\0')
        return error_set(err, ERR_MANIFEST, "name is empty");
    if (strlen(name) > NAME_MOST)
        return refuse_value("name", name, "is longer than 100 bytes", err);
    if (!text_printable(name))
        return refuse_value("name", name, "has a control character", err);
    return true;
}

/* GOOS and GOARCH as Go writes them. */
static bool check_platform(const char *what, const char *value, Error *err)
{
    const size_t length = strlen(value);

    if (length == 0 || length > PLATFORM_MOST ||
        strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return refuse_value(what, value, "is not a lower-case name such as Go uses", err);
    return true;
}

static bool check_times(const Manifest *manifest, Error *err)
{
    if (manifest->created_ms < 0)
        return error_set(err, ERR_MANIFEST, "created is before 1970");
    if (manifest->expires_ms != 0 && manifest->expires_ms <= manifest->created_ms)
        return error_set(err, ERR_MANIFEST, "expires is not after created");
    return true;
}

static bool check_command(const char *const *command, Error *err)
{
    size_t count = 0;

    if (!command)
        return true;
    while (command[count] && count <= MANIFEST_COMMAND_MOST)
        count++;
    if (count == 0 || command[0][0] == '\0')
        return error_set(err, ERR_MANIFEST, "command names no program");
    if (count > MANIFEST_COMMAND_MOST)
        return error_set(err, ERR_MANIFEST, "command has more than %d parts",
                         MANIFEST_COMMAND_MOST);
    return true;
}

static bool check_file(const ManifestFile *file, Error *err)
{
    if (!entry_name_check(file->path, strlen(file->path), err)) {
        err->code = ERR_MANIFEST;
        return false;
    }
    if (file->mode < 0 || file->mode > 0777)
        return refuse_value("mode of", file->path, "is not between 0000 and 0777", err);
    if (file->size_bytes > INT64_MAX)
        return refuse_value("size of", file->path, "is larger than any file", err);
    return true;
}

/* The paths as a case-insensitive file system sees them, sorted. */
typedef struct Folded {
    char **keys;
    size_t count;
} Folded;

static void folded_free(Folded *folded)
{
    for (size_t i = 0; i < folded->count; i++)
        free(folded->keys[i]);
    free(folded->keys);
}
#define CLEANUP_FOLDED __attribute__((cleanup(folded_free)))

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool fold_paths(const Manifest *manifest, Folded *out, Error *err)
{
    out->keys = calloc(manifest->file_count, sizeof *out->keys);
    if (!out->keys)
        return error_memory(err);
    for (; out->count < manifest->file_count; out->count++) {
        out->keys[out->count] = entry_name_fold(manifest->files[out->count].path);
        if (!out->keys[out->count])
            return error_memory(err);
    }
    qsort(out->keys, out->count, sizeof *out->keys, compare_keys);
    return true;
}

static bool folded_has(const Folded *folded, const char *key)
{
    return bsearch(&key, folded->keys, folded->count, sizeof *folded->keys, compare_keys) != NULL;
}

/* "a" and "A/b": where `a` is a file, nothing can lie below it. */
static bool check_parents(const Folded *folded, char *key, Error *err)
{
    for (char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (folded_has(folded, key))
            return refuse_value("path", key, "is listed as a file, and others lie below it", err);
        *slash = '/';
    }
    return true;
}

static bool check_collisions(const Manifest *manifest, Error *err)
{
    CLEANUP_FOLDED Folded folded = {0};

    if (!fold_paths(manifest, &folded, err))
        return false;
    for (size_t i = 1; i < folded.count; i++)
        if (strcmp(folded.keys[i - 1], folded.keys[i]) == 0)
            return refuse_value("path", folded.keys[i],
                                "is listed twice (upper and lower case count as one)", err);
    if (folded_has(&folded, MANIFEST_FILE_NAME))
        return error_set(err, ERR_MANIFEST, "it lists " MANIFEST_FILE_NAME ", which is itself");
    for (size_t i = 0; i < folded.count; i++) {
        CLEANUP(free) char *key = text_copy(folded.keys[i]);

        if (!key)
            return error_memory(err);
        if (!check_parents(&folded, key, err))
            return false;
    }
    return true;
}

static bool check_files(const Manifest *manifest, Error *err)
{
    if (manifest->file_count == 0)
        return error_set(err, ERR_MANIFEST, "files is empty");
    if (manifest->file_count > MANIFEST_FILES_MOST)
        return error_set(err, ERR_MANIFEST, "it lists %zu files, expected at most %d",
                         manifest->file_count, MANIFEST_FILES_MOST);
    for (size_t i = 0; i < manifest->file_count; i++)
        if (!check_file(&manifest->files[i], err))
            return false;
    return check_collisions(manifest, err);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const ManifestFile *)a)->path, ((const ManifestFile *)b)->path);
}

void manifest_sort_files(ManifestFile *files, size_t count)
{
    qsort(files, count, sizeof *files, compare_paths);
}

bool manifest_rules_check(const Manifest *manifest, Error *err)
{
    const char *problem = version_problem(manifest->version);

    if (problem)
        return refuse_value("version", manifest->version, problem, err);
    return check_name(manifest->name, err) && check_platform("os", manifest->os, err) &&
           check_platform("arch", manifest->arch, err) && check_times(manifest, err) &&
           check_command(manifest->command, err) && check_files(manifest, err);
}
