/* private: access lists for what is nobody else's business, Windows' word for mode 0600.
 * For *_windows.c files only.
 *
 * A private file or folder lets in administrators, SYSTEM and the account that made it. In a folder
 * that lets no group of users in, new things inherit instead: so what was granted to the account of
 * a service further up reaches them. */
#ifndef GODEPLOY_BASE_FILE_PRIVATE_WINDOWS_H
#define GODEPLOY_BASE_FILE_PRIVATE_WINDOWS_H

#include <stdbool.h>
#include <wchar.h>

/* Memory that the system made, with what CreateFileW and CreateDirectoryW take. */
typedef struct PrivateAccess {
    void *descriptor; /* NULL: inherit */
    void *list;       /* the one in it, as SetSecurityInfo() takes it; borrowed */
} PrivateAccess;

/* What a new file or folder at `path` (wide_path()'s) gets. False: GetLastError() says why. */
bool private_access_for(const wchar_t *path, PrivateAccess *out);
void private_access_free(PrivateAccess *access);
#define CLEANUP_PRIVATE_ACCESS __attribute__((cleanup(private_access_free)))

/* Makes an open file (WRITE_DAC) private, where its folder calls for it, or lets it inherit again
 * what private_access_for() took away. Both leave alone what others granted in private folders.
 * False: GetLastError() says why. */
bool private_set(void *handle, const wchar_t *path);
bool private_clear(void *handle);

#endif
