/* Part of windows_host.h: the token of this process, the registry, services, files. */
#include "deploy/doctor/windows_host.h"

#include "base/file/file.h"
#include "base/handle_windows.h"
#include "base/path.h"
#include "base/process/process.h"
#include "base/service/service_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GO_TIMEOUT_MS = 10000, ZONE_BYTES = 4096 };

/* ---- the token ---- */

static bool read_flag(HANDLE token, TOKEN_INFORMATION_CLASS what, bool *out, Error *err)
{
    DWORD value = 0, size = 0;

    if (!GetTokenInformation(token, what, &value, sizeof value, &size))
        return error_set_os(err, ERR_SYSTEM, "reading the rights of this process");
    *out = value != 0;
    return true;
}

bool windows_token(WindowsToken *out, Error *err)
{
    CLEANUP(handle_close) HANDLE token = NULL;
    WindowsToken found = {0};

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return error_set_os(err, ERR_SYSTEM, "reading the rights of this process");
    if (!read_flag(token, TokenElevation, &found.elevated, err) ||
        !read_flag(token, TokenVirtualizationEnabled, &found.virtualised, err))
        return false;
    *out = found;
    return true;
}

/* ---- the registry ---- */

/* What is not there, or of another kind, is `missing`. */
static bool read_number(const wchar_t *key, const wchar_t *name, uint32_t missing, uint32_t *out,
                        Error *err)
{
    DWORD value = 0, size = sizeof value;
    LSTATUS status =
        RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, &value, &size);

    if (status == ERROR_FILE_NOT_FOUND || status == ERROR_UNSUPPORTED_TYPE)
        value = missing;
    else if (status != ERROR_SUCCESS)
        return error_set_windows(err, ERR_SYSTEM, (DWORD)status, "reading %ls of HKLM\\%ls", name,
                                 key);
    *out = value;
    return true;
}

bool windows_long_paths(bool *on, Error *err)
{
    uint32_t value = 0;

    if (!read_number(L"SYSTEM\\CurrentControlSet\\Control\\FileSystem", L"LongPathsEnabled", 0,
                     &value, err))
        return false;
    *on = value != 0;
    return true;
}

bool windows_ipv6_disabled(uint32_t *out, Error *err)
{
    return read_number(L"SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters",
                       L"DisabledComponents", 0, out, err);
}

/* ---- services ---- */

static bool runs(const char *service, bool *out, Error *err)
{
    ServiceLook look = {0};

    if (!service_look(service, &look, err))
        return false;
    *out = look.condition == SERVICE_IS_RUNNING;
    return true;
}

/* 1 blocks, 6 warns; a policy keeps it as text. */
static bool reads_rule_as_on(const wchar_t *key)
{
    wchar_t value[16] = L"";
    DWORD size = sizeof value;

    return RegGetValueW(HKEY_LOCAL_MACHINE, key, L"01443614-cd74-433a-b99e-2ecdc07bfc25",
                        RRF_RT_REG_SZ, NULL, value, &size) == ERROR_SUCCESS &&
           wcscmp(value, L"1") == 0;
}

bool windows_antivirus(WindowsAntivirus *out, Error *err)
{
    WindowsAntivirus found = {0};
    uint32_t off = 0;
    bool serves = false;

    if (!runs("WinDefend", &serves, err) ||
        !read_number(L"SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection",
                     L"DisableRealtimeMonitoring", 0, &off, err))
        return false;
    found.scans = serves && off == 0;
    found.blocks_rare =
        serves && (reads_rule_as_on(L"SOFTWARE\\Policies\\Microsoft\\Windows Defender\\"
                                    L"Windows Defender Exploit Guard\\ASR\\Rules") ||
                   reads_rule_as_on(L"SOFTWARE\\Microsoft\\Windows Defender\\"
                                    L"Windows Defender Exploit Guard\\ASR\\Rules"));
    *out = found;
    return true;
}

bool windows_exporter(bool *installed, Error *err)
{
    ServiceLook look = {0};

    if (!service_look("windows_exporter", &look, err))
        return false;
    *installed = look.condition != SERVICE_IS_ABSENT;
    return true;
}

