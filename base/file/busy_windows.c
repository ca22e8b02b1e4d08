/* See busy_windows.h. Source: https://learn.microsoft.com/windows/win32/rstmgr/ */
#include "base/file/busy_windows.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <restartmanager.h>

enum { MOST_RETRIES = 5, RETRY_PAUSE_MS = 400, MOST_HOLDERS = 3, LONGEST_PLAIN_PATH = 259 };

static bool may_pass(unsigned long number)
{
    return number == ERROR_ACCESS_DENIED || number == ERROR_SHARING_VIOLATION ||
           number == ERROR_LOCK_VIOLATION;
}

bool busy_try_again(unsigned long number, int tries)
{
    return may_pass(number) && tries < MOST_RETRIES && clock_sleep_ms(RETRY_PAUSE_MS);
}

/* The restart manager does not promise to know \\?\. */
static const wchar_t *without_prefix(const wchar_t *path)
{
    static const wchar_t prefix[] = L"\\\\?\\";
    const size_t length = wcslen(prefix);
    bool is_local = wcsncmp(path, prefix, length) == 0 && path[length + 1] == L':';

    return is_local && wcslen(path + length) <= LONGEST_PLAIN_PATH ? path + length : path;
}

static void append_holders(Text *out, const RM_PROCESS_INFO *holders, UINT count)
{
    for (UINT i = 0; i < count; i++) {
        CLEANUP(free) char *name = wide_to_utf8(holders[i].strAppName);

        text_appendf(out, "%s%s (pid %lu)", i > 0 ? ", " : "", name ? name : "a program",
                     holders[i].Process.dwProcessId);
    }
}

/* Leaves `out` empty where the system cannot say. */
static void find_holders(const wchar_t *path, Text *out)
{
    wchar_t key[CCH_RM_SESSION_KEY + 1] = L"";
    RM_PROCESS_INFO holders[MOST_HOLDERS];
    const wchar_t *plain = without_prefix(path);
    UINT needed = 0, count = MOST_HOLDERS;
    DWORD session = 0, reboot = 0, number = 0;

    if (RmStartSession(&session, 0, key) != ERROR_SUCCESS)
        return;
    number = RmRegisterResources(session, 1, &plain, 0, NULL, 0, NULL);
    if (number == ERROR_SUCCESS)
        number = RmGetList(session, &needed, &count, holders, &reboot);
    if (number == ERROR_SUCCESS) /* ERROR_MORE_DATA: a crowd, of which nothing is told */
        append_holders(out, holders, count);
    (void)RmEndSession(session); /* ends with the process at the latest */
}

bool busy_error(Error *err, unsigned long number, const wchar_t *path, const char *doing,
                const char *shown)
{
    CLEANUP_TEXT Text holders = {0};

    (void)error_set_windows(err, ERR_FILE, number, "%s %s", doing, shown);
    if (!may_pass(number))
        return false;
    find_holders(path, &holders);
    if (holders.length > 0 && !holders.failed)
        (void)error_hint(err, "It is held by %s: end that program, or wait for it.",
                         text_chars(&holders));
    else if (number != ERROR_ACCESS_DENIED)
        (void)error_hint(err,
                         "Another program holds it: a virus scanner or backup that looks at it, "
                         "or a release that still runs.");
    return false;
}
