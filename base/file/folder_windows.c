/* Part of file.h: what libuv cannot do with folders.
 *
 * A tree is removed through open folders (NtOpenFile with the folder it is relative to) and never
 * by path: an instance may run under another account, and could put a junction where a folder was
 * between our look and our step. Source:
 * https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntopenfile */
#include "base/file/busy_windows.h"
#include "base/file/file.h"
#include "base/file/remove_windows.h"
#include "base/handle_windows.h"
#include "base/path.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <winternl.h>

enum {
    SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
    LISTING_SIZE = 64 * 1024,
    MOST_PASSES = 3,
    MOST_DEPTH = 512, /* handles do not run out here before the stack does */
};

/* Windows has no call that writes a folder to disk: NTFS journals names, and what must not get lost
 * is renamed with MOVEFILE_WRITE_THROUGH (file_system_windows.c). */
bool folder_sync(const char *path, Error *err)
{
    FileKind kind = file_kind(path);

    if (kind == FILE_FOLDER || kind == FILE_LINK)
        return true;
    return error_set(err, ERR_FILE, "opening the folder %s: there is no such folder", path);
}

/* An open folder of the tree that is being removed; `path` is for messages and for waiting. */
typedef struct Place {
    HANDLE handle;
    const wchar_t *path;
    int depth;
} Place;

/* A folder in a folder is removed as the one around it, up to MOST_DEPTH. */
/* NOLINTBEGIN(misc-no-recursion) */
static bool remove_entry(const Place *parent, const wchar_t *name, Error *err);

static bool failed_at(const wchar_t *path, DWORD number, Error *err)
{
    CLEANUP(free) char *shown = wide_to_utf8(path);

    return busy_error(err, number, path, "removing", shown ? shown : "a name that is no text");
}

/* ---- one name in an open folder ---- */

