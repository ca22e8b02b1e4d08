/* See wide_windows.h. Source: MultiByteToWideChar, GetFullPathNameW,
 * https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation */
#include "base/wide_windows.h"
#include "base/text.h"
#include "base/windows_name.h"

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

/* ---- what a path may be ---- */

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool is_drive(const char *path)
{
    return ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z')) &&
           path[1] == ':';
}

static bool begins_with_share(const char *path)
{
    return is_slash(path[0]) && is_slash(path[1]);
}

/* `mark` is '?' or '.'. */
static bool begins_with_namespace(const char *path, char mark)
{
    return begins_with_share(path) && path[2] == mark && is_slash(path[3]);
}

static bool is_dots(const char *segment, size_t length)
{
    return length <= 2 && memcmp(segment, "..", length) == 0;
}

static const char *problem_of_segments(const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/\\");
        const char *problem = NULL;

        if (length > 0 && !is_dots(path, length))
            problem = windows_name_problem(path, length);
        if (problem)
            return problem;
        path += length;
        path += *path != '\0' ? 1 : 0;
    }
    return NULL;
}

static const char *problem_of(const char *path)
{
    if (path[0] == '\0')
        return "is empty";
    if (begins_with_namespace(path, '.'))
        return "names a device";
    if (!is_drive(path))
        return problem_of_segments(path);
    if (!is_slash(path[2]))
        return "names a drive, but no folder on it: write C:/ and the whole path";
    return problem_of_segments(path + 2);
}

/* ---- the path itself ---- */

/* \\?\C:\x as C:\x, \\?\UNC\server\share as \\server\share. NULL if out of memory. Caller frees. */
static char *without_namespace(const char *path)
{
    if (!begins_with_namespace(path, '?'))
        return text_copy(path);
    path += sizeof "\\\\?\\" - 1;
    if (text_starts_with(path, "UNC") && is_slash(path[3]))
        return text_formatted("\\\\%s", path + 4);
    return text_copy(path);
}

/* The absolute path, behind room for the prefix. NULL and GetLastError() if that fails. */
static wchar_t *absolute_behind(const wchar_t *path, size_t room)
{
    DWORD length = GetFullPathNameW(path, 0, NULL, NULL);
    wchar_t *out = NULL;

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
    const char *problem = plain ? problem_of(plain) : NULL;
    wchar_t *absolute = NULL;

    if (!plain)
        return error_memory(err);
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
