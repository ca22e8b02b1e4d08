/* See account_windows.h. */
#include "base/account_windows.h"

#include "base/handle_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

static char *text_of(PSID sid)
{
    CLEANUP(local_memory_free) wchar_t *name = NULL;

    return ConvertSidToStringSidW(sid, &name) ? wide_to_utf8(name) : NULL;
}

/* What one question about the token may answer. */
typedef union TokenAnswer {
    TOKEN_USER user;
    TOKEN_OWNER owner;
    BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} TokenAnswer;

static bool ask_token(TOKEN_INFORMATION_CLASS what, TokenAnswer *out)
{
    CLEANUP(handle_close) HANDLE token = NULL;
    DWORD size = 0;

    return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
           GetTokenInformation(token, what, out, sizeof *out, &size);
}

char *account_of_process(void)
{
    TokenAnswer answer;

    return ask_token(TokenUser, &answer) ? text_of(answer.user.User.Sid) : NULL;
}

char *account_that_owns_new_things(void)
{
    TokenAnswer answer;

    return ask_token(TokenOwner, &answer) ? text_of(answer.owner.Owner) : NULL;
}

/* `why` is what the system said when it was asked for `owner`. */
static char *owner_text(DWORD why, PSID owner)
{
    SetLastError(why == ERROR_SUCCESS ? ERROR_INVALID_OWNER : why); /* there may be none */
    return why == ERROR_SUCCESS && owner ? text_of(owner) : NULL;
}

char *account_that_owns_pipe(void *pipe)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    DWORD why = GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL,
                                NULL, NULL, &descriptor);

    return owner_text(why, owner);
}

char *account_that_owns_file(wchar_t *path)
{
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    DWORD why = GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                      NULL, NULL, NULL, &descriptor);

    return owner_text(why, owner);
}
