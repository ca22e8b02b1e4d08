/* See file_rights.h. */
#include "base/file/file_rights.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_may_write(const char *path)
{
    return access(path, W_OK) == 0;
}

bool file_hands_are_seen(void)
{
    return true;
}

/* A folder such as /tmp is open to all, and its sticky bit keeps each one's names apart. */
const char *file_strange_hands(const char *path, char out[FILE_RIGHTS_SIZE])
{
    struct stat seen;

    if (stat(path, &seen) != 0)
        return NULL;
    if ((seen.st_mode & S_IWOTH) != 0 && (seen.st_mode & S_ISVTX) == 0)
        return "anybody may write it";
    if (seen.st_uid == 0 || seen.st_uid == geteuid())
        return NULL;
    (void)snprintf(out, FILE_RIGHTS_SIZE, "it belongs to user %lu", (unsigned long)seen.st_uid);
    return out;
}
