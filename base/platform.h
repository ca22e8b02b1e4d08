/* platform: what this host is and who works on it, in the words release archives use (Go's). */
#ifndef GODEPLOY_BASE_PLATFORM_H
#define GODEPLOY_BASE_PLATFORM_H

enum { PLATFORM_NAME_SIZE = 64, PLATFORM_WHO_SIZE = 128 };

typedef struct Platform {
    char os[PLATFORM_NAME_SIZE];   /* "linux", "windows", "darwin" */
    char arch[PLATFORM_NAME_SIZE]; /* "amd64", "arm64", "386", ...; else as the system says */
    unsigned processors;           /* that this process may use; at least 1 */
} Platform;

Platform platform_here(void);

/* "user@host", for the record of who deployed. */
const char *platform_who(char out[PLATFORM_WHO_SIZE]);

#endif
