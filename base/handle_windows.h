/* handle: Windows resources that the scope gives back. For *_windows.c files only; HANDLE is void
 * *.
 *
 *     CLEANUP(handle_close) HANDLE process = OpenProcess(...); */
#ifndef GODEPLOY_BASE_HANDLE_WINDOWS_H
#define GODEPLOY_BASE_HANDLE_WINDOWS_H

#include "base/cleanup.h"

#include <stdbool.h>

/* CreateFileW says INVALID_HANDLE_VALUE where others say NULL: neither is a handle. */
bool handle_is_valid(const void *handle);
void handle_close(void *handle); /* accepts both */
DEFINE_CLEANUP(void *, handle_close)

/* For what LocalFree() takes: security descriptors, SIDs as text. Accepts NULL. */
void local_memory_free(void *memory);
static inline void local_memory_free_scope(void *owned)
{
    local_memory_free(*(void **)owned);
}

#endif
