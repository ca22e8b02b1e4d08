/* Part of path.h: how this system writes a path. Drive letters and shares (//server/share) are
 * roots, "C:a" is none: which folder it means is known to nobody. Source:
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
#include "base/path_root.h"
#include "base/text.h"
#include "base/windows_name.h"

#include <string.h>

bool path_is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool is_drive(const char *path)
{
    return ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z')) &&
           path[1] == ':';
}

static bool begins_with_drive(const char *path)
{
    return is_drive(path) && path_is_separator(path[2]);
}

static bool begins_with_share(const char *path)
{
    return path_is_separator(path[0]) && path_is_separator(path[1]);
}

size_t path_root_length(const char *path)
{
    size_t server = 0, share = 0;

    if (begins_with_drive(path))
        return sizeof "C:/" - 1;
    if (!begins_with_share(path))
        return path_is_separator(path[0]) ? 1 : 0;
    server = 2 + strcspn(path + 2, "/\\");
    share = path[server] != '\0' ? 1 + strcspn(path + server + 1, "/\\") : 0;
    return server + share;
}

bool path_root_lacks_drive(const char *path)
{
    return path_is_separator(path[0]) && !path_is_separator(path[1]);
}

void path_use_slashes(char *path)
{
    static const char local[] = "//?/", share[] = "//?/UNC/";
    size_t cut = 0;

    for (char *c = path; *c != '\0'; c++)
        *c = *c == '\\' ? '/' : *c;
    if (text_starts_with(path, share))
        cut = sizeof share - sizeof "//";
    else if (text_starts_with(path, local))
        cut = sizeof local - 1;
    if (cut == 0)
        return;
    memmove(path, path + cut, strlen(path + cut) + 1);
    if (cut == sizeof share - sizeof "//")
        path[0] = '/';
}

static bool is_dots(const char *segment, size_t length)
{
    return length <= 2 && memcmp(segment, "..", length) == 0;
}

static const char *problem_of_names(const char *path)
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

const char *path_problem(const char *path)
{
    if (path[0] == '\0')
        return "is empty";
    if (begins_with_share(path) && path[2] == '.' && path_is_separator(path[3]))
        return "names a device";
    if (!is_drive(path))
        return problem_of_names(path);
    if (!path_is_separator(path[2]))
        return "names a drive, but no folder on it: write C:/ and the whole path";
    return problem_of_names(path + 2);
}

const char *path_program_ending(void)
{
    return ".exe";
}
