/* See event_log.h. No message library of our own: EventCreate.exe, which every Windows has, shows
 * the messages 1 to 1000 as the one text that comes with them. */
#include "base/service/event_log.h"

#include "base/error_windows.h"
#include "base/service/event_text.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdlib.h>
#include <wchar.h>

enum { MOST_CHARACTERS = 31839, TYPES_SUPPORTED = 7 };

static const wchar_t source_name[] = L"godeploy";
static const wchar_t source_key[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\godeploy";
static const wchar_t message_file[] = L"%SystemRoot%\\System32\\EventCreate.exe";

bool event_log_exists(void)
{
    return true;
}

/* ---- the source ---- */

static bool need_administrator(Error *err, LSTATUS why, const char *doing)
{
    (void)error_set_windows(err, ERR_SYSTEM, (unsigned long)why, "%s the Event Log source godeploy",
                            doing);
    return error_hint(err, "This needs an elevated administrator, once: run it from a prompt that "
                           "was opened with \"Run as administrator\".");
}

bool event_log_is_installed(void)
{
    wchar_t found[MAX_PATH];
    DWORD size = sizeof found;

    return RegGetValueW(HKEY_LOCAL_MACHINE, source_key, L"EventMessageFile",
                        RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, found, &size) == ERROR_SUCCESS &&
           wcscmp(found, message_file) == 0;
}

static LSTATUS write_source(HKEY key)
{
    const DWORD types = TYPES_SUPPORTED; /* error, warning, information */
    LSTATUS status = RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ,
                                    (const BYTE *)message_file, sizeof message_file);

    if (status == ERROR_SUCCESS)
        status = RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types,
                                sizeof types);
    return status;
}

bool event_log_install(bool *changed, Error *err)
{
    HKEY key = NULL;
    LSTATUS status;

    *changed = !event_log_is_installed();
    if (!*changed)
        return true;
    status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, source_key, 0, NULL, 0, KEY_SET_VALUE, NULL, &key,
                             NULL);
    if (status == ERROR_SUCCESS) {
        status = write_source(key);
        (void)RegCloseKey(key);
    }
    return status == ERROR_SUCCESS || need_administrator(err, status, "registering");
}

bool event_log_remove(bool *changed, Error *err)
{
    LSTATUS status = RegDeleteKeyExW(HKEY_LOCAL_MACHINE, source_key, KEY_WOW64_64KEY, 0);

    *changed = status == ERROR_SUCCESS;
    return status == ERROR_SUCCESS || status == ERROR_FILE_NOT_FOUND ||
           need_administrator(err, status, "removing");
}

/* ---- entries ---- */

static WORD type_of(EventLogLevel level)
{
    switch (level) {
    case EVENT_LOG_INFORMATION:
        return EVENTLOG_INFORMATION_TYPE;
    case EVENT_LOG_WARNING:
        return EVENTLOG_WARNING_TYPE;
    case EVENT_LOG_ERROR:
        return EVENTLOG_ERROR_TYPE;
    }
    return EVENTLOG_ERROR_TYPE;
}

static bool report(EventLogLevel level, unsigned id, const wchar_t *text)
{
    const wchar_t *strings[] = {text};
    HANDLE log = RegisterEventSourceW(NULL, source_name);
    bool written;

    if (!log)
        return false;
    written = ReportEventW(log, type_of(level), 0, id, NULL, 1, 0, strings, NULL) != 0;
    (void)DeregisterEventSource(log);
    return written;
}

/* A character of two units is cut off as a whole. */
static void cut(wchar_t *text)
{
    if (wcslen(text) <= MOST_CHARACTERS)
        return;
    text[MOST_CHARACTERS] = L'\0';
    if (IS_HIGH_SURROGATE(text[MOST_CHARACTERS - 1]))
        text[MOST_CHARACTERS - 1] = L'\0';
}

bool event_log_write(EventLogLevel level, unsigned id, const char *text)
{
    CLEANUP(free) char *shown = event_text(text);
    CLEANUP(free) wchar_t *wide = shown ? wide_from_utf8(shown) : NULL;

    if (!wide)
        return false;
    cut(wide);
    return report(level, id, wide);
}
