/* See handle_windows.h. */
#include "base/handle_windows.h"

#include <windows.h>

bool handle_is_valid(const void *handle)
{
    return handle && handle != INVALID_HANDLE_VALUE;
}

void handle_close(void *handle)
{
    DWORD number = GetLastError(); /* what failed before is still to be told */

    if (handle_is_valid(handle))
        (void)CloseHandle(handle); /* fails only for what is no handle */
    SetLastError(number);
}

void local_memory_free(void *memory)
{
    (void)LocalFree(memory); /* fails only for what is not LocalAlloc's */
}
