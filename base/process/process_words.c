/* See process_words.h. */
#include "base/process/process_words.h"

#include "base/process/process_program.h"

#include <stdio.h>

const char *process_words(int64_t pid, char out[PROCESS_WORDS_SIZE])
{
    char name[PROCESS_NAME_SIZE];

    if (pid > 0)
        (void)snprintf(out, PROCESS_WORDS_SIZE, "process %lld (%s)", (long long)pid,
                       process_name(pid, name));
    else
        (void)snprintf(out, PROCESS_WORDS_SIZE, "a process that this user may not see");
    return out;
}
