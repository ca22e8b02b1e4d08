/* account: who a process is and whose a thing is, as the text of a SID ("S-1-5-18"). For
 * *_windows.c files only; handles are void *.
 *
 * NULL, with GetLastError(), where it cannot be found out. Callers free.
 * Source: https://learn.microsoft.com/windows/win32/secauthz/security-identifiers */
#ifndef GODEPLOY_BASE_ACCOUNT_WINDOWS_H
#define GODEPLOY_BASE_ACCOUNT_WINDOWS_H

#include <wchar.h>

/* The account that this process runs as. */
char *account_of_process(void);
/* Who owns what this process makes: that account, or administrators where it is one of them. */
char *account_that_owns_new_things(void);

/* Who owns the pipe behind a handle that may read (GENERIC_READ), or a file of a wide_path(). */
char *account_that_owns_pipe(void *pipe);
char *account_that_owns_file(wchar_t *path);

#endif
