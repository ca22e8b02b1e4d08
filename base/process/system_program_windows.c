/* See system_program_windows.h. */
#include "base/process/system_program_windows.h"

#include "base/text.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <windows.h>

char *system_program_path(const char *name)
{
    wchar_t folder[MAX_PATH];
    UINT length = GetSystemDirectoryW(folder, MAX_PATH);
    CLEANUP(free) char *text = length > 0 && length < MAX_PATH ? wide_to_utf8(folder) : NULL;

    return text ? text_formatted("%s\\%s", text, name) : NULL;
}
