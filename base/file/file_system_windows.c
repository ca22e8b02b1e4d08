/* See file_system.h. Every file is opened so that others may read, write, rename and delete it
 * meanwhile, as on other systems. Source: CreateFileW, MoveFileExW, SetFileInformationByHandle. */
#include "base/file/busy_windows.h"
#include "base/file/file_system.h"
#include "base/file/private_windows.h"
#include "base/file/remove_windows.h"
#include "base/filetime_windows.h"
#include "base/handle_windows.h"
#include "base/wide_windows.h"

#include <aclapi.h>
#include <io.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, GROUP_AND_OTHERS = 077 };

char *file_system_path(const char *path, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    char *native = NULL;

    if (!wide_path(path, &wide, err))
        return NULL;
    native = wide_to_utf8(wide);
    if (!native)
        (void)error_memory(err);
    return native;
}

/* ---- looking ---- */

static int status_of_last_error(void)
{
    return GetLastError() == ERROR_PATH_NOT_FOUND ? UV_ENOENT
                                                  : uv_translate_sys_error((int)GetLastError());
}

static FileLook look_of(DWORD attributes, FILETIME changed, DWORD size_high, DWORD size_low)
{
    return (FileLook){(attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? FILE_FOLDER : FILE_REGULAR,
                      (uint64_t)size_high << 32 | size_low,
                      filetime_to_unix_ms(changed.dwHighDateTime, changed.dwLowDateTime)};
}

/* Symbolic links and junctions stand for another name. Other reparse points are files that are
 * stored in another way (deduplicated, in a cloud). */
static int look_by_opening(const wchar_t *path, bool follow, FileLook *out)
{
    DWORD how = FILE_FLAG_BACKUP_SEMANTICS | (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
    FILE_ATTRIBUTE_TAG_INFO tag = {0};
    BY_HANDLE_FILE_INFORMATION found;
    CLEANUP(handle_close)
    HANDLE file =
        CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, how, NULL);

    if (!handle_is_valid(file) || !GetFileInformationByHandle(file, &found) ||
        !GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof tag))
        return status_of_last_error();
    *out = look_of(found.dwFileAttributes, found.ftLastWriteTime, found.nFileSizeHigh,
                   found.nFileSizeLow);
    if ((tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
        IsReparseTagNameSurrogate(tag.ReparseTag))
        out->kind = FILE_LINK;
    return 0;
}

/* By name alone where that is enough: each opening is one more for a scanner to look into. The top
 * of a share cannot be asked for so (ERROR_BAD_NETPATH: GetFileAttributesExW, remarks). */
int file_system_look(const char *path, bool follow, FileLook *out)
{
    Error unnamed;
    CLEANUP(free) wchar_t *wide = NULL;
    WIN32_FILE_ATTRIBUTE_DATA found;

    if (!wide_path(path, &wide, &unnamed))
        return UV_EINVAL;
    if (!GetFileAttributesExW(wide, GetFileExInfoStandard, &found))
        return GetLastError() == ERROR_BAD_NETPATH ? look_by_opening(wide, follow, out)
                                                   : status_of_last_error();
    if ((found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
        return look_by_opening(wide, follow, out);
    *out = look_of(found.dwFileAttributes, found.ftLastWriteTime, found.nFileSizeHigh,
                   found.nFileSizeLow);
    return 0;
}

int file_system_look_open(int descriptor, FileKind *kind, uint64_t *size_bytes)
{
    HANDLE file = (HANDLE)_get_osfhandle(descriptor);
    FILE_STANDARD_INFO found = {0};

    *kind = FILE_OTHER;
    *size_bytes = 0;
    if (GetFileType(file) != FILE_TYPE_DISK)
        return 0;
    if (!GetFileInformationByHandleEx(file, FileStandardInfo, &found, sizeof found))
        return status_of_last_error();
    *kind = found.Directory ? FILE_FOLDER : FILE_REGULAR;
    *size_bytes = (uint64_t)found.EndOfFile.QuadPart;
    return 0;
}

/* ---- opening ---- */

typedef struct Opening {
    DWORD rights;
    DWORD how;
} Opening;

static Opening opening_for(FileMode mode)
{
    const DWORD both = GENERIC_READ | GENERIC_WRITE;

    switch (mode) {
    case FILE_READ:
        return (Opening){GENERIC_READ, OPEN_EXISTING};
    case FILE_CREATE_NEW: /* WRITE_DAC: file_system_set_open_mode() */
        return (Opening){both | WRITE_DAC, CREATE_NEW};
    case FILE_REPLACE: /* emptied once it is known to be a file */
    case FILE_CONTINUE:
        return (Opening){both, OPEN_ALWAYS};
    }
    return (Opening){GENERIC_READ, OPEN_EXISTING};
}

/* "Access denied" is told at once: for a file that is merely looked at by others it is the other
 * error. */
static HANDLE open_wide(const wchar_t *path, FileMode mode)
{
    const Opening opening = opening_for(mode);
    CLEANUP_PRIVATE_ACCESS PrivateAccess access = {0};
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    HANDLE handle = INVALID_HANDLE_VALUE;

    if (mode != FILE_READ && !private_access_for(path, &access))
        return INVALID_HANDLE_VALUE;
    attributes.lpSecurityDescriptor = access.descriptor;
    for (int tries = 0; handle == INVALID_HANDLE_VALUE; tries++) {
        handle = CreateFileW(path, opening.rights, SHARE_ALL, &attributes, opening.how,
                             FILE_ATTRIBUTE_NORMAL, NULL);
        if (handle == INVALID_HANDLE_VALUE && (GetLastError() != ERROR_SHARING_VIOLATION ||
                                               !busy_try_again(ERROR_SHARING_VIOLATION, tries)))
            break;
    }
    return handle;
}

bool file_system_open(const char *path, FileMode mode, int *descriptor, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(handle_close) HANDLE handle = NULL;
    int opened = 0;

    if (!wide_path(path, &wide, err))
        return false;
    handle = open_wide(wide, mode);
    if (!handle_is_valid(handle))
        return busy_error(err, GetLastError(), wide, "opening", path);
    opened = _open_osfhandle((intptr_t)handle, 0);
    if (opened < 0)
        return error_set(err, ERR_FILE, "opening %s: too many files are open", path);
    (void)TAKE(handle); /* the descriptor's now */
    *descriptor = opened;
    return true;
}

int file_system_make_folder(const char *path)
{
    Error unnamed;
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP_PRIVATE_ACCESS PrivateAccess access = {0};
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};

    if (!wide_path(path, &wide, &unnamed))
        return UV_EINVAL;
    if (!private_access_for(wide, &access))
        return uv_translate_sys_error((int)GetLastError());
    attributes.lpSecurityDescriptor = access.descriptor;
    return CreateDirectoryW(wide, &attributes) ? 0 : status_of_last_error();
}

/* ---- names ---- */

/* As POSIX renames: over a file that others have open, who keep the old one. Windows 10 1709 and
 * later, on NTFS. */
static bool rename_over_open_file(const wchar_t *from, const wchar_t *to)
{
    enum { REPLACE = 1, POSIX_SEMANTICS = 2, RENAME_INFO_EX = 22 }; /* what MinGW may lack */
    const size_t length = wcslen(to) * sizeof *to;
    CLEANUP(free) FILE_RENAME_INFO *order = calloc(1, sizeof *order + length + sizeof *to);
    CLEANUP(handle_close)
    HANDLE file = CreateFileW(from, DELETE | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                              FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (!order || !handle_is_valid(file))
        return false;
    order->Flags = REPLACE | POSIX_SEMANTICS;
    order->FileNameLength = (DWORD)length;
    memcpy(order->FileName, to, length);
    return SetFileInformationByHandle(file, (FILE_INFO_BY_HANDLE_CLASS)RENAME_INFO_EX, order,
                                      (DWORD)(sizeof *order + length));
}

static void allow_replacing(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0 &&
        (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
        (void)SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
}

static bool is_folder(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* ERROR_SUCCESS, or why it did not work. */
static DWORD rename_once(const wchar_t *from, const wchar_t *to)
{
    DWORD number = 0;

    if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return ERROR_SUCCESS;
    number = GetLastError();
    if (number == ERROR_ACCESS_DENIED && is_folder(to)) /* no waiting makes it a file */
        return ERROR_ALREADY_EXISTS;
    if (number == ERROR_ACCESS_DENIED || number == ERROR_SHARING_VIOLATION) {
        allow_replacing(to);
        if (rename_over_open_file(from, to))
            return ERROR_SUCCESS;
    }
    return number;
}

bool file_system_rename(const char *from, const char *to, Error *err)
{
    CLEANUP(free) wchar_t *wide_from = NULL;
    CLEANUP(free) wchar_t *wide_to = NULL;
    DWORD number = ERROR_SUCCESS;
    int tries = 0;

    if (!wide_path(from, &wide_from, err) || !wide_path(to, &wide_to, err))
        return false;
    do
        number = rename_once(wide_from, wide_to);
    while (number != ERROR_SUCCESS && busy_try_again(number, tries++));
    if (number == ERROR_SUCCESS)
        return true;
    (void)busy_error(err, number, is_folder(wide_to) ? wide_from : wide_to, "renaming it to", to);
    return error_while(err, "%s", from);
}

bool file_system_remove(const char *path, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    DWORD number = ERROR_SUCCESS;
    int tries = 0;

    if (!wide_path(path, &wide, err))
        return false;
    do
        number = remove_file(wide);
    while (number != ERROR_SUCCESS && busy_try_again(number, tries++));
    return number == ERROR_SUCCESS || busy_error(err, number, wide, "removing", path);
}

/* ---- who may ---- */

static bool set_mode(HANDLE file, const char *path, int mode, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    bool set = false;

    if (!wide_path(path, &wide, err))
        return false;
    set = (mode & GROUP_AND_OTHERS) == 0 ? private_set(file, wide) : private_clear(file);
    return set || error_set_os(err, ERR_FILE, "setting the access list of %s", path);
}

bool file_system_set_open_mode(int descriptor, const char *path, int mode, Error *err)
{
    return set_mode((HANDLE)_get_osfhandle(descriptor), path, mode, err);
}

static HANDLE open_access(const char *path, DWORD rights, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;

    if (!wide_path(path, &wide, err))
        return NULL;
    return CreateFileW(wide, rights, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                       NULL);
}

bool file_system_set_mode(const char *path, int mode, Error *err)
{
    CLEANUP(handle_close) HANDLE file = open_access(path, READ_CONTROL | WRITE_DAC, err);

    if (!file)
        return false;
    if (!handle_is_valid(file))
        return error_set_os(err, ERR_FILE, "opening %s to set its access list", path);
    return set_mode(file, path, mode, err);
}

/* The owner stays who makes the file: giving files away takes a privilege of its own, and who may
 * read and write is in the list. */
static DWORD copy_list(HANDLE from, HANDLE to)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0, number = 0;
    SECURITY_INFORMATION what = DACL_SECURITY_INFORMATION;
    PACL list = NULL;

    number = GetSecurityInfo(from, SE_FILE_OBJECT, what, NULL, NULL, &list, NULL, &descriptor);
    if (number != ERROR_SUCCESS)
        return number;
    if (!GetSecurityDescriptorControl(descriptor, &control, &revision))
        return GetLastError();
    what |= (control & SE_DACL_PROTECTED) != 0 ? PROTECTED_DACL_SECURITY_INFORMATION
                                               : UNPROTECTED_DACL_SECURITY_INFORMATION;
    return SetSecurityInfo(to, SE_FILE_OBJECT, what, NULL, NULL, list, NULL);
}

bool file_system_be_like(int descriptor, const char *like, bool *was_there, Error *err)
{
    CLEANUP(handle_close) HANDLE model = open_access(like, READ_CONTROL, err);
    DWORD number = GetLastError();

    *was_there = handle_is_valid(model);
    if (!model)
        return false;
    if (!*was_there)
        return number == ERROR_FILE_NOT_FOUND ||
               error_set_windows(err, ERR_FILE, number, "looking at %s", like);
    number = copy_list(model, (HANDLE)_get_osfhandle(descriptor));
    return number == ERROR_SUCCESS ||
           error_set_windows(err, ERR_FILE, number, "keeping the access list of %s", like);
}
