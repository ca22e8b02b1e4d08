/* See path.h. No symbolic link is followed here, so ".." is never resolved: "a/.." need not be ".".
 */
#include "base/path_root.h"
#include "base/text.h"
#include "base/uv_status.h"

#include <string.h>
#include <uv.h>

enum { LONGEST_PATH = 32768 };

/* NULL if there is none. */
static const char *last_separator(const char *path)
{
    const char *at = path + strlen(path);

    while (at > path && !path_is_separator(at[-1]))
        at--;
    return at > path ? at - 1 : NULL;
}

static bool ends_with_separator(const char *path, size_t length)
{
    return length > 0 && path_is_separator(path[length - 1]);
}

char *path_join(const char *base, const char *name)
{
    const size_t length = strlen(base);
    const char *slash = length == 0 || ends_with_separator(base, length) ? "" : "/";

    if (path_is_absolute(name))
        return text_copy(name);
    return text_formatted("%s%s%s", base, slash, name);
}

const char *path_file_name(const char *path)
{
    const char *slash = last_separator(path);

    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    const char *slash = last_separator(path);
    const size_t root = path_root_length(path);

    if (!slash)
        return text_copy(".");
    while (ends_with_separator(path, (size_t)(slash - path))) /* a//b: the folder is a */
        slash--;
    if ((size_t)(slash - path) < root)
        return text_copy_bytes(path, root);
    return text_copy_bytes(path, (size_t)(slash - path));
}

bool path_is_absolute(const char *path)
{
    return path_root_length(path) > 0;
}

/* Appends the parts of `path` that say something: neither "." nor an empty one. */
static void append_parts(Text *text, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");

        if (length > 0 && !(length == 1 && path[0] == '.')) {
            if (text->length > 0 && !text_ends_with(text_chars(text), "/"))
                text_append(text, "/");
            text_append_bytes(text, path, length);
        }
        path += length;
        path += *path == '/' ? 1 : 0;
    }
}

static bool current_folder(Text *out, Error *err)
{
    char folder[LONGEST_PATH];
    size_t size = sizeof folder;
    int status = uv_cwd(folder, &size);

    if (status != 0)
        return error_set_errno(err, ERR_FILE, uv_status_errno(status),
                               "finding out the current folder");
    path_use_slashes(folder);
    text_append(out, folder);
    return true;
}

static bool append_current_drive(Text *out, Error *err)
{
    CLEANUP_TEXT Text folder = {0};

    if (!current_folder(&folder, err))
        return false;
    text_append_bytes(out, text_chars(&folder), path_root_length(text_chars(&folder)));
    return true;
}

bool path_absolute(const char *given, char **out, Error *err)
{
    CLEANUP(free) char *path = text_copy(given);
    CLEANUP_TEXT Text absolute = {0};
    char *result = NULL;
    size_t root = 0;

    if (!path)
        return error_memory(err);
    path_use_slashes(path);
    root = path_root_length(path);
    if (path_root_lacks_drive(path)) {
        if (!append_current_drive(&absolute, err))
            return false;
    } else if (root > 0) {
        text_append_bytes(&absolute, path, root);
    } else if (!current_folder(&absolute, err)) {
        return false;
    }
    append_parts(&absolute, path + root);
    result = text_take(&absolute);
    if (!result)
        return error_memory(err);
    *out = result;
    return true;
}

bool path_of_program(char **out, Error *err)
{
    char program[LONGEST_PATH];
    size_t size = sizeof program;
    int status = uv_exepath(program, &size);
    char *folder = NULL;

    if (status != 0)
        return error_set_errno(err, ERR_FILE, uv_status_errno(status),
                               "finding out where this program is");
    path_use_slashes(program);
    folder = path_folder(program);
    if (!folder)
        return error_memory(err);
    *out = folder;
    return true;
}
