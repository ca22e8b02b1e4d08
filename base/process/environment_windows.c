/* See environment_windows.h. */
#include "base/process/environment_windows.h"

#include "base/process/own_environment.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <windows.h>

typedef struct Lines {
    wchar_t **items; /* owned */
    size_t count;
} Lines;

static void lines_free(Lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i]);
    free(lines->items);
}
#define CLEANUP_LINES __attribute__((cleanup(lines_free)))

/* "=C:=C:\work", as cmd.exe keeps current folders, begins with a sign that belongs to the name. */
static int name_length(const wchar_t *line)
{
    return (int)(1 + wcscspn(line + 1, L"="));
}

static int compare_names(const wchar_t *a, const wchar_t *b)
{
    return CompareStringOrdinal(a, name_length(a), b, name_length(b), TRUE) - CSTR_EQUAL;
}

static int by_name(const void *a, const void *b)
{
    return compare_names(*(wchar_t *const *)a, *(wchar_t *const *)b);
}

/* Takes the place of a line of the same name. Takes `line` over. */
static void put(Lines *lines, wchar_t *line)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (compare_names(lines->items[i], line) == 0) {
            free(lines->items[i]);
            lines->items[i] = line;
            return;
        }
    }
    lines->items[lines->count++] = line;
}

static bool add(Lines *lines, const char *text, Error *err)
{
    CLEANUP(free) wchar_t *line = wide_from_utf8(text);

    if (!line)
        return error_set(err, ERR_PROCESS, "a line of the environment is no UTF-8");
    if (line[0] == L'\0' || line[name_length(line)] != L'=')
        return error_set(err, ERR_PROCESS, "a line of the environment is not NAME=value");
    put(lines, TAKE(line));
    return true;
}

static bool read_lines(const char *const *environment, Lines *out, Error *err)
{
    CLEANUP(free) char *root = own_environment_get("SystemRoot");
    size_t count = 0;

    while (environment[count])
        count++;
    out->items = calloc(count + 1, sizeof *out->items);
    if (!out->items)
        return error_memory(err);
    if (root) {
        CLEANUP(free) char *line = text_formatted("SystemRoot=%s", root);

        if (!line)
            return error_memory(err);
        if (!add(out, line, err))
            return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!add(out, environment[i], err))
            return false;
    return true;
}

static wchar_t *join(const Lines *lines)
{
    size_t size = 2; /* an empty block ends twice too */
    size_t at = 0;
    wchar_t *block;

    for (size_t i = 0; i < lines->count; i++)
        size += wcslen(lines->items[i]) + 1;
    block = calloc(size, sizeof *block);
    for (size_t i = 0; block && i < lines->count; i++) {
        size_t length = wcslen(lines->items[i]) + 1;

        wmemcpy(block + at, lines->items[i], length);
        at += length;
    }
    return block;
}

bool environment_block(const char *const *environment, wchar_t **out, Error *err)
{
    CLEANUP_LINES Lines lines = {0};

    *out = NULL;
    if (!environment)
        return true;
    if (!read_lines(environment, &lines, err))
        return false;
    qsort(lines.items, lines.count, sizeof *lines.items, by_name);
    *out = join(&lines);
    return *out ? true : error_memory(err);
}