char *windows_exporter_folder(void)
{
    const wchar_t *programs = _wgetenv(L"ProgramFiles");
    CLEANUP(free) char *folder = wide_to_utf8(programs ? programs : L"C:\\Program Files");

    return folder ? text_formatted("%s\\windows_exporter\\textfile_inputs", folder) : NULL;
}

/* ---- the mark of the web ---- */

int windows_zone(const char *path)
{
    static const char name[] = "ZoneId=";
    static const wchar_t stream[] = L":Zone.Identifier";
    CLEANUP(free) wchar_t *file = NULL;
    CLEANUP(free) wchar_t *mark = NULL;
    CLEANUP(handle_close) HANDLE opened = INVALID_HANDLE_VALUE;
    char bytes[ZONE_BYTES];
    const char *zone = NULL;
    size_t chars = 0;
    DWORD got = 0;
    Error unnamed = {0};

    /* The path alone is checked: a stream is no name that a file may have. */
    if (!wide_path(path, &file, &unnamed))
        return -1;
    chars = wcslen(file) + sizeof stream / sizeof stream[0];
    mark = calloc(chars, sizeof *mark);
    if (!mark)
        return -1;
    (void)swprintf(mark, chars, L"%ls%ls", file, stream);
    opened = CreateFileW(mark, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                         NULL, OPEN_EXISTING, 0, NULL);
    if (!handle_is_valid(opened) || !ReadFile(opened, bytes, sizeof bytes - 1, &got, NULL))
        return -1;
    bytes[got] = '\0';
    zone = strstr(bytes, name);
    return zone ? (int)strtol(zone + sizeof name - 1, NULL, 10) : -1;
}

/* ---- Go ---- */

void windows_go_free(WindowsGo *go)
{
    text_list_free(&go->programs);
}

static bool add_if_there(TextList *programs, const char *folder, Error *err)
{
    CLEANUP(free) char *path = text_formatted("%s\\go.exe", folder);

    if (!path)
        return error_memory(err);
    return file_kind(path) != FILE_REGULAR || text_list_add(programs, path, err);
}

/* The folders of PATH, in its order, without the quotes that some have. */
static bool find_go(TextList *programs, Error *err)
{
    CLEANUP(free) char *path = _wgetenv(L"PATH") ? wide_to_utf8(_wgetenv(L"PATH")) : NULL;

    for (char *at = path, *next = NULL; at; at = next) {
        next = strchr(at, ';');
        if (next)
            *next++ = '\0';
        if (*at == '"')
            at++;
        at[strcspn(at, "\"")] = '\0';
        if (path_is_absolute(at) && !add_if_there(programs, at, err))
            return false;
    }
    return true;
}

/* What it prints, with `between` for the ends of lines; "" where it fails. */
static void ask_go(const char *const *argv, const char *between, char *out, size_t size)
{
    const Spawn spawn = {.argv = argv};
    ProcessResult result = {0};
    Error unanswered = {0};
    size_t length = 0;

    out[0] = '\0';
    if (!process_run(&spawn, GO_TIMEOUT_MS, &result, &unanswered) || result.timed_out ||
        result.exit_status != 0)
        return;
    for (char *line = result.output; *line != '\0' && length < size;) {
        size_t end = strcspn(line, "\r\n");

        length += (size_t)snprintf(out + length, size - length, "%s%.*s", length > 0 ? between : "",
                                   (int)end, line);
        line += end;
        line += strspn(line, "\r\n");
    }
}

bool windows_go(WindowsGo *out, Error *err)
{
    WindowsGo found = {0};

    if (!find_go(&found.programs, err)) {
        windows_go_free(&found);
        return false;
    }
    if (found.programs.count > 0) {
        const char *const version[] = {found.programs.items[0], "version", NULL};
        const char *const folders[] = {
            found.programs.items[0], "env", "GOROOT", "GOPATH", "GOBIN", NULL};

        ask_go(version, ", ", found.version, sizeof found.version);
        ask_go(folders, ", ", found.folders, sizeof found.folders);
    }
    *out = found;
    return true;
}
