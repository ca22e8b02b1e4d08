/* See private_windows.h. Source: https://learn.microsoft.com/windows/win32/secauthz/, SDDL. */
#include "base/file/private_windows.h"

#include "base/account_windows.h"
#include "base/handle_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* Groups that hold more people than one would show a key to. */
static const WELL_KNOWN_SID_TYPE crowds[] = {
    WinWorldSid,         WinAuthenticatedUserSid, WinBuiltinUsersSid,       WinInteractiveSid,
    WinBuiltinGuestsSid, WinNetworkSid,           WinAccountDomainUsersSid, WinAnonymousSid,
};

static bool is_crowd(PSID sid)
{
    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++)
        if (IsWellKnownSid(sid, crowds[i]))
            return true;
    return false;
}

/* ---- who gets into a folder ---- */

static bool lets_crowds_in(PACL list)
{
    if (!list) /* no list at all lets everybody in */
        return true;
    for (DWORD i = 0; i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry = NULL;

        if (GetAce(list, i, (void **)&entry) && entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
            is_crowd(&entry->SidStart))
            return true;
    }
    return false;
}

/* Where it cannot be read, the new file is better off with a list of its own. */
static bool folder_lets_crowds_in(wchar_t *folder)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;

    return GetNamedSecurityInfoW(folder, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                 &list, NULL, &descriptor) != ERROR_SUCCESS ||
           lets_crowds_in(list);
}

/* The path without its last name; the root of a drive keeps its backslash. NULL: out of memory. */
static wchar_t *folder_of(const wchar_t *path)
{
    wchar_t *folder = _wcsdup(path);
    size_t length = folder ? wcslen(folder) : 0;

    while (length > 0 && folder[length - 1] == L'\\') /* a folder may be named with one */
        folder[--length] = L'\0';
    while (length > 0 && folder[length - 1] != L'\\')
        folder[--length] = L'\0';
    return folder;
}

static bool is_in_open_folder(const wchar_t *path, bool *out)
{
    CLEANUP(free) wchar_t *folder = folder_of(path);

    if (!folder) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    *out = folder_lets_crowds_in(folder);
    return true;
}

/* ---- the list itself ---- */

/* P: nothing from above. OICI: for everything below, too. FA: all rights of files. */
static bool make_descriptor(PSECURITY_DESCRIPTOR *out)
{
    CLEANUP(free) char *account = account_of_process();
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) wchar_t *wide = NULL;

    if (!account)
        return false;
    text = text_formatted("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;%s)", account);
    wide = text ? wide_from_utf8(text) : NULL;
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1, out, NULL);
}

bool private_access_for(const wchar_t *path, PrivateAccess *out)
{
    bool open = false;
    BOOL given = FALSE, defaulted = FALSE;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;

    memset(out, 0, sizeof *out);
    if (!is_in_open_folder(path, &open))
        return false;
    if (!open)
        return true;
    if (!make_descriptor(&descriptor))
        return false;
    if (!GetSecurityDescriptorDacl(descriptor, &given, &list, &defaulted)) {
        local_memory_free(descriptor);
        return false;
    }
    *out = (PrivateAccess){descriptor, list};
    return true;
}

void private_access_free(PrivateAccess *access)
{
    local_memory_free(access->descriptor);
    memset(access, 0, sizeof *access);
}

static bool succeeded(DWORD number)
{
    SetLastError(number);
    return number == ERROR_SUCCESS;
}

bool private_set(void *handle, const wchar_t *path)
{
    CLEANUP_PRIVATE_ACCESS PrivateAccess access = {0};

    if (!private_access_for(path, &access))
        return false;
    if (!access.descriptor)
        return true;
    return succeeded(SetSecurityInfo(
        handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
        NULL, NULL, access.list, NULL));
}

static bool is_protected(void *handle)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0;

    return GetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL,
                           NULL, &descriptor) == ERROR_SUCCESS &&
           GetSecurityDescriptorControl(descriptor, &control, &revision) &&
           (control & SE_DACL_PROTECTED) != 0;
}

bool private_clear(void *handle)
{
    ACL nobody;

    if (!is_protected(handle))
        return true;
    if (!InitializeAcl(&nobody, sizeof nobody, ACL_REVISION))
        return false;
    return succeeded(SetSecurityInfo(
        handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION,
        NULL, NULL, &nobody, NULL));
}
