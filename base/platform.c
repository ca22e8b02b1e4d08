/* See platform.h. */
#include "base/platform.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <uv.h>

typedef struct ArchName {
    const char *machine; /* as uname(2) says it */
    const char *arch;    /* as Go and GoReleaser say it */
} ArchName;

static const ArchName arch_names[] = {
    {"x86_64",  "amd64"},
    {"aarch64", "arm64"},
    {"i686",    "386"  },
    {"i386",    "386"  },
    {"armv7l",  "arm"  },
};

static const char *arch_of(const char *machine)
{
    for (size_t i = 0; i < sizeof arch_names / sizeof arch_names[0]; i++)
        if (text_equal(machine, arch_names[i].machine))
            return arch_names[i].arch;
    return machine;
}

/* libuv's word, and the one it has when MinGW built it. */
static bool is_windows(const char *system)
{
    return text_equal(system, "Windows_NT") || text_starts_with(system, "MINGW");
}

Platform platform_here(void)
{
    Platform here = {.os = "unknown", .arch = "unknown", .processors = 1};
    uv_utsname_t name;

    if (uv_os_uname(&name) == 0) {
        (void)snprintf(here.os, sizeof here.os, "%.60s",
                       is_windows(name.sysname) ? "windows" : name.sysname);
        for (char *letter = here.os; *letter != '\0'; letter++)
            *letter = (char)tolower((unsigned char)*letter);
        (void)snprintf(here.arch, sizeof here.arch, "%.60s", arch_of(name.machine));
    }
    here.processors = uv_available_parallelism();
    return here;
}

const char *platform_who(char out[PLATFORM_WHO_SIZE])
{
    uv_passwd_t user;
    char host[UV_MAXHOSTNAMESIZE] = "unknown";
    size_t size = sizeof host;
    bool known = uv_os_get_passwd(&user) == 0;

    (void)uv_os_gethostname(host, &size); /* "unknown" stays */
    (void)snprintf(out, PLATFORM_WHO_SIZE, "%s@%.60s", known ? user.username : "unknown", host);
    if (known)
        uv_os_free_passwd(&user);
    return out;
}
