/* Part of windows_host.h: the firewall's rules as the registry has them, those of this host and
 * those of group policies. */
#include "deploy/doctor/windows_host.h"

#include "base/service/service_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

enum { NAME_CHARS = 512, RULE_CHARS = 16 * 1024, RULES_MOST = 20000 };

#define LOCAL  L"SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\"
#define POLICY L"SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\"

static void key_close(HKEY key)
{
    if (key)
        (void)RegCloseKey(key);
}
DEFINE_CLEANUP(HKEY, key_close)

/* On unless it says 0; a policy's word counts first. */
static bool profile_is_on(const wchar_t *policy, const wchar_t *local)
{
    DWORD on = 1, size = sizeof on;

    if (RegGetValueW(HKEY_LOCAL_MACHINE, policy, L"EnableFirewall", RRF_RT_REG_DWORD, NULL, &on,
                     &size) == ERROR_SUCCESS)
        return on != 0;
    size = sizeof on;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, local, L"EnableFirewall", RRF_RT_REG_DWORD, NULL, &on,
                     &size) == ERROR_SUCCESS)
        return on != 0;
    return true;
}

static bool some_profile_is_on(void)
{
    return profile_is_on(POLICY L"DomainProfile", LOCAL L"DomainProfile") ||
           profile_is_on(POLICY L"StandardProfile", LOCAL L"StandardProfile") ||
           profile_is_on(POLICY L"PrivateProfile", LOCAL L"StandardProfile") ||
           profile_is_on(POLICY L"PublicProfile", LOCAL L"PublicProfile");
}

/* *more is false behind the last. What is longer than any rule is left out. */
static bool read_rule(HKEY key, DWORD index, wchar_t *data, TextList *rules, bool *more, Error *err)
{
    wchar_t name[NAME_CHARS];
    DWORD name_chars = NAME_CHARS, bytes = (RULE_CHARS - 1) * sizeof *data, type = REG_NONE;
    LSTATUS status =
        RegEnumValueW(key, index, name, &name_chars, NULL, &type, (BYTE *)data, &bytes);
    CLEANUP(free) char *rule = NULL;

    *more = status != ERROR_NO_MORE_ITEMS;
    if (!*more || status == ERROR_MORE_DATA || (status == ERROR_SUCCESS && type != REG_SZ))
        return true;
    if (status != ERROR_SUCCESS)
        return error_set_windows(err, ERR_SYSTEM, (DWORD)status, "reading the firewall's rules");
    data[bytes / sizeof *data] = L'\0'; /* the registry does not promise one */
    rule = wide_to_utf8(data);
    return !rule || text_list_add(rules, rule, err);
}

/* No key is no rule. */
static bool read_rules(const wchar_t *path, TextList *rules, Error *err)
{
    CLEANUP(key_close) HKEY key = NULL;
    CLEANUP(free) wchar_t *data = calloc(RULE_CHARS, sizeof *data);
    LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key);
    bool more = true;

    if (!data)
        return error_memory(err);
    if (status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND)
        return true;
    if (status != ERROR_SUCCESS)
        return error_set_windows(err, ERR_SYSTEM, (DWORD)status, "reading the firewall's rules");
    for (DWORD i = 0; more && i < RULES_MOST; i++)
        if (!read_rule(key, i, data, rules, &more, err))
            return false;
    return true;
}

bool windows_firewall(bool *on, TextList *rules, Error *err)
{
    ServiceLook look = {0};

    if (!service_look("MpsSvc", &look, err) || !read_rules(LOCAL L"FirewallRules", rules, err) ||
        !read_rules(POLICY L"FirewallRules", rules, err))
        return false;
    *on = look.condition == SERVICE_IS_RUNNING && some_profile_is_on();
    return true;
}
