/* See access_windows.h. */
#include "base/file/access_windows.h"

#include "base/handle_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <aclapi.h>
#include <bcrypt.h>
#include <sddl.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

enum { SHA1_BYTES = 20, SID_WORDS = SHA1_BYTES / 4 };

/* ---- the SID of a service ---- */

static bool sha1(wchar_t *text, uint8_t out[SHA1_BYTES])
{
    BCRYPT_ALG_HANDLE algorithm = NULL;
    BCRYPT_HASH_HANDLE hash = NULL;
    ULONG bytes = (ULONG)(wcslen(text) * sizeof *text);
    bool done;

    if (!BCRYPT_SUCCESS(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA1_ALGORITHM, NULL, 0)))
        return false;
    done = BCRYPT_SUCCESS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0)) &&
           BCRYPT_SUCCESS(BCryptHashData(hash, (UCHAR *)text, bytes, 0)) &&
           BCRYPT_SUCCESS(BCryptFinishHash(hash, out, SHA1_BYTES, 0));
    if (hash)
        (void)BCryptDestroyHash(hash);
    (void)BCryptCloseAlgorithmProvider(algorithm, 0);
    return done;
}

/* NT SERVICE is S-1-5-80; behind it the SHA-1 of the name in capitals, as five little-endian
 * numbers: what `sc showsid` prints. */
bool access_service_sid(const char *service, char **out, Error *err)
{
    CLEANUP(free) wchar_t *name = wide_from_utf8(service);
    CLEANUP_TEXT Text sid = {0};
    uint8_t digest[SHA1_BYTES];

    if (!name)
        return error_memory(err);
    (void)CharUpperW(name);
    if (!sha1(name, digest))
        return error_set(err, ERR_CRYPTO, "the SID of service %s cannot be made", service);
    text_append(&sid, "S-1-5-80");
    for (size_t i = 0; i < SID_WORDS; i++) {
        const uint8_t *word = digest + 4 * i;

        text_append(&sid, "-");
        text_append_number(&sid, (uint32_t)word[0] | (uint32_t)word[1] << 8 |
                                     (uint32_t)word[2] << 16 | (uint32_t)word[3] << 24);
    }
    *out = text_take(&sid);
    return *out || error_memory(err);
}

static bool find_sid(const char *service, PSID *out, Error *err)
{
    CLEANUP(free) char *text = NULL;
    CLEANUP(free) wchar_t *wide = NULL;

    if (!access_service_sid(service, &text, err))
        return false;
    wide = wide_from_utf8(text);
    if (!wide)
        return error_memory(err);
    return ConvertStringSidToSidW(wide, out) ||
           error_set_os(err, ERR_SYSTEM, "reading the SID of service %s", service);
}

/* ---- access lists ---- */

static DWORD mask_of(AccessRight right)
{
    const DWORD read = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;

    return right == ACCESS_READ ? read : read | FILE_GENERIC_WRITE | DELETE;
}

/* SetNamedSecurityInfo hands the new list down to what is there below the folder. */
static bool allow(wchar_t *path, PSID sid, AccessRight right, Error *err)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    CLEANUP(local_memory_free) ACL *changed = NULL;
    ACL *list = NULL;
    EXPLICIT_ACCESSW entry = {
        .grfAccessPermissions = mask_of(right),
        .grfAccessMode = SET_ACCESS,
        .grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT,
        .Trustee = {.TrusteeForm = TRUSTEE_IS_SID,
                    .TrusteeType = TRUSTEE_IS_WELL_KNOWN_GROUP,
                    .ptstrName = sid}
    };
    DWORD why = GetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                      &list, NULL, &descriptor);

    if (why == ERROR_SUCCESS)
        why = SetEntriesInAclW(1, &entry, list, &changed);
    if (why == ERROR_SUCCESS)
        why = SetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                    changed, NULL);
    return why == ERROR_SUCCESS ||
           error_set_windows(err, ERR_FILE, why, "changing its access list");
}

bool access_allow_service(const char *path, const char *service, AccessRight right, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(local_memory_free) PSID sid = NULL;

    if (wide_path(path, &wide, err) && find_sid(service, &sid, err) && allow(wide, sid, right, err))
        return true;
    return error_while(err, "letting service %s use %s", service, path);
}

/* SY: the system; BA: administrators; OICI: files and folders below inherit it; P: nothing from
 * above. 0x1200a9 is to read and to run. */
static bool close_folder(const char *folder, const char *sid, Error *err)
{
    CLEANUP(free) wchar_t *path = NULL;
    CLEANUP(free) wchar_t *wide = NULL;
    CLEANUP(free)
    char *words = text_formatted("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;%s)", sid);
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    BOOL present = FALSE, defaulted = FALSE;
    ACL *list = NULL;
    DWORD why;

    if (!words || !(wide = wide_from_utf8(words)))
        return error_memory(err);
    if (!wide_path(folder, &path, err))
        return false;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1, &descriptor,
                                                              NULL) ||
        !GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted))
        return error_set_os(err, ERR_FILE, "making an access list");
    why = SetNamedSecurityInfoW(path, SE_FILE_OBJECT,
                                DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                NULL, NULL, list, NULL);
    return why == ERROR_SUCCESS ||
           error_set_windows(err, ERR_FILE, why, "changing its access list");
}

bool access_keep_for_service(const char *folder, const char *service, Error *err)
{
    CLEANUP(free) char *sid = NULL;

    if (access_service_sid(service, &sid, err) && close_folder(folder, sid, err))
        return true;
    return error_while(err, "keeping %s for service %s", folder, service);
}
