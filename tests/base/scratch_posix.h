/* scratch_posix: scratch.h, and a way to run as somebody who is not root. */
#ifndef GODEPLOY_TESTS_BASE_SCRATCH_POSIX_H
#define GODEPLOY_TESTS_BASE_SCRATCH_POSIX_H

#include "tests/base/scratch.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs `scenario` in a child that is not root; what it returns decides. */
static inline bool scratch_as_nobody(bool (*scenario)(const char *folder))
{
    char folder[] = "/tmp/godeploy-nobody-XXXXXX";
    Error err = {0};
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        if (!mkdtemp(folder))
            _exit(3);
        status = scenario(folder) ? 0 : 1;
        _exit(folder_remove_tree(folder, &err) ? status : 4);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

#endif