static DWORD open_in(const Place *parent, const wchar_t *name, ACCESS_MASK rights, HANDLE *out)
{
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES where;
    IO_STATUS_BLOCK ignored;
    CLEANUP(free) wchar_t *copy = _wcsdup(name); /* its type is not const */
    NTSTATUS status = 0;

    if (!copy)
        return ERROR_NOT_ENOUGH_MEMORY;
    RtlInitUnicodeString(&text, copy);
    InitializeObjectAttributes(&where, &text, OBJ_CASE_INSENSITIVE, parent->handle, NULL);
    status = NtOpenFile(out, rights | SYNCHRONIZE, &where, &ignored, SHARE_ALL,
                        FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT |
                            FILE_SYNCHRONOUS_IO_NONALERT);
    return NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

static bool is_gone(DWORD number)
{
    return number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND;
}

/* Links and junctions are names to be removed, not folders to go into. */
static bool is_plain_folder(HANDLE handle)
{
    FILE_BASIC_INFO info = {0};

    return GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof info) &&
           (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
           (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
}

/* ---- what is in a folder ---- */

static bool is_dots(const wchar_t *name)
{
    return wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0;
}

static bool remove_listed(const Place *folder, const FILE_FULL_DIR_INFO *entry, Error *err)
{
    size_t length = entry->FileNameLength / sizeof(wchar_t);
    CLEANUP(free) wchar_t *name = calloc(length + 1, sizeof *name);

    if (!name)
        return error_memory(err);
    memcpy(name, entry->FileName, length * sizeof *name);
    return is_dots(name) || remove_entry(folder, name, err);
}

static bool remove_batch(const Place *folder, const char *listing, Error *err)
{
    const FILE_FULL_DIR_INFO *entry = NULL;
    size_t at = 0;

    do {
        entry = (const void *)(listing + at);
        if (!remove_listed(folder, entry, err))
            return false;
        at += entry->NextEntryOffset;
    } while (entry->NextEntryOffset != 0);
    return true;
}

static bool remove_children(const Place *folder, Error *err)
{
    CLEANUP(free) char *listing = malloc(LISTING_SIZE);
    FILE_INFO_BY_HANDLE_CLASS how = FileFullDirectoryRestartInfo;

    if (!listing)
        return error_memory(err);
    while (GetFileInformationByHandleEx(folder->handle, how, listing, LISTING_SIZE)) {
        if (!remove_batch(folder, listing, err))
            return false;
        how = FileFullDirectoryInfo;
    }
    return GetLastError() == ERROR_NO_MORE_FILES || is_gone(GetLastError()) ||
           failed_at(folder->path, GetLastError(), err);
}

/* ---- the tree ---- */

static wchar_t *path_in(const Place *parent, const wchar_t *name)
{
    size_t before = wcslen(parent->path), length = wcslen(name);
    wchar_t *path = calloc(before + length + 2, sizeof *path);

    if (path) {
        memcpy(path, parent->path, before * sizeof *path);
        if (before > 0 && path[before - 1] != L'\\')
            path[before++] = L'\\';
        memcpy(path + before, name, length * sizeof *path);
    }
    return path;
}

/* ERROR_SUCCESS, also if it is gone already; ERROR_DIR_NOT_EMPTY for a folder that has something in
 * it. */
static DWORD remove_name(const Place *parent, const wchar_t *name)
{
    CLEANUP(handle_close) HANDLE handle = NULL;
    DWORD number =
        open_in(parent, name, DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, &handle);

    if (number != ERROR_SUCCESS)
        return is_gone(number) ? ERROR_SUCCESS : number;
    return remove_open(handle);
}

/* Waits for those who hold it for a moment only. */
static DWORD remove_name_patiently(const Place *parent, const wchar_t *name)
{
    DWORD number = ERROR_SUCCESS;
    int tries = 0;

    do
        number = remove_name(parent, name);
    while (number != ERROR_SUCCESS && busy_try_again(number, tries++));
    return number;
}

static bool empty_folder(const Place *parent, const wchar_t *name, const wchar_t *path, Error *err)
{
    CLEANUP(handle_close) HANDLE handle = NULL;
    DWORD number = open_in(parent, name, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, &handle);
    Place folder = {.handle = handle, .path = path, .depth = parent->depth + 1};

    if (number != ERROR_SUCCESS)
        return is_gone(number) || failed_at(path, number, err);
    if (!is_plain_folder(handle)) /* it was one a moment ago */
        return true;
    if (folder.depth > MOST_DEPTH)
        return failed_at(path, ERROR_FILENAME_EXCED_RANGE, err);
    return remove_children(&folder, err);
}

/* Several passes, for a program that still runs may still write. */
static bool remove_entry(const Place *parent, const wchar_t *name, Error *err)
{
    CLEANUP(free) wchar_t *path = path_in(parent, name);
    DWORD number = ERROR_SUCCESS;

    if (!path)
        return error_memory(err);
    number = remove_name_patiently(parent, name);
    for (int pass = 0; pass < MOST_PASSES && number == ERROR_DIR_NOT_EMPTY; pass++) {
        if (!empty_folder(parent, name, path, err))
            return false;
        number = remove_name_patiently(parent, name);
    }
    return number == ERROR_SUCCESS || failed_at(path, number, err);
}

/* NOLINTEND(misc-no-recursion) */

static bool remove_below(const wchar_t *folder, const wchar_t *name, Error *err)
{
    CLEANUP(handle_close)
    HANDLE handle = CreateFileW(folder, FILE_LIST_DIRECTORY | SYNCHRONIZE, SHARE_ALL, NULL,
                                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    Place parent = {.handle = handle, .path = folder};
    DWORD number = GetLastError();

    if (!handle_is_valid(handle))
        return is_gone(number) || failed_at(folder, number, err);
    return remove_entry(&parent, name, err);
}

bool folder_remove_tree(const char *path, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(free) wchar_t *name = NULL;
    wchar_t *last = NULL;

    if (!wide_path(path, &wide, err))
        return false;
    for (size_t length = wcslen(wide); length > 0 && wide[length - 1] == L'\\'; length--)
        wide[length - 1] = L'\0';
    last = wcsrchr(wide, L'\\');
    if (text_equal(path_file_name(path), ".") || text_equal(path_file_name(path), "..") || !last ||
        path_root_length(path) == strlen(path))
        return error_set(err, ERR_FILE, "\"%s\" is not the name of a folder to remove", path);
    name = _wcsdup(last + 1);
    if (!name)
        return error_memory(err);
    last[1] = L'\0'; /* the backslash stays: without it C: is a device */
    return remove_below(wide, name, err);
}
