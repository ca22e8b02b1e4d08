/* See process.h: what a ProcessId is by itself, the same on every system. */
#include "base/process/process.h"

#include <inttypes.h>
#include <stdio.h>

bool process_same(const ProcessId *a, const ProcessId *b)
{
    return a->pid == b->pid && a->stamp == b->stamp;
}

ProcessWords process_to_words(const ProcessId *process)
{
    ProcessWords words;

    (void)snprintf(words.pid, sizeof words.pid, "%" PRId64, process->pid);
    (void)snprintf(words.stamp, sizeof words.stamp, "%016" PRIx64, process->stamp);
    return words;
}

bool process_from_words(const char *pid, const char *stamp, ProcessId *out)
{
    uint64_t number;
    uint8_t bytes[8];
    ProcessId process = {0};

    if (!text_parse_number(pid, UINT32_MAX, &number) || !text_to_bytes(stamp, bytes, sizeof bytes))
        return false;
    process.pid = (int64_t)number;
    for (size_t i = 0; i < sizeof bytes; i++)
        process.stamp = process.stamp << 8 | bytes[i];
    *out = process;
    return true;
}
