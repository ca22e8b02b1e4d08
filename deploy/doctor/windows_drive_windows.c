/* Part of windows_host.h: what a drive letter stands for. Sources: QueryDosDevice, DefineDosDevice
 * (SUBST makes a link to \??\ and the folder; a disk's leads to \Device\), GetDriveType, and
 * "Defining an MS-DOS Device Name": each logon session has letters of its own beside those of all.
 */
#include "deploy/doctor/windows_host.h"

#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static const wchar_t of_subst[] = L"\\??\\", of_share[] = L"\\??\\UNC\\";

static bool starts_with(const wchar_t *text, const wchar_t *start)
{
    return wcsncmp(text, start, wcslen(start)) == 0;
}

static bool look_at_letter(WindowsDrive *drive, const wchar_t *name, Error *err)
{
    const wchar_t top[] = {name[0], L':', L'\\', L'\0'};
    wchar_t target[sizeof drive->folder] = L"";
    CLEANUP(free) char *folder = NULL;

    if (QueryDosDeviceW(name, target, sizeof target / sizeof target[0]) == 0) {
        if (GetLastError() == ERROR_FILE_NOT_FOUND)
            return true;
        return error_set_os(err, ERR_SYSTEM, "asking what drive %ls is", name);
    }
    drive->is_there = true;
    drive->is_share = GetDriveTypeW(top) == DRIVE_REMOTE || starts_with(target, of_share);
    drive->is_mapped = drive->is_share && !starts_with(target, of_subst);
    if (!starts_with(target, of_subst))
        return true;
    folder = wide_to_utf8(target + wcslen(of_subst));
    if (!folder)
        return error_memory(err);
    (void)snprintf(drive->folder, sizeof drive->folder, "%s", folder);
    return true;
}

bool windows_drive(const char *path, WindowsDrive *out, Error *err)
{
    CLEANUP(free) wchar_t *plain = NULL;
    WindowsDrive found = {0};

    if (!wide_plain_path(path, &plain, err))
        return false;
    if (plain[0] == L'\\') {
        found.is_there = found.is_share = true;
    } else {
        const wchar_t name[] = {plain[0], L':', L'\0'};

        (void)snprintf(found.name, sizeof found.name, "%c:", (char)plain[0]);
        if (!look_at_letter(&found, name, err))
            return false;
    }
    *out = found;
    return true;
}
