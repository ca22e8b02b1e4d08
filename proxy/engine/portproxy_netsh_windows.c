/* Part of portproxy_host_windows.h: the system's own netsh, by its path and without a shell, so
 * that no other program of that name is run. Its exit status says whether it took the rule; what it
 * prints is in the language of the host, and is only passed on where it refused. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/process/process.h"
#include "base/process/system_program_windows.h"
#include "base/wide_windows.h"
#include "proxy/printable.h"

#include <windows.h>

#include <string.h>

enum { NETSH_TIMEOUT_MS = 15000, SAID_SIZE = 256, OUTPUT_CHARS = 4096 };

/* Console programs print in the system's OEM code page. CP_OEMCP is this process's own, which is
 * UTF-8 by its manifest. */
static UINT oem_code_page(void)
{
    DWORD number = CP_OEMCP;

    (void)GetLocaleInfoW(LOCALE_SYSTEM_DEFAULT, LOCALE_IDEFAULTCODEPAGE | LOCALE_RETURN_NUMBER,
                         (wchar_t *)&number, sizeof number / sizeof(wchar_t));
    return number;
}

static void take_words(const char *output, char said[SAID_SIZE])
{
    wchar_t wide[OUTPUT_CHARS];
    int length = MultiByteToWideChar(oem_code_page(), 0, output, -1, wide, OUTPUT_CHARS);
    CLEANUP(free)
    char *text = text_is_utf8(output) ? text_copy(output) : length > 0 ? wide_to_utf8(wide) : NULL;

    said[0] = '\0';
    if (text)
        printable_append(said, SAID_SIZE, text, strlen(text));
}

static bool judge(const ProcessResult *result, Error *err)
{
    char said[SAID_SIZE];

    if (result->timed_out)
        return error_set(err, ERR_ENGINE, "netsh did not end within %d ms", (int)NETSH_TIMEOUT_MS);
    if (result->exit_status == 0)
        return true;
    take_words(result->output, said);
    return error_set(err, ERR_ENGINE, "netsh refused (exit status %d): %s", result->exit_status,
                     said[0] != '\0' ? said : "it said nothing");
}

bool portproxy_netsh_run(void *context, const TextList *arguments, Error *err)
{
    CLEANUP(free) char *path = system_program_path("netsh.exe");
    CLEANUP_TEXT_LIST TextList command = {0};
    ProcessResult result = {0};
    Spawn spawn = {0};

    (void)context;
    if (!path)
        return error_set(err, ERR_ENGINE, "the system folder of Windows cannot be found");
    if (!text_list_add(&command, path, err))
        return false;
    for (size_t i = 0; i < arguments->count; i++)
        if (!text_list_add(&command, arguments->items[i], err))
            return false;
    spawn.argv = (const char *const *)command.items;
    return process_run(&spawn, NETSH_TIMEOUT_MS, &result, err) ? judge(&result, err)
                                                               : error_as(err, ERR_ENGINE);
}
