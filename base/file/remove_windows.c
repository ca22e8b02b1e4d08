/* See remove_windows.h. Source: FILE_DISPOSITION_INFO_EX. */
#include "base/file/remove_windows.h"
#include "base/handle_windows.h"

#include <windows.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

/* What MinGW may lack. */
enum {
    DISPOSITION_INFO_EX = 21,
    REMOVE = 1,
    POSIX_SEMANTICS = 2,
    THOUGH_READ_ONLY = 0x10,
    IS_A_FOLDER = 336
};

static bool is_unknown_here(DWORD number)
{
    return number == ERROR_INVALID_PARAMETER || number == ERROR_INVALID_FUNCTION ||
           number == ERROR_NOT_SUPPORTED;
}

static void allow_removing(HANDLE handle)
{
    FILE_BASIC_INFO info = {0};

    if (!GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof info) ||
        (info.FileAttributes & FILE_ATTRIBUTE_READONLY) == 0)
        return;
    info = (FILE_BASIC_INFO){.FileAttributes = FILE_ATTRIBUTE_NORMAL}; /* 0: times stay */
    (void)SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof info);
}

unsigned long remove_open(void *handle)
{
    DWORD how = REMOVE | POSIX_SEMANTICS | THOUGH_READ_ONLY;
    FILE_DISPOSITION_INFO order = {.DeleteFile = TRUE};

    if (SetFileInformationByHandle(handle, (FILE_INFO_BY_HANDLE_CLASS)DISPOSITION_INFO_EX, &how,
                                   sizeof how))
        return ERROR_SUCCESS;
    if (!is_unknown_here(GetLastError()))
        return GetLastError();
    allow_removing(handle);
    if (SetFileInformationByHandle(handle, FileDispositionInfo, &order, sizeof order))
        return ERROR_SUCCESS;
    return GetLastError();
}

unsigned long remove_file(const wchar_t *path)
{
    CLEANUP(handle_close)
    HANDLE file =
        CreateFileW(path, DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, SHARE_ALL, NULL,
                    OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
    FILE_BASIC_INFO info = {0};

    if (!handle_is_valid(file)) {
        DWORD number = GetLastError();

        return number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ? ERROR_SUCCESS
                                                                                : number;
    }
    if (GetFileInformationByHandleEx(file, FileBasicInfo, &info, sizeof info) &&
        (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
        (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0)
        return IS_A_FOLDER;
    return remove_open(file);
}
