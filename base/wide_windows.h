/* wide: text as the W functions of Windows take it. UTF-8 inside godeploy, UTF-16 only at the call.
 * For *_windows.c files only. */
#ifndef GODEPLOY_BASE_WIDE_WINDOWS_H
#define GODEPLOY_BASE_WIDE_WINDOWS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/error_windows.h"

#include <wchar.h>

/* NULL: out of memory, or no UTF-8 (no UTF-16 with every surrogate in its pair). Caller frees. */
wchar_t *wide_from_utf8(const char *text);
char *wide_to_utf8(const wchar_t *text);

/* A path as every call takes it, however long: absolute, with backslashes, behind \\?\ so that
 * nothing in it is dropped or taken for a device; \\?\UNC\ where it names a share. Slashes of both
 * kinds, "." and ".." are understood; \\?\ in front is allowed. ERR_FILE naming the path for names
 * that Windows cannot keep (base/windows_name.h), for drives without a folder ("C:x"), and for
 * devices (\\.\). Caller frees *out. */
bool wide_path(const char *path, wchar_t **out, Error *err);

/* The same as people write it: without \\?\, for what is handed on to other programs. */
bool wide_plain_path(const char *path, wchar_t **out, Error *err);

#endif
