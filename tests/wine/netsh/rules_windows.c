/* Part of standin.h: the registry, as the real netsh keeps it. */
#include "tests/wine/netsh/standin.h"

#include <windows.h>

#include <wchar.h>

#define PORTPROXY L"SYSTEM\\CurrentControlSet\\Services\\PortProxy\\"

const wchar_t *const families[4] = {L"v4tov4", L"v4tov6", L"v6tov4", L"v6tov6"};

static void path_of(int family, wchar_t path[STANDIN_TEXT])
{
    (void)swprintf(path, STANDIN_TEXT, PORTPROXY L"%ls\\tcp", families[family]);
}

static int read_family(int family, Rule *rules, int count)
{
    wchar_t path[STANDIN_TEXT];
    HKEY key = NULL;

    path_of(family, path);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return count;
    for (DWORD i = 0; count < STANDIN_RULES_MOST; i++) {
        Rule *rule = &rules[count];
        DWORD name = STANDIN_TEXT, data = sizeof rule->data;

        ZeroMemory(rule, sizeof *rule);
        if (RegEnumValueW(key, i, rule->name, &name, NULL, NULL, (BYTE *)rule->data, &data) !=
            ERROR_SUCCESS)
            break;
        rule->family = family;
        count++;
    }
    (void)RegCloseKey(key);
    return count;
}

int rules_read(Rule rules[STANDIN_RULES_MOST])
{
    int count = 0;

    for (int family = 0; family < 4; family++)
        count = read_family(family, rules, count);
    return count;
}

bool rule_write(const Rule *rule)
{
    wchar_t path[STANDIN_TEXT];
    HKEY key = NULL;
    bool written = false;

    path_of(rule->family, path);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL) !=
        ERROR_SUCCESS)
        return false;
    written =
        RegSetValueExW(key, rule->name, 0, REG_SZ, (const BYTE *)rule->data,
                       (DWORD)((wcslen(rule->data) + 1) * sizeof rule->data[0])) == ERROR_SUCCESS;
    (void)RegCloseKey(key);
    return written;
}

bool rule_delete(const Rule *rule)
{
    wchar_t path[STANDIN_TEXT];
    HKEY key = NULL;
    bool deleted = false;

    path_of(rule->family, path);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_WRITE, &key) != ERROR_SUCCESS)
        return false;
    deleted = RegDeleteValueW(key, rule->name) == ERROR_SUCCESS;
    (void)RegCloseKey(key);
    return deleted;
}

void standin_setting(const wchar_t *name, wchar_t out[STANDIN_TEXT])
{
    DWORD size = STANDIN_TEXT * sizeof out[0];

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\netsh-standin", name, RRF_RT_REG_SZ, NULL, out,
                     &size) != ERROR_SUCCESS)
        out[0] = L'\0';
}

bool standin_does(const wchar_t *mode)
{
    wchar_t now[STANDIN_TEXT];

    standin_setting(L"mode", now);
    return wcscmp(now, mode) == 0;
}
