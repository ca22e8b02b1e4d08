/* Part of portproxy_host_windows.h: the rules as the registry keeps them, in every language of
 * Windows the same. Reading alone: netsh writes. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/wide_windows.h"

#include <windows.h>

#include <stdio.h>

#define SERVICES "SYSTEM\\CurrentControlSet\\Services"

/* A value's name has 16383 characters at most; no host with its port is longer than these. */
enum { NAME_CHARS = 512, DATA_CHARS = 512 };

static void key_close(HKEY key)
{
    if (key)
        (void)RegCloseKey(key);
}
DEFINE_CLEANUP(HKEY, key_close)

/* *out is NULL with success where there is no such key. */
static bool open_key(const wchar_t *path, HKEY *out, Error *err)
{
    LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, out);

    if (status == ERROR_SUCCESS)
        return true;
    *out = NULL;
    return status == ERROR_FILE_NOT_FOUND ||
           error_set_windows(err, ERR_ENGINE, (DWORD)status, "reading the registry");
}

static bool take_value(PortproxyFamily family, const wchar_t *name, const wchar_t *data,
                       PortproxyRules *out, Error *err)
{
    CLEANUP(free) char *from = wide_to_utf8(name);
    CLEANUP(free) char *to = wide_to_utf8(data);
    PortproxyRule rule = {0};

    if (!from || !to || !portproxy_rule_parse(family, from, to, &rule))
        return true; /* no host has such a name: nothing listens there */
    return portproxy_rules_add(out, &rule, err);
}

/* False at the end too, with *err untouched. */
static bool read_value(HKEY key, DWORD index, PortproxyFamily family, PortproxyRules *out,
                       Error *err)
{
    wchar_t name[NAME_CHARS], data[DATA_CHARS + 1];
    DWORD name_chars = NAME_CHARS, data_bytes = DATA_CHARS * sizeof data[0], type = REG_NONE;
    LSTATUS status =
        RegEnumValueW(key, index, name, &name_chars, NULL, &type, (BYTE *)data, &data_bytes);

    if (status == ERROR_MORE_DATA)
        return true; /* longer than any address */
    if (status == ERROR_NO_MORE_ITEMS)
        return false;
    if (status != ERROR_SUCCESS)
        return error_set_windows(err, ERR_ENGINE, (DWORD)status, "reading the portproxy rules");
    if (type != REG_SZ && type != REG_EXPAND_SZ)
        return true;
    data[data_bytes / sizeof data[0]] = L'\0'; /* the registry does not promise one */
    return take_value(family, name, data, out, err);
}

static bool read_family(PortproxyFamily family, PortproxyRules *out, Error *err)
{
    CLEANUP(key_close) HKEY key = NULL;
    CLEANUP(free) wchar_t *path = NULL;
    char text[128];

    (void)snprintf(text, sizeof text, SERVICES "\\PortProxy\\%s\\tcp",
                   portproxy_family_name(family));
    path = wide_from_utf8(text);
    if (!path)
        return error_memory(err);
    if (!open_key(path, &key, err))
        return false;
    for (DWORD i = 0; key && read_value(key, i, family, out, err); i++)
        ;
    return err->code == ERR_NONE;
}

bool portproxy_registry_read(void *context, PortproxyRules *out, Error *err)
{
    Error trouble = {0};

    (void)context;
    for (int family = V4TOV4; family < PORTPROXY_FAMILIES; family++)
        if (!read_family((PortproxyFamily)family, out, &trouble)) {
            *err = trouble;
            return false;
        }
    return true;
}

/* Opened for writing, and nothing is written: netsh asks for no more. */
bool portproxy_registry_may_change(void *context, Error *err)
{
    CLEANUP(key_close) HKEY key = NULL;
    LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"" SERVICES "\\PortProxy", 0,
                                   KEY_SET_VALUE | KEY_CREATE_SUB_KEY, &key);

    (void)context;
    if (status == ERROR_FILE_NOT_FOUND)
        status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"" SERVICES, 0, KEY_CREATE_SUB_KEY, &key);
    if (status == ERROR_SUCCESS)
        return true;
    if (status != ERROR_ACCESS_DENIED)
        return error_set_windows(err, ERR_ENGINE, (DWORD)status, "opening the portproxy rules");
    (void)error_set(err, ERR_PERMISSION, "this process may not change portproxy rules");
    return error_hint(err,
                      "Run godeploy from a prompt that was opened with \"Run as administrator\", "
                      "or use traffic.engine: embedded.");
}

bool portproxy_registry_ipv6_disabled(void *context, uint32_t *out, Error *err)
{
    DWORD value = 0, size = sizeof value;
    LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE, L"" SERVICES "\\Tcpip6\\Parameters",
                                  L"DisabledComponents", RRF_RT_REG_DWORD, NULL, &value, &size);

    (void)context;
    if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND)
        return error_set_windows(err, ERR_ENGINE, (DWORD)status, "reading DisabledComponents");
    *out = status == ERROR_SUCCESS ? value : 0;
    return true;
}
