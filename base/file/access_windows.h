/* access: what a service may do with a folder: entries of its access list (DACL).
 *
 * A service is named by the SID that Windows makes of its name, and puts into the token of its
 * process whatever account it runs as: what is allowed to it is allowed to nobody else. That SID
 * needs no lookup, and is the same before the service is made.
 *
 * No boot is waited for, and no account let in meanwhile, though the page on SERVICE_SID_INFO says
 * in its remarks that a change takes effect at the next start of the system. So it is for a process
 * that several services share and that runs already (svchost): the same page has the SID added when
 * the process of the service is created, and each of ours has its own. Microsoft counts on it:
 * System Center has its agent configured (`sc sidtype HealthService unrestricted`) and restarted,
 * nothing more, and clients of eBPF for Windows believe a service of LocalService by this SID alone
 * as soon as it is set up. acceptance.ps1, Test-Account, looks.
 * Source: https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_sid_info,
 * https://learn.microsoft.com/windows/win32/secauthz/modifying-the-acls-of-an-object-in-c-- */
#ifndef GODEPLOY_BASE_FILE_ACCESS_WINDOWS_H
#define GODEPLOY_BASE_FILE_ACCESS_WINDOWS_H

#include "base/error.h"

typedef enum AccessRight {
    ACCESS_READ,  /* and run the programs in it */
    ACCESS_CHANGE /* read, write, delete; not: change who else may */
} AccessRight;

/* Lets the service use the file, or the folder and all below it, in place of what was allowed to it
 * before; entries of others stay. */
bool access_allow_service(const char *path, const char *service, AccessRight right, Error *err);

/* Lets nobody but the system, administrators and (reading) the service into the folder: nothing is
 * inherited from above. */
bool access_keep_for_service(const char *folder, const char *service, Error *err);

/* "S-1-5-80-..." of a service. Caller frees. */
bool access_service_sid(const char *service, char **out, Error *err);

#endif
