/* See wide_windows.h. Source: MultiByteToWideChar, GetFullPathNameW,
 * https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation */
#include "base/wide_windows.h"
#include "base/path.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { LONGEST_PATH = 32767 };

wchar_t *wide_from_utf8(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = length > 0 ? calloc((size_t)length, sizeof *wide) : NULL;

    if (wide &&
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, length) != length) {
        free(wide);
        return NULL;
    }
    return wide;
}

char *wide_to_utf8(const wchar_t *text)
{
    DWORD flags = WC_ERR_INVALID_CHARS;
    int length = WideCharToMultiByte(CP_UTF8, flags, text, -1, NULL, 0, NULL, NULL);
    char *narrow = length > 0 ? calloc((size_t)length, 1) : NULL;

    if (narrow &&
        WideCharToMultiByte(CP_UTF8, flags, text, -1, narrow, length, NULL, NULL) != length) {
        free(narrow);
        return NULL;
    }
    return narrow;
}

/* ---- the path itself ---- */

static bool begins_with_namespace(const char *path)
{
    return path_is_separator(path[0]) && path_is_separator(path[1]) && path[2] == '?' &&
           path_is_separator(path[3]);
}

static const char *behind_namespace(const char *path)
{
    return path + sizeof "\\\\?\\" - 1;
}

static bool is_share(const char *behind)
{
    return text_starts_with_ignoring_case(behind, "UNC") && path_is_separator(behind[3]);
}

/* \\?\C:\x as C:\x, \\?\UNC\server\share as \\server\share. NULL if out of memory. Caller frees. */
static char *without_namespace(const char *path)
{
    if (!begins_with_namespace(path))
        return text_copy(path);
    path = behind_namespace(path);
    return is_share(path) ? text_formatted("\\\\%s", path + 4) : text_copy(path);
}

/* A volume by its GUID, GLOBALROOT: without \\?\ it would be a name in the current folder. */
static const char *problem_of_namespace(const char *path)
{
    if (!begins_with_namespace(path) || is_share(behind_namespace(path)) ||
        (path_is_absolute(behind_namespace(path)) && !path_is_separator(behind_namespace(path)[0])))
        return NULL;
    return "names neither a drive nor a share behind \\\\?\\";
}

/* The absolute path, behind room for the prefix. NULL and GetLastError() if that fails. */
static wchar_t *absolute_behind(const wchar_t *path, size_t room)
{
    DWORD length = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *out = NULL;

    if (length > LONGEST_PATH)
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
    if (length == 0 || length > LONGEST_PATH)
        return NULL;
    out = calloc(room + length, sizeof *out);
    if (out && GetFullPathNameW(path, length, out + room, NULL) >= length) {
        free(out); /* the current folder changed in between: nobody here does that */
        return NULL;
    }
    return out;
}

/* Writes \\?\ in front, or \\?\UNC over the first backslash of \\server\share. */
static void put_prefix(wchar_t *path, size_t room)
{
    static const wchar_t local[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    bool is_share = path[room] == L'\\' && path[room + 1] == L'\\';
    const wchar_t *prefix = is_share ? share : local;
    size_t length = wcslen(prefix), from = is_share ? room + 1 : room;

    memcpy(path, prefix, length * sizeof *path);
    memmove(path + length, path + from, (wcslen(path + from) + 1) * sizeof *path);
}

bool wide_path(const char *path, wchar_t **out, Error *err)
{
    enum { ROOM = sizeof "\\\\?\\UNC" - 1 };
    CLEANUP(free) char *plain = without_namespace(path);
    CLEANUP(free) wchar_t *wide = NULL;
    const char *problem = problem_of_namespace(path);
    wchar_t *absolute = NULL;

    if (!plain)
        return error_memory(err);
    problem = problem ? problem : path_problem(plain);
    if (problem)
        return error_set(err, ERR_FILE, "\"%s\" %s", path, problem);
    wide = wide_from_utf8(plain);
    if (!wide)
        return error_set(err, ERR_FILE, "\"%s\" is not UTF-8", path);
    absolute = absolute_behind(wide, ROOM);
    if (!absolute)
        return error_set_os(err, ERR_FILE, "finding out where \"%s\" is", path);
    put_prefix(absolute, ROOM);
    *out = absolute;
    return true;
}

bool wide_plain_path(const char *path, wchar_t **out, Error *err)
{
    static const wchar_t local[] = L"\\\\?\\", share[] = L"\\\\?\\UNC\\";
    CLEANUP(free) wchar_t *wide = NULL;
    size_t local_length = wcslen(local), share_length = wcslen(share);
    wchar_t *plain = NULL;

    if (!wide_path(path, &wide, err))
        return false;
    plain = wide + local_length;
    if (wcsncmp(wide, share, share_length) == 0) {
        plain = wide + share_length - 2; /* for the two backslashes of a server */
        plain[0] = L'\\';
    }
    memmove(wide, plain, (wcslen(plain) + 1) * sizeof *plain);
    *out = TAKE(wide);
    return true;
}
